"""What must hold of whatever bytes a loader is given, and how valid files are broken.

    PYTHONPATH=src python tests/fuzz_loaders.py [SECONDS] [SUFFIX ...]

breaks files for that long (60) and prints each way of failing once, with the bytes that did it
kept under `tests/cases/`. `tools/fuzz_loaders.py` looks for them by coverage instead.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import article_files as files

from quoth.articles.loaders import CORPORA, LOADERS
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article

CASES = Path(__file__).parent / "cases"
SECONDS = 2.0
"""Of the processor's time, that a loader may take for a small file, its libraries imported."""
SLOW = {".html": 10.0, ".xhtml": 10.0}
"""Trafilatura's time grows with the square of the rows of nested tables."""
_DATE = re.compile(r"(?:\d{4}(?:-\d\d(?:-\d\d)?)?)?")
_ZIPPED = (".docx", ".odt", ".epub")

SEEDS: dict[str, list[Callable[[], bytes]]] = {
    suffix: [make] for suffix, make in files.VALID.items()
}
SEEDS[".pdf"] += [lambda: files.pdf(columns=2, packed=False), lambda: files.pdf(turned=90)]
SEEDS[".eml"] += [lambda: files.eml(html=True)]
SEEDS[".txt"] += [lambda: "Die Überfahrt währte länger, als wir dachten. ".encode("cp1252") * 9]

_TOKENS: dict[str, list[bytes]] = {
    ".html": [
        *(b"<table>", b"<tr>", b"<td>", b"</td>", b"<li>", b"<h1>", b"</p>", b"<pre>", b"<br>"),
        *(b"<body>", b"</html>", b"<!--", b"-->", b"<![CDATA[", b"&#0;", b"&#xD800;", b"&nbsp;"),
        *(b"<meta charset=utf-16>", b"<svg><title>", b"<template>", b"<a/>", b"\x00", b"\xff\xfe"),
    ],
    ".pdf": [
        *(
            b"endobj",
            b"stream\n",
            b"endstream",
            b"xref",
            b"trailer",
            b"/Kids [1 0 R]",
            b"/Rotate 270",
        ),
        *(b"/Count 99999999", b"Tj", b"Tm", b"BT", b"ET", b"1e38", b"-1", b"/MediaBox [0 0 0 0]"),
        *(b"0 0 0 0 0 0 Tm", b"/Encrypt 3 0 R", b"<FEFFD800>", b"/Parent 4 0 R", b"nan"),
    ],
    ".rtf": [
        *(b"{", b"}", b"\\par ", b"\\cell ", b"\\row ", b"\\u-10179?", b"\\bin999999999 ", b"\\'"),
        *(b"\\intbl ", b"\\trowd ", b"\\*\\x ", b"\\uc99999 ", b"\\s1 ", b"\\f9", b"{\\footnote "),
        *(b"\\ansicpg65000 ", b"\\outlinelevel-1 ", b"{\\fonttbl", b"{\\info{\\title ", b"\\u0 "),
    ],
    ".eml": [
        *(
            b"Content-Type: multipart/mixed; boundary=x\r\n",
            b"--x\r\n",
            b"--x--",
            b"=?utf-8?b?//8=?=",
        ),
        *(b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-7", b"charset=idna", b"\r\n\r\n"),
        *(b"Content-Type: message/rfc822\r\n\r\n", b"Date: 99 Foo", b"From: <", b"=D8=00", b"\x00"),
        *(b"charset=hex", b"charset*0*=x'y'%ff", b"Content-Type: ;;;", b"Subject: \xff\xfe\r\n"),
    ],
    ".csv": [
        b'"',
        b'""',
        b";",
        b",",
        b"\t",
        b"\r",
        b"\n",
        b"\x00",
        b"text",
        b"id",
        b"\xff",
        b"\xef\xbb\xbf",
    ],
    ".jsonl": [
        b"{",
        b"}",
        b'"_id"',
        b'"text": ',
        b"null",
        b"1e999",
        b'"\\ud800"',
        b"[",
        b"\n",
        b"\x00",
    ],
    ".md": [b"---\n", b"| a |\n|-|\n", b"```\n", b"> ", b"- ", b"date: 2024-13-01\n", b"&a [*a]\n"],
    ".txt": [
        b"\xff\xfe",
        b"\xfe\xff",
        b"\x00",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\x81",
        b"+2AA-",
    ],
    "xml": [
        *(
            b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
            b"&a;",
            b"<w:p>",
            b"</w:p>",
            b"<w:tbl><w:tr><w:tc>",
            b"<",
        ),
        *(
            b"<text:p>",
            b"<text:s text:c='99999999'/>",
            b"<text:list-item>",
            b'linear="no"',
            b"&#0;",
        ),
        *(b'w:val="99"', b'w:outlineLvl w:val="-1"', b"<table:table-row>", b"../../", b"\xff\xfe"),
    ],
}
_TOKENS[".xhtml"] = _TOKENS[".html"] + _TOKENS["xml"]


def checked(suffix: str, data: bytes, options: ReadOptions = ReadOptions()) -> list[Article]:  # noqa: B008
    """The articles in `data`, each found to be well-formed; none where it is refused.

    Anything raised but a one-line ArticleError, and any article that breaks a rule, fails.
    """
    started = time.process_time()
    try:
        articles = list(LOADERS[suffix](io.BytesIO(data), f"some/the_file{suffix}", options))
    except ArticleError as error:
        said = str(error)
        assert said, "an error that says nothing"
        assert "\n" not in said, f"an error of several lines: {said!r}"
        assert len(said) < 1000, f"a long error: {said[:100]!r}"
        said.encode()
        articles = []
    took = time.process_time() - started
    assert took < SLOW.get(suffix, SECONDS), f"it took {took:.1f} s"
    for article in articles:
        _check(article, suffix)
    return articles


def _check(article: Article, suffix: str) -> None:
    text, metadata = article.text, article.metadata
    assert article.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert "\0" not in text
    assert article.source.startswith(f"some/the_file{suffix}") or suffix in CORPORA
    assert article.title.strip(), "no title"
    for line in (article.title, metadata.author, metadata.address):
        line.encode()
        assert line == " ".join(line.split())
    position = 0
    for block in article.blocks:
        assert position <= block.start < block.end <= len(text), block
        assert text[block.start : block.end].strip() == text[block.start : block.end], block
        assert (block.level > 0) == (block.kind == "heading"), block
        position = block.end
    assert _DATE.fullmatch(metadata.date), metadata.date
    assert list(metadata.pages) == sorted(metadata.pages)
    assert metadata.pages[:1] in ((), (0,))
    assert not metadata.pages or metadata.pages[-1] <= len(text)


def broken(suffix: str, seed: int) -> bytes:
    """A valid file of this format, broken in a way that `seed` decides."""
    chance = random.Random(seed)
    data = chance.choice(_made(suffix))
    tokens = _TOKENS.get(suffix, _TOKENS["xml"])
    if suffix in _ZIPPED and chance.random() < 0.8:
        inside = files.unzipped(data)
        name = chance.choice(sorted(name for name in inside if not name.endswith(("png", "jpeg"))))
        inside[name] = _broken_bytes(inside[name], tokens, chance)
        return files.zipped(inside)
    return _broken_bytes(data, tokens, chance)


_CACHE: dict[str, list[bytes]] = {}


def _made(suffix: str) -> list[bytes]:
    if suffix not in _CACHE:
        _CACHE[suffix] = [make() for make in SEEDS[suffix]]
    return _CACHE[suffix]


def _broken_bytes(data: bytes, tokens: list[bytes], chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        data = chance.choice(_WAYS)(data, tokens, chance)[: 2**16]
    return data


def _flip(data: bytes, tokens: list[bytes], chance: random.Random) -> bytes:
    some = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64)) if some else 0):
        some[chance.randrange(len(some))] = chance.randrange(256)
    return bytes(some)


def _cut(data: bytes, tokens: list[bytes], chance: random.Random) -> bytes:
    left, right = _span(data, chance)
    return data[:left] if chance.random() < 0.3 else data[:left] + data[right:]


def _repeat(data: bytes, tokens: list[bytes], chance: random.Random) -> bytes:
    left, right = _span(data, chance)
    return data[:left] + data[left:right] * chance.choice((2, 3, 30, 1000)) + data[right:]


def _insert(data: bytes, tokens: list[bytes], chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(tokens) * chance.choice((1, 1, 2, 50, 3000)) + data[place:]


def _renumber(data: bytes, tokens: list[bytes], chance: random.Random) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    one = chance.choice(found)
    number = chance.choice((b"0", b"-1", b"99", b"65536", b"4294967296", b"9" * 30, b"1e9"))
    return data[: one.start()] + number + data[one.end() :]


def _swap(data: bytes, tokens: list[bytes], chance: random.Random) -> bytes:
    (a, b), (c, d) = sorted((_span(data, chance), _span(data, chance)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    left = chance.randrange(len(data) + 1)
    return left, min(left + chance.choice((1, 4, 16, 64, 256, 4096)), len(data))


_WAYS = (_flip, _cut, _repeat, _insert, _insert, _renumber, _swap)


def cases() -> Iterator[Path]:
    """The files that a loader once failed on."""
    yield from sorted(path for path in CASES.glob("*") if path.suffix in LOADERS)


def main(seconds: float, suffixes: list[str]) -> None:
    began, count = time.monotonic(), 0
    seen: set[str] = set()
    for suffix in suffixes:
        checked(suffix, _made(suffix)[0])
    seed = random.SystemRandom().randrange(2**40)
    while time.monotonic() - began < seconds:
        for suffix in suffixes:
            seed, count = seed + 1, count + 1
            data = broken(suffix, seed)
            try:
                checked(suffix, data)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                key = (
                    f"{suffix} {type(error).__name__} {where.filename}:{where.lineno} {where.line}"
                )
                if key not in seen:
                    seen.add(key)
                    digest = hashlib.sha256(data).hexdigest()[:12]
                    CASES.mkdir(exist_ok=True)
                    (CASES / f"{digest}{suffix}").write_bytes(data)
                    print(key, str(error)[:200], f"seed {seed}", digest, flush=True)
    print(f"{count:,} files, {len(seen)} ways of failing")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(float(arguments[0]) if arguments else 60.0, arguments[1:] or list(SEEDS))
