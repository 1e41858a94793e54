"""BM25 over passages: scores by the formula, ties, fields, and what a folder keeps."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.errors import IndexDamagedError
from quoth.lexical import FIELD_WEIGHTS, LexicalIndex
from quoth.records import Passage, Span


def passage(text: str, *, source: str = "a.txt", title: str = "", section: str = "") -> Passage:
    return Passage(source, title, section, 0, len(text), text, (Span(0, len(text)),))


def indexed(*texts: str) -> LexicalIndex:
    """The passages of these texts under the ids 1, 2, 3 …"""
    index = LexicalIndex()
    index.add((number, passage(text)) for number, text in enumerate(texts, 1))
    return index


def found(index: LexicalIndex, question: str, k: int = 10) -> list[int]:
    return index.search(question, k)[1].tolist()  # type: ignore[no-any-return]


def bm25(count: int, length: int, *, mean: float, passages: int, having: int) -> float:
    """Robertson and Zaragoza 2009, with Lucene's idf and without its constant factor k1 + 1."""
    idf = math.log(1 + (passages - having + 0.5) / (having + 0.5))
    return idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean))


def test_scores_are_bm25() -> None:
    index = indexed("drone drone river", "river drone wheat", "wheat wheat wheat")
    scores, ids = index.search("drones", 5)
    assert ids.tolist() == [1, 2]
    expected = [bm25(count, 3, mean=3, passages=3, having=2) for count in (2, 1)]
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    assert (scores.dtype, ids.dtype) == (np.float32, np.int64)


def test_a_word_of_title_or_section_counts_less() -> None:
    index = LexicalIndex()
    index.add(
        [
            (1, passage("wheat", title="drone")),
            (2, passage("wheat", section="drone")),
            (3, passage("drone")),
        ]
    )
    scores, ids = index.search("drone", 5)
    assert ids.tolist() == [3, 2, 1]
    one = math.log(1 + 2.5 / 1.5)  # body's lengths are 1 each
    np.testing.assert_allclose(scores[0], FIELD_WEIGHTS["body"] * one, rtol=1e-5)
    assert scores[0] > scores[1] > scores[2] > 0


@pytest.mark.parametrize("question", ["ferry", "", "the of and", "?!", "😀", '" OR body:drone (*'])
def test_what_occurs_nowhere_finds_nothing(question: str) -> None:
    index = indexed("wheat and river")
    scores, ids = index.search(question, 5)
    assert scores.shape == ids.shape == (0,)


def test_a_question_is_no_query_language() -> None:
    assert found(indexed("drone", "wheat"), 'wheat AND -drone "x') == [1, 2]


def test_an_empty_index_finds_nothing() -> None:
    index = LexicalIndex()
    assert found(index, "drone") == []
    assert (len(index), index.ids().tolist()) == (0, [])


@pytest.mark.parametrize("k", [1, 7, 100, 299, 300, 999])
def test_equal_scores_come_in_order_of_id_however_many(k: int) -> None:
    index = LexicalIndex()
    for start in (200, 0, 100):  # three segments, out of order
        index.add((number, passage("drone")) for number in range(start + 100, start, -1))
    assert found(index, "drone", k) == list(range(1, min(k, 300) + 1))


def test_only_the_sources_named_are_searched() -> None:
    index = LexicalIndex()
    index.add(
        (number, passage("drone", source=source))
        for number, source in enumerate(["a.txt", "b c/é.txt", "A.txt"], 1)
    )
    assert index.search("drone", 9, ["b c/é.txt", "none.txt"])[1].tolist() == [2]
    assert index.search("drone", 9, [])[1].tolist() == []


def test_narrowing_to_sources_does_not_change_a_score() -> None:
    index = indexed("drone drone", "drone wheat river")
    assert index.search("drone", 9, ["a.txt"])[0].tolist() == index.search("drone", 9)[0].tolist()


def test_it_tells_which_words_occur() -> None:
    index = indexed("Drones and ferries", "A drone, dronelike")
    assert [index.passages_with(stem) for stem in ("drone", "ferri", "wheat")] == [2, 1, 0]
    assert [index.spells(word) for word in ("drones", "drone", "dron")] == [True, True, False]
    assert sorted(index.spellings("dron")) == [("Drones", 1), ("drone", 1), ("dronelike", 1)]


def test_a_folder_keeps_it(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.add([(4, passage("drone")), (2, passage("wheat drone"))])
    again = LexicalIndex(tmp_path)
    assert again.ids().tolist() == [2, 4]
    for mine, kept in zip(index.search("drone", 5), again.search("drone", 5), strict=True):
        np.testing.assert_array_equal(mine, kept)


def test_a_folder_that_is_no_index_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(IndexDamagedError, match=r"cannot read '.*': rebuild it"):
        LexicalIndex(tmp_path)


words = st.sampled_from(["drone", "wheat", "river", "ferry", "lantern"])
texts = st.lists(st.lists(words, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None)
@given(texts=texts, cuts=st.sets(st.integers(1, 11), max_size=3))
def test_adding_little_by_little_gives_the_scores_of_adding_at_once(
    texts: list[str], cuts: set[int]
) -> None:
    rows = [(number, passage(text)) for number, text in enumerate(texts)]
    one, other = LexicalIndex(), LexicalIndex()
    one.add(rows)
    edges = [0, *sorted(cuts), len(rows)]
    for start, end in pairwise(edges):
        other.add(rows[start:end])
    for question in ("drone", "wheat river", "drone wheat river ferry lantern"):
        scores, ids = one.search(question, 5)
        other_scores, other_ids = other.search(question, 5)
        np.testing.assert_array_equal(ids, other_ids)
        np.testing.assert_array_equal(scores, other_scores)
