"""A folder of text → passages and their vectors, kept in parts of 20,000 so that it goes on.

    python benchmarks/million.py TEXT --out build/million --size 1000000

TEXT holds .txt files, each with its title on the first line: see tools/gather_text.py. They are
cut as `quoth build` does it, into passages smaller than quoth's own, which are embedded in two
hours less, in an order that mixes the packages; a passage whose text was had before is left out.
Part n is passages-n.jsonl (source, title, section, text, start, end) and vectors-n.npy
(20,000, 384) float32, written in that order; questions.jsonl and questions.npy are questions that
stand in the passages. Several processes can divide the embedding: --stage vectors --share 0/2.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from quoth.articles import make_article
from quoth.embedding import load_embedder
from quoth.passages import cut
from quoth.records import Embedder, Floats, Ints, Passage
from quoth.text import one_line

PART = 20_000
TARGET = 24
LIMIT = 30
"""Tokens: with the model's two special ones 32, the least that quoth fills a batch up to."""
QUESTIONS = 1000
_FIELDS = ("source", "title", "section", "text", "start", "end")
_QUESTION = re.compile(r"(?:Who|What|When|Where|Which|Why|How|Is|Are|Can|Do) [^.?!]{15,120}\?")


@dataclass(frozen=True, slots=True)
class Million:
    """What this file has left in `folder`."""

    folder: Path

    @property
    def dimension(self) -> int:
        """Of the vectors."""
        return int(np.load(self.folder / "vectors-00000.npy", mmap_mode="r").shape[1])

    def vectors_of(self, numbers: Ints) -> Floats:
        """numbers (n,), ascending and from 0 → (n, dimension)."""
        parts = []
        for part in np.unique(numbers // PART).tolist():
            rows = numbers[numbers // PART == part] - part * PART
            path = self.folder / f"vectors-{part:05}.npy"
            if not path.exists():
                sys.exit(f"{path} is missing: run benchmarks/million.py")
            parts.append(np.load(path, mmap_mode="r")[rows])
        return np.concatenate(parts)

    def passages(self, size: int) -> Iterator[dict[str, object]]:
        """The first so many: source, title, section, text, start, end."""
        paths = sorted(self.folder.glob("passages-*.jsonl"))
        lines = (line for path in paths for line in path.open(encoding="utf-8"))
        return (json.loads(line) for line in islice(lines, size))

    def questions(self) -> tuple[list[str], Floats]:
        """The questions and their vectors (n, dimension)."""
        lines = (self.folder / "questions.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line)["question"] for line in lines], np.load(
            self.folder / "questions.npy"
        )


def passages(text: Path, embedder: Embedder) -> Iterator[Passage]:
    """The distinct passages of a folder, in an order that mixes its files."""
    files = [path.relative_to(text) for path in text.rglob("*.txt")]
    files.sort(key=lambda path: hashlib.sha256(path.as_posix().encode()).digest())
    seen: set[bytes] = set()
    for path in files:
        for passage in _of_file(text, path, embedder):
            digest = hashlib.blake2b(passage.text.encode(), digest_size=12).digest()
            if digest not in seen and len(passage.text) > 20:
                seen.add(digest)
                yield passage


def _of_file(text: Path, path: Path, embedder: Embedder) -> list[Passage]:
    title, _, body = (text / path).read_text("utf-8").partition("\n")
    article = make_article(body.strip(), path.as_posix(), "", ())
    found = cut(article, count_tokens=embedder.count_tokens, limit=LIMIT, target=TARGET, overlap=0)
    return [replace(passage, title=title) for passage in found]


def write_passages(text: Path, out: Path, size: int, embedder: Embedder) -> None:
    """Write all parts of the passages, unless the last of them is there."""
    last = -(-size // PART) - 1
    if (out / f"passages-{last:05}.jsonl").exists():
        return
    found = islice(passages(text, embedder), size)
    for number in range(last + 1):
        part = list(islice(found, PART))
        lines = [json.dumps({name: getattr(one, name) for name in _FIELDS}) + "\n" for one in part]
        with _replaced(out / f"passages-{number:05}.jsonl") as path:
            path.write_text("".join(lines), "utf-8")
        if not part:
            sys.exit(f"{text} gives fewer than {size:,} passages")


def write_vectors(out: Path, embedder: Embedder, share: tuple[int, int] = (0, 1)) -> None:
    """Embed the parts whose number is share[0] modulo share[1] and which have no vectors yet."""
    for path in sorted(out.glob("passages-*.jsonl")):
        number = int(path.stem.rpartition("-")[2])
        target = out / f"vectors-{number:05}.npy"
        if number % share[1] == share[0] and not target.exists():
            started = time.perf_counter()
            texts = [one_line(json.loads(line)["text"]) for line in path.open(encoding="utf-8")]
            vectors = embedder.embed_passages(texts)
            with _replaced(target) as temporary, temporary.open("wb") as file:
                np.save(file, vectors)
            print(
                f"{target.name}: {len(texts) / (time.perf_counter() - started):.0f}/s", flush=True
            )


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    temporary = path.with_suffix(".new")
    yield temporary
    os.replace(temporary, path)


def write_questions(out: Path, embedder: Embedder) -> None:
    """The first questions that stand in the passages, each once."""
    texts = (one_line(str(one["text"])) for one in Million(out).passages(PART * PART))
    found = (match.group() for text in texts if (match := _QUESTION.search(text)))
    chosen = list(islice(dict.fromkeys(found), QUESTIONS))
    lines = [json.dumps({"question": one}) + "\n" for one in chosen]
    with _replaced(out / "questions.jsonl") as path:
        path.write_text("".join(lines), "utf-8")
    with _replaced(out / "questions.npy") as path, path.open("wb") as file:
        np.save(file, embedder.embed_questions(chosen))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("text", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/million"))
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--stage", choices=("all", "passages", "vectors"), default="all")
    parser.add_argument(
        "--share", default="0/1", help="part of the vectors, so that processes can divide them"
    )
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    embedder = load_embedder(None)
    if arguments.stage != "vectors":
        write_passages(arguments.text, arguments.out, arguments.size, embedder)
    if arguments.stage != "passages":
        first, _, of = arguments.share.partition("/")
        write_vectors(arguments.out, embedder, (int(first), int(of)))
        write_questions(arguments.out, embedder)


if __name__ == "__main__":
    main()
