"""The stemmed content words that lexical search and reading compare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.records import Span
from quoth.terms import STOP_WORDS, content_words, terms

TERMS = {
    "The drones were crossing rivers.": ["drone", "cross", "river"],
    "Café CAFÉ cafe": ["cafe", "cafe", "cafe"],
    "North Korea's shells": ["north", "korea", "shell"],
    "G-7 in 2024": ["g", "7", "2024"],
    "Who, what and why?": [],
    "": [],
    "😀 — …": [],
    "東京 Москва": ["東京", "москва"],
    "a" * 61: [],
}


@pytest.mark.parametrize(("text", "expected"), TERMS.items(), ids=lambda text: repr(text)[:20])
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_stop_words_are_no_terms() -> None:
    assert [word for word in sorted(STOP_WORDS) if terms(word)] == []


def test_content_words_know_their_places() -> None:
    text = "Why did North Korea’s drones fall?"
    assert content_words(text) == [
        (Span(8, 13), ("north",)),
        (Span(14, 21), ("korea",)),
        (Span(22, 28), ("drone",)),
        (Span(29, 33), ("fall",)),
    ]


@given(st.text())
def test_each_content_word_is_a_slice_with_those_terms(text: str) -> None:
    for span, stems in content_words(text):
        assert tuple(terms(text[span.start : span.end])) == stems
        assert stems


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Po", "Pd", "Zs"])))
def test_content_words_lose_no_term(text: str) -> None:
    """`text.words` and tantivy cut alike, but in scripts whose vowels are marks."""
    assert [stem for _, stems in content_words(text) for stem in stems] == terms(text)
