"""Vectors of sentences in the light of their passage, and where these stand in what is embedded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from fakes import WordEmbedder, WordsInParts
from hypothesis import given
from hypothesis import strategies as st

from quoth.embedding.pooling import part_vectors
from quoth.embedding.runtime import unit
from quoth.passages import embedded, vectors_of
from quoth.records import Floats, Passage, Span

OWN = np.array([9.0, 9.0], np.float32)
TOKENS = np.array([[5, 5], [1, 0], [0, 1], [3, 1], [5, 5]], np.float32)
OFFSETS = [(0, 0), (0, 3), (4, 7), (7, 8), (0, 0)]
TEXT = "A title\nHeading\nThe drone fell.\nA ferry left."
PASSAGE = Passage(
    "a.txt", "A title", "Heading", 8, 46, TEXT[8:46],
    (Span(8, 15), Span(16, 31), Span(32, 46)), headings=1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("part", "vector"),
    [
        (Span(0, 3), (1, 0)),
        (Span(0, 7), (0.5, 0.5)),
        (Span(4, 8), (1.5, 1)),
        (Span(2, 5), (0.5, 0.5)),  # tokens that it only touches are its own as well
        (Span(3, 4), (9, 9)),  # a space
        (Span(0, 0), (9, 9)),
        (Span(20, 30), (9, 9)),
    ],
)
def test_a_part_has_the_mean_of_the_tokens_in_it(part: Span, vector: tuple[float, float]) -> None:
    found = part_vectors(OWN, TOKENS, OFFSETS, [part])
    assert found.tolist() == [[9, 9], [*vector]]


def test_a_text_without_parts_has_its_own_vector_alone() -> None:
    assert part_vectors(OWN, TOKENS, OFFSETS, []).tolist() == [[9, 9]]


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
