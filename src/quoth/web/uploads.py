"""Names and copies of uploaded files, for a folder that nothing is to get out of."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

_MOST_BYTES = 150  # of a name: file systems take 255, and something may be put behind it
_UNUSUAL = '<>:"|?*\\/'  # what some system does not take in a name
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """The last part of `name` as a file's name that is harmless in any folder.

    No path, no hidden file, no character that is not seen or turns the text round, at most
    150 bytes with its suffix.
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(_shown(each) for each in unicodedata.normalize("NFC", last))
    stem, suffix = os.path.splitext(" ".join(shown.split()).lstrip(". "))
    stem, suffix = stem.strip(" ."), suffix.strip(" ")
    if len(suffix.encode()) > 20:
        stem, suffix = stem + suffix, ""
    stem = _shortened(stem or "article", _MOST_BYTES - len(suffix.encode()))
    return f"_{stem}{suffix}" if _DEVICES.fullmatch(stem) else f"{stem}{suffix}"


def numbered(name: str) -> Iterator[str]:
    """`a.txt`, then `a (2).txt`, `a (3).txt` and so on."""
    stem, suffix = os.path.splitext(name)
    yield name
    for number in count(2):
        yield f"{stem} ({number}){suffix}"


def same_bytes(one: Path, other: Path) -> bool:
    """Whether both are there and hold the same."""
    try:
        if os.path.getsize(one) != os.path.getsize(other):
            return False
        with one.open("rb") as first, other.open("rb") as second:
            while some := first.read(2**20):
                if some != second.read(2**20):
                    return False
        return True
    except OSError:
        return False


def put(file: Path, place: Path, aside: Path) -> None:
    """Copy `file` to `place`, whole or not at all; what was there goes to `aside`.

    aside: in a folder of the same disk. Raises OSError.
    """
    copy = aside.with_name(f"{aside.name}.new")
    shutil.copyfile(file, copy)
    if place.exists():
        os.replace(place, aside)
    os.replace(copy, place)


def put_back(place: Path, aside: Path) -> None:
    """Undo `put`."""
    if aside.exists():
        os.replace(aside, place)
    else:
        place.unlink(missing_ok=True)


def _shown(character: str) -> str:
    if unicodedata.category(character) in _UNSEEN:
        return " " if character in "\t\n\r" else ""
    return "_" if character in _UNUSUAL else character


def _shortened(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
