"""RTF's control words and groups: what is body text, what is something else.

After the Rich Text Format Specification, version 1.9.1 (Microsoft, 2008).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from quoth.errors import ArticleError

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\(.)|([{}])"
    rb"|([^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_DEEPEST = 1_000

CODE_PAGES = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "cp1361",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
"""A font's \\fcharset → its code page, where that is not the file's own."""
SIGNS = {
    "tab": "\t",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "~": "\u00a0",
    "-": "\u00ad",
    "_": "\u2011",
    "{": "{",
    "}": "}",
    "\\": "\\",
}
_NOT_BODY = """fonttbl colortbl stylesheet info title author creatim footnote listtext pntext
annotation atnauthor atndate atnid bkmkstart bkmkend comment company category doccomm filetbl
fldinst footer footerf footerl footerr generator header headerf headerl headerr keywords
listtable listoverridetable object operator pict private revtbl rsidtbl subject tc xe
themedata template txe userprops xmlnstbl nonesttables nonshppict"""
NOT_BODY = frozenset(_NOT_BODY.split())
"""Control words that begin a group whose text is not that of the body."""


class Token(NamedTuple):
    """A control word with its number, a byte (`'`), text, or the start or end of a group."""

    word: str
    number: int | None
    data: bytes


def tokens(data: bytes) -> Iterator[Token]:
    """What RTF consists of, binary data left out.

    Raises:
        ArticleError: groups nested too deep.
    """
    place, depth = 0, 0
    while found := _TOKEN.match(data, place):
        place = found.end()
        word, number, code, sign, brace, text = found.groups()
        if word == b"bin":
            place += max(int(number or 0), 0)
        elif word:
            yield Token(word.decode(), None if number is None else int(number), b"")
        elif code:
            yield Token("'", None, bytes([int(code, 16)]))
        elif sign:
            yield Token("par" if sign in b"\r\n" else sign.decode("latin-1"), None, b"")
        elif brace:
            depth += 1 if brace == b"{" else -1
            yield Token("group" if brace == b"{" else "end", None, b"")
        elif text:
            yield Token("text", None, text)
        if depth > _DEEPEST:
            raise ArticleError(f"its groups are nested over {_DEEPEST:,} deep: save it again")
