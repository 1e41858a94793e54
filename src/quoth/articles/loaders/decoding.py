"""Bytes → text: byte order marks, the encoding that was named, or one that is detected."""

from __future__ import annotations

import codecs
import re

from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x7f]")
_SAMPLE = 2**17
"""Bytes that are looked at to detect an encoding, from just before the first strange one on."""
_FEWEST = 40
"""Bytes below which an encoding is not guessed: too few to tell one from another."""


def decode(data: bytes, options: ReadOptions) -> str:
    """The text; a byte order mark decides the encoding and is no part of the text.

    Where nothing names an encoding and the bytes are not UTF-8, it is detected.

    Raises:
        ArticleError: binary data, an unknown encoding, or bytes that are not of it.
    """
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
    """The piece of `data` that detection looks at: whole lines around the first strange byte."""
    start = data.rfind(b"\n", 0, max(first_strange - _SAMPLE // 8, 0)) + 1
    return data[max(start, first_strange - _SAMPLE // 2) :][:_SAMPLE]


def detected_encoding(sample: bytes) -> str | None:
    """The name of the encoding that charset-normalizer takes `sample` to be in, if any."""
    from charset_normalizer import from_bytes

    if len(sample) < _FEWEST or b"\0" in sample:
        return None
    best = from_bytes(sample, explain=False).best()
    return best.encoding if best else None
