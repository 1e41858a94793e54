"""Reading: what is known of a sentence, how it is scored, and which words stand in a quote."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_library import BY_COSINE, FITTED, hit, is_whole, passage

import quoth
from quoth.answering import index_reader
from quoth.articles import make_article
from quoth.blocks import plain_blocks
from quoth.errors import UsageError
from quoth.passages import cut
from quoth.reading import FEATURES, EmbeddingReader, log_odds, probability
from quoth.records import Embedder, Evidence, Passage, Span
from quoth.weights import Logistic

READER = EmbeddingReader(WordEmbedder(["drone", "drones", "ferry", "ferries"]))


@pytest.fixture
def by_cosine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores that do not change with the fitted weights."""
    monkeypatch.setattr(FITTED, BY_COSINE)


def best(question: str, found: Passage) -> Evidence:
    return READER.read(question, [hit(found)])[0].evidence[0]


def quoted(question: str, found: Passage) -> str:
    evidence = best(question, found)
    return found.text[evidence.start - found.start : evidence.end - found.start]


# -- what is known of a sentence


def column(name: str, question: str, found: Passage, **options: object) -> list[float]:
    reader = EmbeddingReader(WordEmbedder(["drone", "ferry"]), **options)  # type: ignore[arg-type]
    features = reader.features(question, [hit(found, score=0.25)])[0]
    assert features.dtype == np.float32
    assert features.shape == (len(found.sentences), len(FEATURES))
    return [round(float(value), 4) for value in features[:, FEATURES.index(name)]]


HARBOUR = passage("A drone.", "The drone, a ferry and 3 boats.", "Why a zebra?")


def test_the_cosine_of_each_sentence() -> None:
    """Question (1, 1)/√2; sentences (1, 0), (1, 1)/√2 and (0, 0)."""
    assert column("sentence_cosine", "drone ferry", HARBOUR) == [0.7071, 1, 0]


def test_the_cosine_of_the_passage() -> None:
    """(2, 1)/√5 · (1, 1)/√2 = 3/√10."""
    assert column("passage_cosine", "drone ferry", HARBOUR) == [0.9487] * 3


def test_the_score_of_the_hit() -> None:
    assert column("hit_score", "drone", HARBOUR) == [0.25] * 3


def test_the_share_of_words_where_all_weigh_the_same() -> None:
    """Two content words, drone and zebra; stop words count for nothing."""
    assert column("word_share", "What about the drones and zebras?", HARBOUR) == [0.5, 0.5, 0.5]
    assert column("word_share", "drone ferry boat", HARBOUR) == [0.3333, 1, 0]


def test_the_share_of_words_by_inverse_passage_frequency() -> None:
    """Of 9 passages 4 hold drone and 1 holds zebra: ln(1 + 5.5/4.5) = 0.799, ln(1 + 8.5/1.5)
    = 1.897; their shares are 0.296 and 0.704."""
    counts = {"drone": 4, "zebra": 1}
    shares = column("word_share", "drone zebra", HARBOUR, passages_with=counts.get, passages=9)
    assert shares == pytest.approx([0.2963, 0.2963, 0.7037], abs=1e-3)


def test_a_question_without_content_words_shares_none() -> None:
    assert column("word_share", "what is it?", HARBOUR) == [0, 0, 0]


def test_whether_it_is_of_the_kind_asked_for() -> None:
    assert column("kind", "How many boats?", HARBOUR) == [0, 1, 0]


def test_whether_it_is_itself_a_question() -> None:
    assert column("asks", "drone", HARBOUR) == [0, 0, 1]


def test_log_odds_are_the_bias_and_the_weighted_features() -> None:
    features = np.array([[1, 1], [0, 2]], np.float32)
    assert log_odds(Logistic(-1.0, (2.0, 0.5)), features).tolist() == [1.5, 0.0]


def test_log_odds_of_no_sentence_are_none() -> None:
    assert log_odds(Logistic(1.0, (2.0,)), np.empty((0, 1), np.float32)).shape == (0,)


@pytest.mark.parametrize(("odds", "value"), [(0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25)])
def test_probability_of_log_odds(odds: float, value: float) -> None:
    assert probability(odds) == pytest.approx(value)


@pytest.mark.parametrize("odds", [1e9, math.inf, -1e9, -math.inf, 800.0])
def test_probability_stays_from_0_to_1(odds: float) -> None:
    assert probability(odds) == pytest.approx(float(odds > 0))


# -- which sentences stand in a quote


@pytest.mark.usefixtures("by_cosine_alone")
class TestQuotes:
    """Scores are cosines, so that the best sentence is the one that holds the question's words."""

    def test_a_sentence_that_stands_for_itself_is_quoted_alone(self) -> None:
        assert quoted("ferry", passage("A drone.", "A ferry.", "A drone.")) == "A ferry."

    @pytest.mark.parametrize("word", ["They", "It’s", "it's", "This", "These", "Their", "Such"])
    def test_a_sentence_that_leans_takes_the_one_before_along(self, word: str) -> None:
        found = passage("Nothing.", "A zebra.", f"{word} ferry.")
        assert quoted("ferry", found) == f"A zebra. {word} ferry."
        assert best("ferry", found).sentence == found.sentences[2]

    def test_a_word_that_only_begins_like_one_that_leans_does_not(self) -> None:
        assert quoted("ferry", passage("A zebra.", "Itself a ferry.")) == "Itself a ferry."

    def test_sentences_lean_on_each_other_up_to_three(self) -> None:
        found = passage("Zero.", "They one.", "They two.", "They ferry.")
        assert quoted("ferry", found) == "They one. They two. They ferry."

    def test_a_question_takes_the_answer_behind_it_along(self) -> None:
        found = passage("Nothing.", "A ferry?", "Yes.", "More.")
        assert quoted("ferry", found) == "A ferry? Yes."

    def test_a_question_that_leans_has_three_sentences(self) -> None:
        assert quoted(
            "ferry", passage("A.", "A zebra.", "Is it?", "They ferry?", "Yes.", "B.")
        ) == ("Is it? They ferry? Yes.")

    def test_the_first_sentence_has_nothing_to_lean_on(self) -> None:
        assert quoted("ferry", passage("They ferry.", "A zebra.")) == "They ferry."

    def test_no_quote_reaches_into_another_paragraph(self) -> None:
        for line_end in ("\n", "\r\n", "\r", "\n\n"):
            found = passage("A zebra.", "They ferry?", "Yes.", between=line_end)
            assert quoted("ferry", found) == "They ferry?"

    def test_no_quote_reaches_into_a_heading(self) -> None:
        found = passage("A Zebra", "They ferry.", headings=1)
        assert quoted("ferry", found) == "They ferry."

    def test_no_quote_grows_beyond_500_characters(self) -> None:
        lean = "They ferry."
        fits = "z" * (500 - len(f" {lean}") - 1) + "."
        assert len(quoted("ferry", passage(fits, lean))) == 500
        assert quoted("ferry", passage(f"z{fits}", lean)) == lean

    def test_a_single_sentence_may_be_longer(self) -> None:
        long = "A ferry " + "z" * 700 + "."
        assert quoted("ferry", passage("A zebra.", long)) == long

    def test_offsets_are_those_of_the_article(self) -> None:
        found = passage("A drone.", "A ferry.", start=1000)
        assert (best("ferry", found).start, best("ferry", found).end) == (1009, 1017)

    def test_the_whole_sentence_is_highlighted_where_no_words_can_be_told(self) -> None:
        found = passage("A zebra.", "They ferry.", start=10)
        assert best("what about a ferry", found).highlights == (Span(19, 30),)

    def test_the_answering_words_are_highlighted(self) -> None:
        found = passage("Nothing.", "It was 30 drones and 12,000 ferries.", start=100)
        evidence = best("How many drones and ferries?", found)
        assert [found.text[s - 100 : e - 100] for s, e in evidence.highlights] == ["30", "12,000"]

    def test_a_heading_never_wins_over_prose(self) -> None:
        """The heading is all question and still second."""
        found = passage("Ferry", "A ferry and a drone.", headings=1)
        evidence = READER.read("ferry", [hit(found)])[0].evidence
        assert [one.sentence for one in evidence] == [found.sentences[1], found.sentences[0]]

    def test_boilerplate_never_wins_over_prose(self) -> None:
        promotion = passage("A ferry.", boilerplate=True)
        prose = passage("A ferry and a drone, a drone.", start=50)
        low, high = READER.read("ferry", [hit(promotion), hit(prose)])
        assert low.relevance < high.relevance
        assert low.evidence[0].score < high.evidence[0].score

    def test_evidence_comes_best_first_and_equals_in_order_of_place(self) -> None:
        found = passage("A drone.", "A ferry one.", "A ferry two.")
        evidence = READER.read("ferry", [hit(found)])[0].evidence
        assert [one.sentence for one in evidence] == [found.sentences[n] for n in (1, 2, 0)]
        assert [one.score for one in evidence] == [1, 1, 0]

    def test_relevance_is_the_best_sentences_confidence(self) -> None:
        reading = READER.read("ferry", [hit(passage("A drone.", "A ferry."))])[0]
        assert reading.relevance == pytest.approx(1 / (1 + math.exp(-1)))
        assert reading.relevance == reading.evidence[0].confidence

    def test_there_is_one_reading_for_each_hit_in_their_order(self) -> None:
        hits = [hit(passage(text)) for text in ("A drone.", "A ferry.", "A zebra.")]
        scores = [reading.evidence[0].score for reading in READER.read("ferry", hits)]
        assert scores == [0, 1, 0]
        assert READER.read("ferry", []) == []


PIECES = st.sampled_from(
    [
        "A Heading\n",
        "Another One\n\n",
        "The drone flies. ",
        "It is a ferry. ",
        "They came?\n",
        "Is this so? Yes. ",
        "These 30 drones met North Korea in 1990. ",
        "- an item. It has two sentences.\n",
        "• short\n",
        "z" * 300 + ". ",
        "This " + "long " * 90 + "sentence. ",
        "\n\n",
        "\r\n",
        "e\u0301 😀 ",
        "Subscribe to my newsletter on Patreon!\n",
        "Title | Site\n",
        "!!! ",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join)
QUESTIONS = st.one_of(
    st.sampled_from(["How many drones?", "Who came?", "When was it?", "Why a ferry?", "it"]),
    st.text(min_size=1, max_size=30),
)


@settings(max_examples=200, deadline=None)
@given(TEXTS, QUESTIONS)
def test_all_evidence_is_whole_short_and_highlighted(text: str, question: str) -> None:
    """Up to 3 whole adjacent sentences and 500 characters, unless a single one has more."""
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    article = make_article(text, "a", "", plain_blocks(text))
    passages = cut(article, count_tokens=WordEmbedder([]).count_tokens)
    readings = READER.read(question, [hit(one) for one in passages])
    for found, reading in zip(passages, readings, strict=True):
        assert 0 <= reading.relevance <= 1
        assert reading.evidence
        for one in reading.evidence:
            assert is_whole(one.start, one.end, [found])
            assert one.start <= one.sentence.start < one.sentence.end <= one.end
            assert one.highlights
            assert all(one.start <= s < e <= one.end for s, e in one.highlights)


# -- any text, without an index


def test_extract_gives_whole_sentences_with_their_places() -> None:
    text = "  Zebras wait. A ferry leaves at noon.\n\nNothing else.  "
    found = READER.extract("ferry", text)
    assert [(span.start, span.end, span.text) for span in found.spans] == [
        (15, 38, "A ferry leaves at noon.")
    ]
    assert found.relevance == found.spans[0].score


@pytest.mark.usefixtures("by_cosine_alone")
def test_extract_gives_all_that_are_as_good_in_order_of_place() -> None:
    text = "A ferry one. A drone. A ferry two.\n\nA ferry three."
    spans = READER.extract("ferry", text).spans
    assert [span.text for span in spans] == ["A ferry one.", "A ferry two.", "A ferry three."]


@pytest.mark.parametrize(("margin", "count"), [(0.0, 1), (0.2, 1), (0.3, 2), (1.0, 3)])
def test_as_good_is_what_scores_less_by_the_fitted_margin_at_most(
    monkeypatch: pytest.MonkeyPatch, margin: float, count: int
) -> None:
    """Cosines are 1, 1/√2 and 0."""
    monkeypatch.setattr(FITTED, replace(BY_COSINE, margin=margin))
    spans = READER.extract("ferry", "A ferry. A ferry and a drone. A drone.").spans
    assert len(spans) == count


@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "!!! ... ---", "😀 👍"])
def test_a_text_without_words_gives_no_spans(text: str) -> None:
    found = READER.extract("ferry", text)
    assert (found.relevance, found.spans) == (0.0, ())


def test_an_empty_question_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^the question is empty: ask something$"):
        READER.extract(" \n", "A ferry.")


def test_half_of_a_surrogate_pair_in_a_text_is_named_with_its_place() -> None:
    with pytest.raises(UsageError) as error:
        READER.extract("ferry", "A ferry\udc00.")
    assert str(error.value) == (
        "the text holds half of a surrogate pair, U+DC00, at place 7: remove it"
    )


def test_a_matching_text_is_more_relevant_than_an_unrelated_one() -> None:
    matching = READER.extract("ferry", "Zebras. A ferry leaves.").relevance
    assert matching > READER.extract("ferry", "Zebras. A drone leaves.").relevance


def test_of_a_long_text_the_nearest_passages_are_read_wherever_they_stand() -> None:
    """8,000 sentences before and behind the one that answers."""
    filler = "The drone waits for the evening and then goes home. " * 4_000
    text = f"{filler}The ferry carries salt. {filler}"
    start = time.perf_counter()
    found = READER.extract("What does the ferry carry?", text)
    assert time.perf_counter() - start < 20
    assert [span.text for span in found.spans] == ["The ferry carries salt."]
    assert text[found.spans[0].start : found.spans[0].end] == "The ferry carries salt."


@settings(max_examples=100, deadline=None)
@given(TEXTS, QUESTIONS)
def test_extracted_spans_are_ordered_disjoint_slices(text: str, question: str) -> None:
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    try:
        found = READER.extract(question, text)
    except UsageError:
        assert not question.strip()
        return
    end = 0
    assert 0 <= found.relevance <= 1
    for span in found.spans:
        assert end <= span.start < span.end
        assert text[span.start : span.end] == span.text == span.text.strip()
        assert 0 <= span.score <= found.relevance
        end = span.end


@pytest.fixture(scope="module")
def model(environment: dict[str, str]) -> Embedder:
    return quoth.load_embedder()


def test_the_real_model_finds_a_paraphrase_in_any_text(model: Embedder) -> None:
    text = (
        "Our shop opened in 1987. You may bring goods back within two weeks if you kept the "
        "receipt. We also repair umbrellas."
    )
    reader = EmbeddingReader(model)
    found = reader.extract("How long can I return a purchase?", text)
    assert "You may bring goods back within two weeks if you kept the receipt." in [
        span.text for span in found.spans
    ]
    assert found.relevance > reader.extract("Who painted the Mona Lisa?", text).relevance


def test_the_real_model_reads_200_kilobytes_in_some_seconds(model: Embedder) -> None:
    """Every sentence is another; generous, for machines that do other things besides."""
    filler = " ".join(f"Clerk {n} filed report {n * 7} on shelf {n * 13}." for n in range(4_800))
    text = f"{filler[:100_000]}. The cat sleeps on the radiator. {filler[100_000:]}"
    assert len(text) > 200_000
    start = time.perf_counter()
    found = EmbeddingReader(model).extract("Where does the cat sleep?", text)
    assert time.perf_counter() - start < 60
    assert [span.text for span in found.spans] == ["The cat sleeps on the radiator."]


def test_the_reader_of_an_index_extracts_from_texts_that_are_not_in_it(seeds_index: Path) -> None:
    with quoth.Index.open(seeds_index) as index:
        found = index_reader(index, "none").extract(
            "When did it open?", "It is old. It opened in 1931."
        )
    assert "It opened in 1931." in [span.text for span in found.spans]
