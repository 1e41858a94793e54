"""This side: what arrives from the nodes is staged, each file once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import Any

import quoth
from quoth.articles import ReadOptions
from quoth.building.comparing import NewFile
from quoth.building.on_ray.messages import Message, to_articles, to_vectors
from quoth.building.on_ray.process import driver
from quoth.building.staging import Flushed, StagedFile, Staging
from quoth.errors import ArticleError, MissingExtraError, QuothWarning
from quoth.text import one_line

Told = list[tuple[str, str]]
"""(path, reason)."""


def read_there(
    address: str,
    new: Sequence[NewFile],
    staging: Staging,
    made: Mapping[str, str],
    options: ReadOptions,
    *,
    flushed: Flushed,
    skipped: Told,
    failed: Told,
) -> list[NewFile]:
    """Stage the files `new` from the cluster at `address`; those that are left to be read here.

    address: as `ray.init` takes it, or `local` for a Ray of this machine alone. made: what the
    index is made with. flushed: as for `Staging.add`. skipped, failed: what is to be added to.
    Warns of files that the nodes do not see.
    Raises ClusterError, MissingExtraError.
    """
    require_ray()
    waiting = []
    for file in new:
        try:
            if not staging.has(file):
                waiting.append(file)
        except ArticleError as error:
            failed.append((str(file.found.path), str(error)))
    if not waiting:
        return []
    receiver = _Receiver(waiting, staging, int(made["dimension"]), flushed, skipped, failed)
    asked = {
        "address": address, "made": dict(made), "version": quoth.__version__,
        "reading": asdict(options), "files": [_item(*one) for one in enumerate(waiting)],
    }  # fmt: skip
    with driver(asked, staging.known_keys()) as messages:
        for message in messages:
            receiver.take(message)
    return receiver.left()


def require_ray() -> None:
    """Raises MissingExtraError."""
    if find_spec("ray") is None or find_spec("pyarrow") is None:
        raise MissingExtraError(
            "building on a cluster needs Ray, which is not installed: run pip install 'quoth[ray]'"
        )


def _item(number: int, file: NewFile) -> dict[str, object]:
    return {
        "number": number, "path": file.path, "source": file.found.source,
        "named": file.found.named, "sha256": file.sha256, "size": file.size,
    }  # fmt: skip


@dataclass(slots=True)
class _Arriving:
    """A file of which some is there. parts: how many it has, once that is known."""

    file: StagedFile
    seen: set[int] = field(default_factory=set)
    parts: int = -1
    skipped: Told = field(default_factory=list)


class _Receiver:
    """Stages what is told of files. A node may tell again what one that was lost has told."""

    def __init__(
        self,
        new: Sequence[NewFile],
        staging: Staging,
        dimension: int,
        flushed: Flushed,
        skipped: Told,
        failed: Told,
    ) -> None:
        self._new = dict(enumerate(new))
        self._arriving: dict[int, _Arriving] = {}
        self._unseen: list[NewFile] = []
        self._staging, self._dimension, self._flushed = staging, dimension, flushed
        self._skipped, self._failed = skipped, failed

    def take(self, message: Message) -> None:
        """Stage it, or what is missing of it."""
        about = message.about
        if message.name == "vectors":
            self._staging.put(*to_vectors(message, self._dimension))
        elif message.name == "articles" and about["file"] in self._new:
            self._part(about["file"], about)
        elif message.name == "failed" and about[0] in self._new:
            self._fail(*about)
        elif message.name == "elsewhere" and about in self._new:
            self._unseen.append(self._give_up(about))

    def left(self) -> list[NewFile]:
        """What is to be read here, when no more is told."""
        if self._unseen:
            first, more = self._unseen[0].path, len(self._unseen) - 1
            others = f" and {more:,} more" if more else ""
            warnings.warn(
                f"not every node sees {one_line(first, 200)!r}{others} as it is here, so it was "
                "read here: put articles where all nodes have them under the same path",
                QuothWarning,
                stacklevel=2,
            )
        return self._unseen + [self._give_up(number) for number in list(self._new)]

    def _part(self, number: int, about: Mapping[str, Any]) -> None:
        new = self._new[number]
        if number not in self._arriving:
            self._arriving[number] = _Arriving(self._staging.open(new))
        arriving = self._arriving[number]
        if about["part"] in arriving.seen:
            return
        arriving.seen.add(about["part"])
        try:
            for article, rows in to_articles(about, str(new.found.path.absolute())):
                self._staging.take(article, arriving.file, self._flushed, rows)
        except ArticleError as error:
            self._fail(number, str(error))
            return
        if about["is_last"]:
            arriving.parts = about["part"] + 1
            arriving.skipped += [
                (path.replace(new.path, str(new.found.path), 1), reason)
                for path, reason in about["skipped"]
            ]
        if len(arriving.seen) == arriving.parts:
            self._skipped += arriving.skipped
            self._staging.close(arriving.file, self._flushed)
            del self._new[number], self._arriving[number]

    def _fail(self, number: int, reason: str) -> None:
        self._failed.append((str(self._give_up(number).found.path), reason))

    def _give_up(self, number: int) -> NewFile:
        """The file, of which nothing goes in that was told of it."""
        arriving = self._arriving.pop(number, None)
        if arriving is not None:
            self._staging.give_up(arriving.file)
        return self._new.pop(number)
