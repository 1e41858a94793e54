"""Sentences side by side in the pass of their passage, and where they stand in what is embedded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from fakes import WordEmbedder, WordsInParts
from hypothesis import given
from hypothesis import strategies as st

from quoth.embedding.runtime import unit
from quoth.embedding.side_by_side import lay_out, part_vectors
from quoth.passages import embedded, vectors_of
from quoth.records import Floats, Passage, Span

IDS = [101, 7, 8, 9, 102]
OFFSETS = [(0, 0), (0, 3), (4, 7), (7, 8), (0, 0)]
TOKENS = np.array([[5, 5], [1, 0], [0, 1], [3, 1], [1, 3]], np.float32)
OWN = [2, 2]
TEXT = "A title\nHeading\nThe drone fell.\nA ferry left."
PASSAGE = Passage(
    "a.txt", "A title", "Heading", 8, 46, TEXT[8:46],
    (Span(8, 15), Span(16, 31), Span(32, 46)), headings=1,
)  # fmt: skip


def groups(*parts: Span) -> list[int]:
    return lay_out(IDS, OFFSETS, parts).groups.tolist()


def positions(*parts: Span) -> list[int]:
    return lay_out(IDS, OFFSETS, parts).positions.tolist()


@pytest.mark.parametrize(
    ("part", "inside"),
    [
        (Span(0, 3), [1]),
        (Span(0, 7), [1, 2]),
        (Span(4, 8), [2, 3]),
        (Span(2, 5), [1, 2]),  # tokens that it only touches are its own as well
        (Span(3, 4), []),  # a space
        (Span(0, 0), []),
        (Span(20, 30), []),
    ],
)
def test_a_part_holds_the_tokens_that_touch_it(part: Span, inside: list[int]) -> None:
    assert np.flatnonzero(np.array(groups(part)) == 2).tolist() == inside


def test_special_tokens_are_in_no_part() -> None:
    found = groups(Span(0, 8))
    assert (found[0], found[-1]) == (1, 1)


def test_without_parts_tokens_stand_in_their_order() -> None:
    assert positions() == [0, 1, 2, 3, 4]


def test_each_part_goes_on_from_what_is_in_none_before_it() -> None:
    assert positions(Span(4, 7), Span(7, 8)) == [0, 1, 2, 2, 2]


def test_within_a_part_positions_count_on() -> None:
    assert positions(Span(0, 3), Span(4, 8)) == [0, 1, 1, 2, 1]


@pytest.mark.parametrize(
    ("part", "vector"), [(Span(0, 7), [0.5, 0.5]), (Span(4, 8), [1.5, 1]), (Span(20, 30), OWN)]
)
def test_a_part_has_the_mean_of_the_tokens_in_it(part: Span, vector: list[float]) -> None:
    found = part_vectors(TOKENS, lay_out(IDS, OFFSETS, [part]).groups, 1)
    assert found.tolist() == [OWN, vector]


def test_what_fills_up_a_text_is_left_out() -> None:
    filled = np.concatenate([TOKENS, np.full((3, 2), 99, np.float32)])
    assert part_vectors(filled, lay_out(IDS, OFFSETS, []).groups, 0).tolist() == [OWN]


def test_a_text_without_parts_has_its_own_vector_alone() -> None:
    assert part_vectors(TOKENS, lay_out(IDS, OFFSETS, []).groups, 0).tolist() == [OWN]


def test_sentences_are_found_in_what_is_embedded() -> None:
    text, places = embedded(PASSAGE)
    assert text == "A title. Heading. The drone fell. A ferry left."
    assert [text[start:end] for start, end in places] == ["The drone fell.", "A ferry left."]


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    st.lists(st.text("ab .\n\t", min_size=1, max_size=9), max_size=5),
)
def test_what_stands_at_the_places_is_the_sentence_on_one_line(
    title: str, sentences: list[str]
) -> None:
    spans, end = [], 0
    for one in sentences:
        spans.append(Span(end, end + len(one)))
        end += len(one)
    text, places = embedded(Passage("s", title, "", 0, end, "".join(sentences), tuple(spans)))
    assert [text[a:b] for a, b in places] == [" ".join(one.split()) for one in sentences]


def test_a_heading_has_the_vector_of_its_passage() -> None:
    (vectors,) = vectors_of([PASSAGE], WordsInParts(["drone", "ferry"]))
    expected = np.array([[1, 1, 0], [1, 1, 0], [2, 1, 0], [1, 2, 0]], np.float32)
    assert np.allclose(vectors, unit(expected))


def test_a_passage_is_embedded_once_with_the_places_of_its_sentences() -> None:
    embedder = WordsInParts(["drone"])
    vectors_of([PASSAGE], embedder)
    assert embedder.parts == [
        ("A title. Heading. The drone fell. A ferry left.", ["The drone fell.", "A ferry left."])
    ]
    assert embedder.embedded == []


def test_without_parts_a_sentence_is_embedded_under_title_and_section() -> None:
    class Counting(WordEmbedder):
        def embed_passages(self, texts: Sequence[str], progress: object = None) -> Floats:
            self.given = list(texts)
            return self.embed_questions(texts)

    embedder = Counting(["drone", "ferry"])
    (vectors,) = vectors_of([PASSAGE], embedder)
    assert embedder.given == [
        "A title. Heading. The drone fell. A ferry left.",
        "A title. Heading. The drone fell.",
        "A title. Heading. A ferry left.",
    ]
    assert len(vectors) == 1 + len(PASSAGE.sentences)


def test_no_passages_have_no_vectors() -> None:
    assert vectors_of([], WordEmbedder(["drone"])) == []
    assert vectors_of([], WordsInParts(["drone"])) == []
