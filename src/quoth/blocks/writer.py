"""A tree of text, walked from its start to its end → parts."""

from __future__ import annotations

import re
from typing import Literal

from quoth.blocks.parts import Part
from quoth.records import BlockKind

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_AROUND_BREAK = re.compile(r" *\n *")
_ROW_CHARACTERS = 2_000
CELL_MARK = " | "


class PartWriter:
    """Collects the parts of a tree, told where its elements begin and end.

    collapsing: runs of blanks in what is written are one blank, as in HTML and ODF.
    """

    def __init__(self, *, collapsing: bool) -> None:
        self.parts: list[Part] = []
        self._collapsing = collapsing
        self._open: list[tuple[BlockKind, int]] = []
        self._written: list[str] = []
        self._cells: list[str] = []
        self._rows: list[Literal["data", "layout", "inner"]] = []

    def begin(self, kind: BlockKind, level: int = 0) -> None:
        """What is written from here to `end` is of this kind; of an item, the first paragraph."""
        self._flush()
        self._open.append((kind, level))

    def end(self) -> None:
        self._flush()
        self._open.pop()

    def write(self, text: str) -> None:
        verbatim = not self._collapsing or (self._open and self._open[-1][0] == "code")
        self._written.append(text if verbatim else _BLANKS.sub(" ", text))

    def break_line(self) -> None:
        self._written.append("\n")

    def begin_row(self, *, data: bool = True) -> None:
        """What is in the cells until `end_row` is one row; of no data, it is as outside one."""
        self._flush()
        self._rows.append("inner" if self._in_data else "data" if data else "layout")

    def begin_cell(self) -> None:
        if self._row() == "data":
            self._keep_cell()
        elif self._row() == "layout":
            self.begin("paragraph")
        else:
            self._flush()

    def end_cell(self) -> None:
        if self._row() == "data":
            self._keep_cell(blank=True)
        elif self._row() == "layout":
            self.end()
        else:
            self._flush()

    def end_row(self) -> None:
        """A row of several short cells is one part; otherwise each cell is a paragraph."""
        if self._row() == "data":
            self._keep_cell()
            row = CELL_MARK.join(self._cells).strip(" |")
            if len(row) <= _ROW_CHARACTERS and len(self._cells) > 1:
                self.parts.append(Part("row", row))
            else:
                self.parts += [Part("paragraph", cell) for cell in self._cells]
            self._cells.clear()
        self._rows.pop()

    @property
    def _in_data(self) -> bool:
        return bool(self._rows) and self._rows[-1] != "layout"

    def _row(self) -> str:
        return self._rows[-1] if self._rows else "layout"

    def _keep_cell(self, *, blank: bool = False) -> None:
        text = " ".join("".join(self._written).split())
        self._written.clear()
        if text or blank:
            self._cells.append(text)

    def finish(self) -> list[Part]:
        """All parts, in order."""
        self._flush()
        return self.parts

    def _flush(self) -> None:
        if self._in_data:
            self._written.append(" ")
            return
        kind, level = self._open[-1] if self._open else ("paragraph", 0)
        text = "".join(self._written)
        self._written.clear()
        if kind == "code":
            text = text.strip("\r\n")
        elif self._collapsing:
            text = _AROUND_BREAK.sub("\n", re.sub(" {2,}", " ", text))
        if text.strip():
            kind = "item" if kind in ("item", "paragraph") and self._is_first() else kind
            self.parts.append(Part(kind, text, level))

    def _is_first(self) -> bool:
        """Whether what is written is the first of an item; asked once for each."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == "item":
                self._open[at] = ("paragraph", 0)
                return True
            if self._open[at][0] != "paragraph":
                return False
        return False
