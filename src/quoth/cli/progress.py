"""Progress bars on stderr, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from tqdm import tqdm

    from quoth.records import Progress


_UNITS = {"embedding": "B", "comparing": " files", "copying articles": " articles"}
_UNITS |= dict.fromkeys(("indexing vectors", "indexing words"), " passages")


class Bars:
    """One bar for each stage, in the order in which the stages begin."""

    def __init__(self) -> None:
        self._bars: dict[str, tqdm[Never]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` steps of `stage` are finished."""
        bar = self._bars.get(stage) or self._begun(stage, total)
        bar.total = total
        bar.n = done
        bar.refresh()

    def close(self) -> None:
        """Remove the bars."""
        for bar in self._bars.values():
            bar.close()

    def _begun(self, stage: str, total: int) -> tqdm[Never]:
        from tqdm import tqdm

        bar = tqdm(
            desc=stage,
            unit=_UNITS.get(stage, ""),
            file=sys.stderr,
            leave=False,
            dynamic_ncols=True,
            unit_scale=True,
        )
        return self._bars.setdefault(stage, bar)


@contextmanager
def progress_bars() -> Iterator[Progress | None]:
    """A `Progress` that draws bars; None where nobody looks at stderr."""
    if not sys.stderr.isatty():
        yield None
        return
    bars = Bars()
    try:
        yield bars
    finally:
        bars.close()
