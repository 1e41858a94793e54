"""A node's side: files → messages. It writes nothing, and knows neither Ray nor a store."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import quoth
from quoth.articles import FileReader, FoundFile, ReadOptions
from quoth.building.embedding import passage_rows
from quoth.building.on_ray.messages import (
    CutArticle,
    Message,
    articles_message,
    vectors_message,
)
from quoth.building.settings import made_with, target_of
from quoth.building.staging import PASSAGES_AT_ONCE
from quoth.embedding import load_embedder
from quoth.errors import ArticleError, ModelError
from quoth.freshness import file_sha256
from quoth.passages import vectors_of
from quoth.records import Embedder, Passage

KEY = 16
Bytes = npt.NDArray[np.uint8]


class UnfitError(Exception):
    """Nothing that this node makes would fit the index."""


class Work:
    """Reads, cuts and embeds files as `Staging` does, for one that is elsewhere."""

    def __init__(self, made: Mapping[str, str], version: str, reading: dict[str, Any]) -> None:
        """made: what the index is made with. version: of quoth. reading: of `ReadOptions`.

        Raises UnfitError.
        """
        self._embedder = _embedder(made, version)
        self._target = target_of(made)
        self._options = ReadOptions(**reading)

    def messages(self, files: Iterable[Mapping[str, Any]], known: Bytes) -> Iterator[Message]:
        """What is told of `files`: number, path, source, named, sha256.

        known: keys of passages that have vectors, one after the other, sorted.
        """
        waiting = _Waiting(self._embedder, known)
        with FileReader(self._options) as reader:
            for file in files:
                yield from self._file(file, reader, waiting)
        yield from waiting.flushed()

    def _file(
        self, file: Mapping[str, Any], reader: FileReader, waiting: _Waiting
    ) -> Iterator[Message]:
        number, path = file["number"], Path(file["path"])
        if not _is_same(path, file["sha256"]):
            yield Message("elsewhere", number)
            return
        skipped: list[tuple[str, str]] = []
        part = waiting.part(number, 0)
        try:
            for article in reader.read(FoundFile(path, file["source"], file["named"]), skipped):
                waiting.take(part, (article, passage_rows(article, self._embedder, self._target)))
                if waiting.is_full:
                    yield from waiting.flushed()
                    part = waiting.part(number, part.number + 1)
        except ArticleError as error:
            waiting.parts.remove(part)
            yield Message("failed", [number, str(error)])
            return
        part.is_last, part.skipped = True, skipped
        if waiting.is_full:
            yield from waiting.flushed()


@dataclass(slots=True, eq=False)
class _Part:
    file: int
    number: int
    articles: list[CutArticle] = field(default_factory=list)
    is_last: bool = False
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def message(self) -> Message:
        return articles_message(
            self.file, self.number, self.articles, is_last=self.is_last, skipped=self.skipped
        )


class _Waiting:
    """What was cut and is to be embedded, some files at once."""

    def __init__(self, embedder: Embedder, known: Bytes) -> None:
        self.parts: list[_Part] = []
        self._embedder, self._known = embedder, known
        self._passages = 0

    def part(self, file: int, number: int) -> _Part:
        self.parts.append(part := _Part(file, number))
        return part

    def take(self, part: _Part, cut: CutArticle) -> None:
        part.articles.append(cut)
        self._passages += len(cut[1])

    @property
    def is_full(self) -> bool:
        return self._passages >= PASSAGES_AT_ONCE

    def flushed(self) -> Iterator[Message]:
        """The vectors, then the articles that have them."""
        cut = [one for part in self.parts for one in part.articles]
        unique = {key: passage for _, rows in cut for passage, key in rows}
        missing = [one for one in unique.items() if not is_among(one[0], self._known)]
        for start in range(0, len(missing), PASSAGES_AT_ONCE):
            yield self._vectors(missing[start : start + PASSAGES_AT_ONCE])
        yield from [part.message() for part in self.parts]
        self.parts, self._passages = [], 0

    def _vectors(self, some: Sequence[tuple[bytes, Passage]]) -> Message:
        vectors = vectors_of([passage for _, passage in some], self._embedder)
        return vectors_message([key for key, _ in some], vectors)


def is_among(key: bytes, every: Bytes) -> bool:
    """Whether a key is one of `every`: sorted, one after the other, as a million take least."""

    def at(number: int) -> bytes:
        return every[number * KEY : (number + 1) * KEY].tobytes()

    count = len(every) // KEY
    place = bisect_left(range(count), key, key=at)
    return place < count and at(place) == key


def _is_same(path: Path, sha256: str) -> bool:
    """Whether this node sees the file as it was when it was found."""
    try:
        return file_sha256(path) == sha256
    except (OSError, ValueError):
        return False


def _embedder(made: Mapping[str, str], version: str) -> Embedder:
    """The model that the index is made with."""
    if quoth.__version__ != version:
        raise UnfitError(f"it has quoth {quoth.__version__}, this is {version}")
    try:
        embedder = load_embedder(made["model"])
    except ModelError as error:
        raise UnfitError(str(error)) from error
    own = made_with(embedder, target_of(made))
    for name, value in made.items():
        if own.get(name) != value:
            told = "model" if name == "fingerprint" else name
            raise UnfitError(f"it has another {told}: {own.get(name)!r}, not {value!r}")
    return embedder
