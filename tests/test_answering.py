"""Answering: which quotes are given, how surely, and when none is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import passages
from small_library import BY_COSINE, FITTED, corpus_index, file_index, is_whole, passage

import quoth
from quoth import Answer, Answerer, Index
from quoth.answering import index_reader, worth_showing
from quoth.choosing import candidates, choose
from quoth.errors import ModelError, UsageError
from quoth.reading import EmbeddingReader
from quoth.records import Evidence, Hit, Passage, Quote, Reader, Reading, Span
from quoth.weights import READER

SURE = 0.7310586
"""Confidence of a sentence whose cosine with the question is 1, under `by_cosine_alone`."""
FERRIES = {
    "a": "A ferry leaves at noon. A drone waits.",
    "b": "Ferry: a drone that swims.",
    "c": "A zebra grazes. Nothing else happens.",
}


@pytest.fixture(autouse=True)
def by_cosine_alone(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Scores that do not change with the fitted weights, but for tests over real articles."""
    if "seeds_index" not in request.fixturenames:
        monkeypatch.setattr(FITTED, BY_COSINE)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return corpus_index(tmp_path, FERRIES, ["drone", "ferry"])


def by_words(index: Index, *, threshold: float | None = None) -> Answerer:
    """Reads with the vectors of `WordEmbedder` alone."""
    return Answerer(index, reader="none", threshold=threshold)


def texts(answer: Answer) -> list[str]:
    return [quote.text for quote in answer.nearest]


# -- answering and abstaining


def test_the_best_sentence_of_each_passage_that_answers_is_quoted_best_first(index: Index) -> None:
    """Cosines with (0, 1, 0): 1 for a's first sentence, 1/√2 for b's, 0 for the rest."""
    answer = by_words(index, threshold=0.5).ask("ferry", quotes=2)
    first, second = answer.quotes
    assert (first.rank, first.source, first.text) == (1, "a", "A ferry leaves at noon.")
    assert (first.start, first.end, first.highlights) == (0, 23, (Span(0, 23),))
    assert (second.rank, second.source, second.text) == (2, "b", "Ferry: a drone that swims.")
    assert first.confidence == pytest.approx(SURE)
    assert second.confidence == pytest.approx(0.6698, abs=1e-4)
    assert (answer.status, answer.confidence) == ("answered", first.confidence)
    assert answer.nearest == answer.quotes
    assert answer.question == "ferry"


def test_below_the_threshold_it_abstains_and_still_shows_what_came_nearest(index: Index) -> None:
    answer = by_words(index, threshold=SURE + 0.01).ask("ferry")
    assert (answer.status, answer.quotes) == ("abstained", ())
    assert answer.confidence == pytest.approx(SURE)
    assert texts(answer)[0] == "A ferry leaves at noon."


def test_the_threshold_itself_is_enough(index: Index) -> None:
    confidence = by_words(index, threshold=0.1).ask("ferry").confidence
    assert by_words(index, threshold=confidence).ask("ferry").status == "answered"


def test_threshold_0_always_answers_and_1_never_does(index: Index) -> None:
    for question in ("ferry", "wholly unrelated", "?"):
        assert by_words(index, threshold=0).ask(question).status == "answered"
        assert by_words(index, threshold=1).ask(question).status == "abstained"


@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_threshold_out_of_range_is_named(index: Index, threshold: float) -> None:
    with pytest.raises(UsageError) as error:
        Answerer(index, threshold=threshold)
    assert str(error.value) == f"the threshold is {threshold}: it must be from 0 to 1"


def test_an_empty_index_abstains_without_quotes(index: Index) -> None:
    index.remove(list(FERRIES))
    answer = by_words(index, threshold=0).ask("ferry")
    assert (answer.status, answer.confidence) == ("abstained", 0.0)
    assert (answer.quotes, answer.nearest) == ((), ())


# -- which reader


def test_without_a_reader_it_takes_quoths_own_and_its_threshold(index: Index) -> None:
    answerer = Answerer(index)
    assert isinstance(answerer.reader, quoth.Reader)
    assert answerer.threshold == READER.threshold


def test_a_reader_is_taken_by_name_with_its_threshold(index: Index) -> None:
    answerer = Answerer(index, reader="none")
    assert isinstance(answerer.reader, EmbeddingReader)
    assert answerer.threshold == EmbeddingReader.threshold


def test_a_reader_that_has_no_threshold_gets_a_half(index: Index) -> None:
    reader = EditingReader(by_words(index).reader, lambda: None)
    answerer = Answerer(index, reader=reader)
    assert (answerer.reader, answerer.threshold) == (reader, 0.5)


def test_a_threshold_that_is_given_counts_for_every_reader(index: Index) -> None:
    for reader in (None, "none"):
        assert Answerer(index, reader=reader, threshold=0.0).threshold == 0


def test_a_reader_of_an_unknown_name_is_refused(index: Index) -> None:
    with pytest.raises(ModelError, match="'nosuch'"):
        Answerer(index, reader="nosuch")


# -- how many quotes


@pytest.mark.parametrize("wanted", [1, 2, 3, 4])
def test_up_to_as_many_quotes_as_are_wanted(index: Index, wanted: int) -> None:
    assert len(by_words(index, threshold=0).ask("ferry", quotes=wanted).quotes) == wanted


def test_there_are_no_more_quotes_than_sentences(index: Index) -> None:
    assert len(by_words(index, threshold=0).ask("ferry", quotes=20).quotes) == 5


@pytest.mark.parametrize("wanted", [0, -1, 21])
def test_a_number_of_quotes_out_of_range_is_named(index: Index, wanted: int) -> None:
    with pytest.raises(UsageError) as error:
        by_words(index).ask("ferry", quotes=wanted)
    assert str(error.value) == f"quotes is {wanted}: it must be from 1 to 20"


@pytest.mark.parametrize("question", ["", " \n", "\x00", "x" * 10_001])
def test_an_unusable_question_is_refused(index: Index, question: str) -> None:
    with pytest.raises(UsageError):
        by_words(index).ask(question)


def test_a_source_pattern_restricts_the_quotes(index: Index) -> None:
    answer = by_words(index, threshold=0).ask("ferry", quotes=9, source="[bc]")
    assert [quote.source for quote in answer.quotes] == ["b", "c", "c"]
    with pytest.raises(UsageError, match="'x'"):
        by_words(index).ask("ferry", source="x")


def test_white_space_around_the_question_does_not_matter(index: Index) -> None:
    one, other = by_words(index).ask(" ferry\n"), by_words(index).ask("ferry")
    assert replace(one, elapsed_ms=0) == replace(other, elapsed_ms=0)


def test_articles_added_later_count_for_the_rarity_of_words(index: Index, tmp_path: Path) -> None:
    """An answerer that was made before knows what one made afterwards knows."""
    before = by_words(index)
    more = tmp_path / "more.jsonl"
    more.write_text('{"_id": "m", "title": "", "text": "A zebra and a zebra."}\n')
    index.add([more])
    hits = before.retriever.search("zebra drone")
    early, late = before.reader, index_reader(index, "none")
    assert isinstance(early, EmbeddingReader)
    assert isinstance(late, EmbeddingReader)
    known = [one.tolist() for one in early.features("zebra drone", hits)]
    assert known == [one.tolist() for one in late.features("zebra drone", hits)]


# -- near-duplicates


def evidence(found: Passage, number: int = 0, *, score: float = 1.0) -> Evidence:
    span = found.sentences[number]
    return Evidence(span.start, span.end, score, 0.5, span, (span,))


def chosen(*sentences: str) -> list[str]:
    """Which of these sentences, each of its own article, are chosen."""
    found = [passage(text, source=str(n)) for n, text in enumerate(sentences)]
    return [one.text for _, one in choose([(evidence(one), one) for one in found], 9)]


def test_the_same_sentence_in_two_articles_is_quoted_once(tmp_path: Path) -> None:
    texts = {"b": "A ferry leaves at noon. One.", "a": "A ferry leaves at noon. Two."}
    with corpus_index(tmp_path, texts, ["ferry"]) as index:
        found = by_words(index, threshold=0).ask("ferry", quotes=1).quotes
        more = by_words(index, threshold=0).ask("ferry", quotes=9).quotes
    assert [(quote.source, quote.text) for quote in found] == [("a", "A ferry leaves at noon.")]
    assert [quote.text for quote in more] == ["A ferry leaves at noon.", "Two.", "One."]


@pytest.mark.parametrize(
    "other",
    [
        "a ferry leaves at NOON, from the old harbour of Oslo",
        "“A ferry leaves at noon from the old harbour of Oslo.”",
        "A ferry   leaves at noon from the old harbour of Oslo!",
        "A ferry leaves at noon from the very old harbour of Oslo.",
    ],
)
def test_sentences_that_differ_in_little_are_the_same(other: str) -> None:
    sentence = "A ferry leaves at noon from the old harbour of Oslo."
    assert chosen(sentence, other) == [sentence]


@pytest.mark.parametrize(
    "other",
    [
        "In 2021 the old harbour of Oslo saw 4 million tons of salt and 12 ships from Iran.",
        "In 2020 the old harbour of Oslo saw 5 million tons of salt and 12 ships from Iran.",
        "In 2020 the new fort of Bergen saw 4 million tons of salt and 12 ships from Iran.",
        "In 2020.",
    ],
)
def test_sentences_that_differ_in_a_number_or_more_are_not(other: str) -> None:
    sentence = "In 2020 the old harbour of Oslo saw 4 million tons of salt and 12 ships from Iran."
    assert chosen(sentence, other) == [sentence, other]


def test_the_same_sentence_is_one_whatever_stands_before_it_in_the_quote() -> None:
    """Only the first quote takes along the sentence that it leans on."""
    alone = passage("It leaves from the old harbour at noon.", source="a")
    behind = passage("The ferry is blue.", "It leaves from the old harbour at noon.", source="b")
    longer = replace(evidence(behind, 1), start=0)
    assert choose([(evidence(alone), alone), (longer, behind)], 9) == [(evidence(alone), alone)]


def test_the_same_quote_is_one_whichever_of_its_sentences_answers() -> None:
    one = passage("The ferry is blue.", "It leaves at noon.", source="a")
    other = passage("The ferry is blue.", "It leaves at noon.", source="b")
    first = replace(evidence(one, 0), end=one.end)
    second = replace(evidence(other, 1), start=0)
    assert choose([(first, one), (second, other)], 9) == [(first, one)]


def test_overlapping_evidence_of_overlapping_passages_is_one_quote() -> None:
    whole = passage("A zebra.", "A ferry.", "It swims.")
    overlap = passage("A ferry.", "It swims.", start=9)
    long = replace(evidence(whole, 1), end=whole.end)
    assert choose([(long, whole), (evidence(overlap, 1), overlap)], 9) == [(long, whole)]


def test_adjacent_quotes_of_one_article_stay_apart() -> None:
    found = passage("A zebra grazes here.", "The ferry swims.")
    both = [(evidence(found, 0), found), (evidence(found, 1), found)]
    assert choose(both, 9) == both


def test_candidates_come_best_first_and_equals_by_source_and_place() -> None:
    b, a = passage("One.", "Two.", source="b"), passage("Three.", source="a")
    hits = [Hit.of(one, rank=n, score=1.0) for n, one in enumerate((b, a), 1)]
    second, first, third = evidence(b, 1), evidence(b, 0), evidence(a, score=2.0)
    tied = evidence(a)
    assert candidates(hits, [[second, first], [tied, third]]) == [
        (third, a),
        (tied, a),
        (first, b),
        (second, b),
    ]


def test_quotes_come_from_several_articles_where_several_answer(tmp_path: Path) -> None:
    texts = {name: f"A {word} ferry." for name, word in (("x", "red"), ("y", "blue"), ("z", "new"))}
    with corpus_index(tmp_path, texts, ["ferry"]) as index:
        found = by_words(index, threshold=0).ask("ferry").quotes
    assert [(quote.rank, quote.source) for quote in found] == [(1, "x"), (2, "y"), (3, "z")]


# -- labels and checks


def test_a_quote_is_labelled_with_title_and_section(tmp_path: Path) -> None:
    text = "# Harbours\n\n## West\n\nA ferry leaves at noon.\n"
    with file_index(tmp_path, {"harbours.md": text}, ["ferry"]) as index:
        quote = by_words(index, threshold=0).ask("ferry").quotes[0]
    assert (quote.source, quote.title, quote.section) == ("harbours.md", "Harbours", "West")
    assert text[quote.start : quote.end] == quote.text == "A ferry leaves at noon."


def test_a_quote_is_verified_while_its_file_says_the_same(tmp_path: Path) -> None:
    with file_index(tmp_path, {"a.txt": "A ferry swims."}, ["ferry"]) as index:
        assert by_words(index).ask("ferry").nearest[0].check == "verified"
        (tmp_path / "articles" / "a.txt").touch()
        assert by_words(index).ask("ferry").nearest[0].check == "verified"


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_quote_is_marked_changed_where_its_file_no_longer_says_so(
    tmp_path: Path, change: str
) -> None:
    articles = {"a.txt": "A ferry swims.", "b.txt": "The ferry is new."}
    with file_index(tmp_path, articles, ["ferry"]) as index:
        answerer = by_words(index, threshold=0)
        file = tmp_path / "articles" / "a.txt"
        file.write_text("A ferry sinks.") if change == "edited" else file.unlink()
        found = answerer.ask("ferry").quotes
    assert [(quote.text, quote.check) for quote in found] == [
        ("A ferry swims.", "changed"),
        ("The ferry is new.", "verified"),
    ]


class EditingReader:
    """Reads as another does; while it reads, the article is replaced in the index."""

    def __init__(self, reader: Reader, edit: Callable[[], object]) -> None:
        self.reader, self.edit = reader, edit

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        readings = self.reader.read(question, hits)
        self.edit()
        return readings


@pytest.mark.parametrize("now", ["Zebra.", "Now here stands wholly another text.\n"])
def test_an_answer_is_of_the_state_it_began_with(tmp_path: Path, now: str) -> None:
    """Whatever is written while it is read."""
    was = "A zebra. A ferry swims."
    with file_index(tmp_path, {"a.txt": was}, ["ferry"]) as index:
        file = tmp_path / "articles" / "a.txt"
        file.write_text(now)

        def replaced() -> None:
            with Index.open(index.path, embedder=index.embedder) as other:
                assert other.add([file]).updated == ("a.txt",)

        reader = by_words(index).reader
        answer = Answerer(index, reader=EditingReader(reader, replaced)).ask("ferry")
        assert [(one.text, one.check) for one in answer.nearest[:1]] == [
            ("A ferry swims.", "changed")
        ]
        assert index.article("a.txt").text == now


# -- what always holds


def test_elapsed_time_is_positive_and_in_milliseconds(index: Index) -> None:
    assert 0 < by_words(index).ask("ferry").elapsed_ms < 60_000


def test_the_same_question_has_the_same_answer_in_every_thread(seeds_index: Path) -> None:
    questions = ["Who supplies drones?", "How many soldiers?", "Why?", "What is Juche?"]
    with Index.open(seeds_index) as index:
        answerer = Answerer(index)
        alone = [str(replace(answerer.ask(question), elapsed_ms=0)) for question in questions]
        with ThreadPoolExecutor(8) as pool:
            together = [
                str(replace(answer, elapsed_ms=0))
                for answer in pool.map(answerer.ask, questions * 2)
            ]
    with Index.open(seeds_index) as index:
        again = [str(replace(Answerer(index).ask(q), elapsed_ms=0)) for q in questions]
    assert together == alone * 2
    assert again == alone


ARTICLES = st.lists(
    st.lists(
        st.sampled_from(
            [
                "A Heading\n",
                "The drone flies over Oslo. ",
                "It is a ferry. ",
                "They were 30 in 1990?\n",
                "- a ferry item. It has two sentences.\n",
                "z" * 480 + ". ",
                "These " + "long " * 110 + "sentences ferry. ",
                "\n\n",
                "\r\n",
                "e\u0301 😀 ",
                "Follow me on Patreon for the ferry newsletter!\n",
            ]
        ),
        min_size=1,
        max_size=14,
    ).map("".join),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@given(ARTICLES, st.sampled_from(["How many ferries?", "Who?", "ferry drone", "When was it?"]))
def test_every_quote_is_whole_short_in_its_place_and_highlighted(
    articles: list[str], question: str
) -> None:
    texts = {f"a{n}": f"Words. {text}".replace("\0", " ") for n, text in enumerate(articles)}
    with (
        tempfile.TemporaryDirectory() as folder,
        corpus_index(Path(folder), texts, ["drone", "ferry"]) as index,
    ):
        answer = by_words(index, threshold=0.6).ask(question, quotes=5)
        stored = list(passages(index).values())
        assert answer.nearest
        assert answer.quotes == answer.nearest[: len(answer.quotes)]
        assert (answer.status == "answered") == bool(answer.quotes)
        assert [quote.rank for quote in answer.nearest] == list(range(1, len(answer.nearest) + 1))
        for quote in answer.nearest:
            assert texts[quote.source][quote.start : quote.end] == quote.text
            own = [one for one in stored if one.source == quote.source]
            assert is_whole(quote.start, quote.end, own)
            assert quote.highlights
            assert all(quote.start <= s < e <= quote.end for s, e in quote.highlights)
        sure = [quote.confidence for quote in answer.nearest]
        assert all(1 >= one >= other >= 0 for one, other in pairwise([*sure, 0]))


def test_a_further_quote_that_says_nothing_is_only_among_the_nearest() -> None:
    first = Quote(1, "Words.", "a", "", "", 0, 6, 0.01, (Span(0, 6),))
    nothing = replace(first, rank=2, confidence=0.01)
    something = replace(first, rank=2, confidence=0.3)
    assert worth_showing([first, nothing]) == (first,)
    assert worth_showing([first, something]) == (first, something)


# -- the real model over real articles


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many soldiers could Putin buy from Kim?", "10,000 to 30,000 soldiers"),
        ("Where are North Korean workers rebuilding?", "rebuilding Donbas"),
        ("Who was Kim Jong Un's grandfather?", "Kim Il Sung"),
    ],
)
def test_over_the_seeds_the_first_quote_answers(
    seeds_index: Path, question: str, words: str
) -> None:
    with Index.open(seeds_index) as index:
        answer = Answerer(index).ask(question)
    assert answer.status == "answered"
    assert words in answer.quotes[0].text


def test_over_the_seeds_another_subject_is_not_answered(seeds_index: Path) -> None:
    with Index.open(seeds_index) as index:
        answer = Answerer(index).ask("How long should I boil an egg?")
    assert (answer.status, answer.quotes, len(answer.nearest)) == ("abstained", (), 3)
