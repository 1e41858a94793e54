"""Bytes → text: byte order marks, the encoding that was named, or one that is detected."""

from __future__ import annotations

import codecs
import re

from quoth.articles.loaders.common import kind_of
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TEXTS = ("a web page", "an RTF file")
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x7f]")
_SAMPLE = 2**15
_SEARCHED = 2**22
_BEFORE = 200
"""Bytes of the lines that detection looks at, bytes among which it takes them, and bytes before
the first strange one."""
_FEWEST = 40
"""Bytes below which an encoding is not guessed: too few to tell one from another."""
_CANDIDATES = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r", "cp866", "mac_roman"]
_CANDIDATES += ["cp932", "euc_jp", "gb18030", "big5", "cp949"]
"""What texts are in that are not UTF-8. Among more the detection errs more often."""
_STRANGE = re.compile(rb"[\x80-\xff]")
_CENTRAL = re.compile(
    rb"[A-Za-z][\xa3\xa5\xaf\xb3\xb9\xbc\xbe\xbf][A-Za-z\xa3\xa5\xaf\xb3\xb9\xbc\xbe\xbf]"
)
"""Inside a word: letters in cp1250, signs such as `³` and `¿` in cp1252."""


def decode(data: bytes, options: ReadOptions) -> str:
    """The text; a byte order mark decides the encoding and is no part of the text.

    Where nothing names an encoding and the bytes are not UTF-8, it is detected.

    Raises:
        ArticleError: binary data, an unknown encoding, or bytes that are not of it.
    """
    check_kind(data)
    bom, encoding = bom_of(data) or (b"", options.encoding)
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        detected = None if bom else detected_text(data, error.start, options)
        if detected is None:
            raise undecodable(data, error.start + len(bom), encoding) from error
        text = detected
    except (LookupError, UnicodeError) as error:
        raise ArticleError(f"'{encoding}' is no text encoding: try utf-8 or cp1252") from error
    check_text(text)
    return text


def check_kind(data: bytes) -> None:
    """Raises ArticleError where the first bytes tell that it is not text at all."""
    found = kind_of(data)
    if found and found not in _TEXTS:
        raise ArticleError(f"it is {found}, not text: rename it")


def bom_of(data: bytes) -> tuple[bytes, str] | None:
    """The byte order mark that `data` starts with, and the encoding it stands for."""
    return next(((bom, name) for bom, name in BOMS if data.startswith(bom)), None)


def check_text(text: str) -> None:
    """Raises ArticleError where it is no text: with a NUL, or many control characters."""
    if "\0" in text or len(_CONTROLS.findall(text)) * 100 > len(text):
        raise ArticleError("it is binary, not text: convert it to text first")


def undecodable(
    data: bytes, offset: int, encoding: str, *, place: int | None = None
) -> ArticleError:
    """The error for `data[offset]`, at `place` in its file, which is not of `encoding`."""
    if b"\0" in data[:4096]:
        return ArticleError("it is binary, not text: convert it to text first")
    return ArticleError(
        f"byte {offset if place is None else place} (0x{data[offset]:02x}) is not {encoding}: "
        "name the right encoding with --encoding"
    )


def detected_text(data: bytes, first_strange: int, options: ReadOptions) -> str | None:
    """All of `data` in the encoding that it seems to be in; None where that cannot be told.

    Only where no encoding was named, which is to say that it is the default.
    """
    if codecs.lookup(options.encoding).name != "utf-8":
        return None
    encoding = detected_encoding(sample_of(data, first_strange))
    if encoding is None:
        return None
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def sample_of(data: bytes, first_strange: int) -> bytes:
    """The piece of `data` that detection looks at: lines from the first strange one on.

    Only those with a byte beyond ASCII, which are the ones that tell.
    """
    start = max(data.rfind(b"\n", 0, first_strange) + 1, first_strange - _BEFORE)
    sample, end = bytearray(), min(len(data), start + _SEARCHED)
    while len(sample) < _SAMPLE and (strange := _STRANGE.search(data, start, end)):
        line = max(data.rfind(b"\n", start, strange.start()) + 1, start)
        start = data.find(b"\n", strange.end(), end) + 1 or end
        sample += data[line:start]
    if len(sample) > _SAMPLE:
        whole = max(sample.rfind(mark, 0, _SAMPLE) for mark in (b"\n", b" ", b","))
        return bytes(sample[: whole if whole > _SAMPLE // 2 else _SAMPLE])  # no half characters
    return bytes(sample)


def detected_encoding(sample: bytes) -> str | None:
    """The name of the encoding that charset-normalizer takes `sample` to be in, if any."""
    from charset_normalizer import from_bytes

    if len(sample) < _FEWEST or b"\0" in sample:
        return None
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if best is None:
        return None
    if best.encoding in ("cp1250", "cp1252"):
        return "cp1250" if _CENTRAL.search(sample) else "cp1252"
    return best.encoding
