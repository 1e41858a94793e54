"""Articles, passages and vectors from one store to another, staged there some at a time.

Interrupted, what was staged of whole files is found again, and vectors are not copied twice.
"""

from __future__ import annotations

from quoth import rows
from quoth.errors import IndexDamagedError
from quoth.records import Progress
from quoth.store import Store, StoredFile, WritableStore
from quoth.store.schema import STAGED

_ARTICLES_AT_ONCE = 100
_VECTORS_AT_ONCE = 1000


def copy_articles(old: Store, new: WritableStore, progress: Progress | None = None) -> list[int]:
    """Stage all files of `old` in `new`; the ids under which they are staged there.

    Raises IndexDamagedError for what is not as it was stored.
    """
    total, done, staged = old.totals()[0], 0, []
    files = old.files(old.paths())
    for path, file in sorted(files.items()):
        sources = old.sources_of(file.id)
        for start in range(0, len(sources), _ARTICLES_AT_ONCE):
            _copy_vectors(old, new, sources[start : start + _ARTICLES_AT_ONCE])
        staged.append(_same(new, path, file) or _stage(old, new, path, file, sources))
        done += len(sources)
        if progress:
            progress("copying articles", done, total)
    return staged


def _same(new: WritableStore, path: str, file: StoredFile) -> int | None:
    """The id of the file where it was staged already."""
    known = new.file(path, STAGED)
    return known.id if known is not None and known[1:] == file[1:] else None


def _stage(old: Store, new: WritableStore, path: str, file: StoredFile, sources: list[str]) -> int:
    with new.change():
        number = new.begin_file(path, *file[1:])
    for start in range(0, len(sources), _ARTICLES_AT_ONCE):
        with new.change():
            for source in sources[start : start + _ARTICLES_AT_ONCE]:
                article = old.article(source)
                if article is None:
                    raise IndexDamagedError(f"{source}: listed, but not there: {rows.REMEDY}")
                new.stage(article, number, old.keyed_passages(source))
    with new.change():
        new.finish_file(number)
    return number


def _copy_vectors(old: Store, new: WritableStore, sources: list[str]) -> None:
    """Those that are not there yet, as they are stored: with their checksums."""
    keys = old.keys_of(sources)
    for start in range(0, len(keys), _VECTORS_AT_ONCE):
        some = keys[start : start + _VECTORS_AT_ONCE]
        present = new.present(some)
        found = old.stored_vectors([key for key in some if key not in present])
        if len(found) + len(present) < len(some):
            raise IndexDamagedError(f"vectors are missing from the index: {rows.REMEDY}")
        if not all(map(rows.is_whole, found.values())):
            raise IndexDamagedError(f"a stored vector is damaged: {rows.REMEDY}")
        with new.change():
            new.copy_vectors(found.items())
