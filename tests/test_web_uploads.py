"""Names of uploaded files are harmless, and what is put in a place can be put back."""

from __future__ import annotations

import os
import unicodedata
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.web.uploads import numbered, put, put_back, safe_name, same_bytes


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("Über uns – 2024.md", "Über uns – 2024.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        (".hidden.txt", "hidden.txt"),
        ("..", "article"),
        ("", "article"),
        ("a\u202etxt.pdf", "atxt.pdf"),
        ("a\x00b\nc.txt", "ab c.txt"),
        ('what? "this".txt', "what_ _this_.txt"),
        ("CON.txt", "_CON.txt"),
        ("  spaced   out .txt ", "spaced out.txt"),
        ("x" * 300 + ".txt", "x" * 146 + ".txt"),
        ("ж" * 300 + ".txt", "ж" * 73 + ".txt"),
    ],
)
def test_a_name_becomes_one_that_is_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_no_name_leads_anywhere(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert os.path.basename(safe) == safe
    assert not safe.startswith(".")
    assert "\\" not in safe
    assert len(safe.encode()) <= 151
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in safe)
    assert safe_name(safe) == safe


def test_names_are_numbered_before_the_suffix() -> None:
    assert list(islice(numbered("a.tar.gz"), 3)) == ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]


def test_what_is_put_in_a_place_can_be_put_back(tmp_path: Path) -> None:
    file, place, aside = (tmp_path / name for name in ("new", "place", "aside"))
    file.write_bytes(b"new")
    place.write_bytes(b"old")
    put(file, place, aside)
    assert same_bytes(file, place)
    put_back(place, aside)
    assert place.read_bytes() == b"old"


def test_what_was_put_where_nothing_was_is_taken_away_again(tmp_path: Path) -> None:
    file, place, aside = (tmp_path / name for name in ("new", "place", "aside"))
    file.write_bytes(b"new")
    put(file, place, aside)
    put_back(place, aside)
    assert not place.exists()


def test_a_file_that_is_not_there_is_like_none(tmp_path: Path) -> None:
    assert not same_bytes(tmp_path / "a", tmp_path / "b")
