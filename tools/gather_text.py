"""English prose out of documentation, one text file a document: what the benchmarks read.

    python tools/gather_text.py FOLDER... --out build/text

Each FOLDER holds the files of one package (`dpkg -x PACKAGE.deb FOLDER`). Tags are dropped by
pattern, which is quick and good enough for measuring; `quoth` itself reads HTML with more care.
Kept are paragraphs of English prose that no earlier document has had, up to a limit a package, so
that none outweighs the others.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import html
import re
from collections.abc import Iterator
from pathlib import Path

MOST_A_PACKAGE = 4_000_000
"""Characters."""
LONGEST_FILE = 50_000_000
"""Bytes; longer files are left out."""
LONGEST_DOCUMENT = 50_000
"""Characters; a longer file becomes several documents."""

_MARKUP = {".html", ".htm", ".xhtml", ".page", ".docbook", ".xml"}
_PLAIN = {".txt", ".rst", ".pod", ".adoc", ".dict", ""}
_UNSHOWN = re.compile(r"(?is)<(script|style|head|nav|pre|footer|header)\b.*?</\1\s*>|<!--.*?-->")
_BLOCK = re.compile(
    r"(?i)</?(p|div|li|ul|ol|dl|dt|dd|td|th|tr|table|h[1-6]|br|section|title|para)\b"
)
_TAG = re.compile(r"<[^<>]*>")
_ROFF = re.compile(r"(?m)^[.']\\?.*$|\\f[A-Z]|\\[&|%c]|\\-")
_PARAGRAPH = re.compile(r"\n\s*\n")
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_COMMON = {
    *("a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "for", "from", "has"),
    *("have", "if", "in", "into", "is", "it", "its", "not", "of", "on", "or", "that", "the"),
    *("their", "then", "there", "these", "they", "this", "to", "was", "were", "when", "which"),
    *("will", "with", "you", "your"),
}


def prose(paragraph: str) -> bool:
    """Whether it reads as English sentences: words mostly, common ones among them."""
    words = _WORD.findall(paragraph)
    letters = sum(map(len, words))
    if len(words) < 6 or letters < 0.65 * len(paragraph):
        return False
    common = sum(word.lower() in _COMMON for word in words)
    return common >= 0.2 * len(words)


def paragraphs(path: Path) -> Iterator[str]:
    """The paragraphs of a file, each on one line; none where it is of another kind."""
    suffix, text = path.suffix.lower(), _decoded(path)
    if suffix in (".gz", ".dz"):
        suffix = Path(path.stem).suffix.lower()
    if suffix in _MARKUP:
        text = _BLOCK.sub(r"\n\n<\1", _UNSHOWN.sub(" ", text))
        text = html.unescape(_TAG.sub("", text))
    elif re.fullmatch(r"\.[1-8]", suffix):
        text = _ROFF.sub("", text)
    elif suffix not in _PLAIN:
        return
    for one in _PARAGRAPH.split(text):
        yield " ".join(one.split())


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix.lower() in (".gz", ".dz"):
        data = gzip.decompress(data)
    return data.decode("utf-8", "replace")


def gather(folder: Path, out: Path, seen: set[bytes]) -> int:
    """Write the documents of one package; seen: digests of paragraphs. Gives the characters."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    files.sort(key=lambda path: hashlib.sha256(str(path.relative_to(folder)).encode()).digest())
    written = 0
    for path in files:
        if written >= MOST_A_PACKAGE:
            break
        if path.stat().st_size > LONGEST_FILE:
            continue
        name = path.relative_to(folder).as_posix().replace("/", "_")[-150:]
        for number, text in enumerate(_documents(path, seen), start=1):
            target = out / folder.name / f"{name}-{number}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(f"{title(path)}\n\n{text}\n", "utf-8")
            written += len(text)
            if written >= MOST_A_PACKAGE:
                break
    return written


def title(path: Path) -> str:
    """A title made of a file's name and folder."""
    stem = re.sub(r"(\.(html?|txt|gz|dz|page|dict|rst))+$", "", path.name)
    name = path.parent.name if stem in ("index", "README", "contents") else stem
    return " ".join(re.split(r"[-_.\s]+", name)).strip() or path.name


def _documents(path: Path, seen: set[bytes]) -> Iterator[str]:
    kept: list[str] = []
    for paragraph in paragraphs(path):
        if not prose(paragraph):
            continue
        digest = hashlib.blake2b(paragraph.encode(), digest_size=12).digest()
        if digest in seen:
            continue
        seen.add(digest)
        kept.append(paragraph)
        if sum(map(len, kept)) >= LONGEST_DOCUMENT:
            yield "\n\n".join(kept)
            kept = []
    if kept:
        yield "\n\n".join(kept)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/text"))
    arguments = parser.parse_args()
    seen: set[bytes] = set()
    for folder in arguments.folders:
        print(
            f"{gather(folder, arguments.out, seen):10,} characters from {folder.name}", flush=True
        )


if __name__ == "__main__":
    main()
