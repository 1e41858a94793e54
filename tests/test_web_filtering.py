"""Which articles are asked: what a visitor types becomes a pattern and dates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_indexes import build, write

from quoth import Index
from quoth.errors import UsageError
from quoth.web.filtering import Filter, chosen_filter, filter_label, searched

TEXTS = {
    "2024/Harbour news.txt": "Ferries\n\nThe ferry is late.\n",
    "2025/harbour.txt": "Lanterns\n\nA lantern is lit.\n",
    "odd [1].txt": "Lanterns of old\n\nA lantern is out.\n",
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with build(write(tmp_path / "articles", TEXTS), tmp_path / "index") as index:
        yield index


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", 3),
        ("  ", 3),
        ("2025/harbour.txt", 1),
        ("odd [1].txt", 1),
        ("ferries", 1),
        ("HARBOUR", 2),
        ("2024/*", 1),
        (None, 3),
        (7, 3),
    ],
)
def test_words_mean_articles(index: Index, words: object, asked: int) -> None:
    assert searched(index, chosen_filter(index, words, "", "")) == asked


def test_dates_are_taken_as_they_are(index: Index) -> None:
    assert chosen_filter(index, "", " 2024 ", "2025-02") == Filter(None, "2024", "2025-02")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (("zebra", "", ""), "no article has “zebra” in its title or its file’s name"),
        (("lanterns", "", ""), "several articles have “lanterns” in their titles: choose"),
        (("", "soon", ""), "from is 'soon': it must be a date such as 2024-05-17"),
        (("", "", "2024-13"), "before is '2024-13': it must be a date"),
    ],
)
def test_what_means_nothing_is_told(index: Index, given: tuple[str, str, str], line: str) -> None:
    with pytest.raises(UsageError) as told:
        chosen_filter(index, *given)
    assert str(told.value).startswith(line)


def test_the_label_says_what_is_asked() -> None:
    assert filter_label("", None, " ") == "All articles are asked"
    assert filter_label("a.txt", "2024", "2025") == (
        "Only articles “a.txt”, from 2024, before 2025 are asked"
    )
