"""quoth's own reader: what it reads of many hits, what it makes of its network, and where."""

from __future__ import annotations

import importlib.metadata
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from fakes import WordEmbedder, WordNetwork
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import lacking
from small_library import hit, is_whole, passage

from quoth.articles import make_article
from quoth.blocks import plain_blocks
from quoth.errors import UsageError
from quoth.passages import cut
from quoth.reading import (
    FEATURES,
    NETWORK_FEATURES,
    EmbeddingReader,
    Reader,
    Stage,
    load_reader,
    probability,
)
from quoth.reading.large_base import PARTS
from quoth.reading.network import Network
from quoth.records import Article, Hit, Passage, Reading, Span
from quoth.weights import Fitted, Logistic

EMBEDDER = WordEmbedder(["drone", "ferry"])
UNREAD = Reading(0.0, ())
ALL_FEATURES = (*FEATURES, *NETWORK_FEATURES)
BRIDGE = "Rain fell on Monday. The bridge opened in 1932 after nine years of work. Nobody sang."
OPENED = "When did the bridge open?"


def is_installed(packages: Sequence[str]) -> bool:
    known = {one.name for one in importlib.metadata.distributions()}
    return known >= set(packages)


def by(feature: str, networks: int = 1) -> Fitted:
    """Scores and log-odds that are one feature of a sentence, of the networks together."""
    names = (*FEATURES, *NETWORK_FEATURES * networks)
    one = Logistic(0.0, tuple(float(name == feature) for name in names))
    return Fitted(one, one, threshold=0.5, margin=0.7)


@pytest.fixture
def network() -> WordNetwork:
    return WordNetwork()


def stage(network: WordNetwork, fitted: Fitted, most_read: int = 8) -> Stage:
    return Stage(cast("Network", network), fitted, most_read)


@pytest.fixture
def words(network: WordNetwork) -> Reader:
    """A reader whose results can be worked out on paper."""
    return Reader(EMBEDDER, stages=[stage(network, by("evidence"))])


@pytest.fixture(scope="module", params=[None, "large"], ids=["own", "large"])
def real(environment: dict[str, str], request: pytest.FixtureRequest) -> Reader:
    """Each of quoth's readers."""
    if request.param == "large" and not is_installed(PARTS):
        lacking("the base of the large reader: run `make large`")
    reader = load_reader(request.param)
    assert isinstance(reader, Reader)
    return reader


def many(count: int, answering: int = -1) -> list[Hit]:
    """Hits of one passage each; only that of number `answering` holds the word ferry."""
    return [
        hit(passage("Ferry!" if n == answering else "Drone!", source=str(n))) for n in range(count)
    ]


def lengths(network: WordNetwork) -> list[int]:
    """How many texts each call read."""
    return [len(texts) for texts in network.calls]


# -- which hits are read


def test_there_is_one_reading_for_each_hit_in_their_order(words: Reader) -> None:
    hits = [hit(passage(text)) for text in ("A drone.", "A ferry, a ferry.", "A ferry.")]
    readings = words.read("ferry", hits)
    assert [one.evidence[0].sentence for one in readings] == [
        found.passage.sentences[0] for found in hits
    ]
    assert words.read("ferry", []) == []


def test_of_many_hits_eight_are_read_where_it_is_not_sure(network: WordNetwork) -> None:
    unsure = replace(
        by("evidence"), confidence=Logistic(0.0, (0.0,) * len(ALL_FEATURES)), threshold=0.6
    )
    readings = Reader(EMBEDDER, stages=[stage(network, unsure)]).read("zebra", many(20))
    assert lengths(network) == [3, 5]
    assert [reading == UNREAD for reading in readings] == [False] * 8 + [True] * 12


def test_after_three_hits_a_sure_answer_ends_the_reading(
    words: Reader, network: WordNetwork
) -> None:
    readings = words.read("ferry", many(20, answering=19))
    assert network.calls[0][0] == ("", "Ferry!")
    assert readings[19].relevance > 0.99
    assert lengths(network) == [3]


def test_after_three_hits_that_say_nothing_no_more_are_read(
    words: Reader, network: WordNetwork
) -> None:
    readings = words.read("zebra", many(20))
    assert max(reading.relevance for reading in readings) < 0.01
    assert lengths(network) == [3]


def test_a_text_is_read_as_far_as_it_may_be(words: Reader, network: WordNetwork) -> None:
    words.extract("ferry", "A ferry sinks. " * 1500)
    assert sum(lengths(network)) == 8


# -- which parts of them


NEAR_THE_END = ("Cows.", "Cows.", "Sheep.", "Ferry!", "Goats.", "Cows.")


@pytest.fixture
def short(network: WordNetwork) -> Reader:
    """A reader that reads what is near the best sentence by the vectors."""
    return Reader(EMBEDDER, stages=[replace(stage(network, by("evidence")), reach=2.0)])


def test_of_a_passage_the_part_within_reach_is_read(short: Reader, network: WordNetwork) -> None:
    hits = [hit(passage(*NEAR_THE_END, start=70)), hit(passage("Cows.", "Cows."))]
    first, second = short.read("ferry", hits)
    assert network.calls == [[("", "Sheep. Ferry! Goats.")]]
    assert first.evidence[0].sentence == hits[0].passage.sentences[3]
    assert first.evidence[0].highlights == (hits[0].passage.sentences[3],)
    assert second == UNREAD


def test_what_is_not_read_of_a_passage_answers_least(short: Reader) -> None:
    found = passage(*NEAR_THE_END)
    (reading,) = short.read("ferry", [hit(found)])
    assert [one.score for one in reading.evidence] == [5, -5, -5]
    others = [found.text[slice(*one.sentence)] for one in reading.evidence[1:]]
    assert others == ["Sheep.", "Goats."]


@pytest.mark.parametrize("way", ["features", "extract"])
def test_what_is_asked_for_whole_is_read_whole(
    short: Reader, network: WordNetwork, way: str
) -> None:
    found = passage(*NEAR_THE_END)
    if way == "features":
        short.features("ferry", [hit(found)])
    else:
        short.extract("ferry", found.text)
    assert network.calls == [[("", found.text)]]


# -- what is made of what the network says


def test_a_sentence_has_the_features_of_both_models(words: Reader) -> None:
    found = hit(passage("A ferry.", "A drone sinks."))
    features = words.features("ferry", [found])[0]
    assert features[:, : len(FEATURES)].tolist() == (
        EmbeddingReader(EMBEDDER).features("ferry", [found])[0].tolist()
    )
    assert features[:, len(FEATURES) :].tolist() == [[5, 0, 10], [5, -5, -10]]


def test_only_hits_that_are_read_have_features(words: Reader, network: WordNetwork) -> None:
    hits = many(20, answering=13)
    found = words.features("ferry", hits)
    assert len(found) == 8
    assert 13 in found


# -- a second network


def test_the_second_network_reads_what_the_first_found_best(network: WordNetwork) -> None:
    """That is not what the vectors, which know only drones, rank first."""
    second = WordNetwork()
    stages = [stage(network, by("evidence"), 3), stage(second, by("evidence", 2), 1)]
    hits = [hit(passage(text)) for text in ("A drone.", "A sea drone.", "A drone. A drone.")]
    readings = Reader(EMBEDDER, stages=stages).read("sea", hits)
    assert lengths(network) == [3]
    assert second.calls == [[("", "A sea drone.")]]
    assert [reading == UNREAD for reading in readings] == [True, False, True]


def test_the_last_network_decides(network: WordNetwork) -> None:
    """Log-odds of the second are those that the confidence is made of."""
    last = Fitted(
        Logistic(0.0, (*[0.0] * 10, 1.0, 0.0)), Logistic(1.0, (0.0,) * 12), threshold=0.3, margin=1
    )
    reader = Reader(EMBEDDER, stages=[stage(network, by("evidence")), stage(WordNetwork(), last)])
    (reading,) = reader.read("ferry", [hit(passage("A drone.", "A ferry."))])
    assert reader.threshold == 0.3
    assert [one.score for one in reading.evidence] == pytest.approx([0.0, -5.0])
    assert reading.relevance == pytest.approx(probability(1.0))


def test_each_network_adds_its_features(network: WordNetwork) -> None:
    stages = [stage(network, by("evidence")), stage(WordNetwork(), by("evidence", 2))]
    features = Reader(EMBEDDER, stages=stages).features("ferry", many(1, answering=0))[0]
    assert features[:, len(FEATURES) :].tolist() == [[5, 5, 10, 5, 5, 10]]


def test_headings_are_read_as_the_context_of_prose(words: Reader, network: WordNetwork) -> None:
    whole = passage("Ferry", "A zebra. ", "A ferry.", headings=1)
    titled = Passage(
        "a", "Boats", "West", 0, whole.end, whole.text, whole.sentences, headings=1
    )  # fmt: skip
    (reading,) = words.read("ferry", [hit(titled)])
    assert network.calls == [[("Boats. West.", titled.text[6:])]]
    assert reading.evidence[0].sentence == titled.sentences[2]


def test_the_answering_words_are_those_of_the_best_span(words: Reader) -> None:
    found = passage("Drones.", "The old ferry of salt sinks.", start=1_000)
    (reading,) = words.read("ferry", [hit(found)])
    assert reading.evidence[0].highlights == (Span(1_016, 1_021),)


def test_a_span_that_the_network_thinks_none_is_not_marked(words: Reader) -> None:
    """Of the kind asked for are the numbers."""
    found = passage("In 1932 there were 12 boats.")
    (reading,) = words.read("How many zebras?", [hit(found)])
    assert reading.evidence[0].highlights != (found.sentences[0],)
    assert all(found.text[s:e].isdigit() for s, e in reading.evidence[0].highlights)


# -- any text


def test_a_text_is_read_as_it_is_extracted_from(real: Reader) -> None:
    found = real.read(OPENED, BRIDGE)
    assert found == real.extract(OPENED, BRIDGE)
    assert found.relevance == max(span.score for span in found.spans)
    assert all(BRIDGE[span.start : span.end] == span.text for span in found.spans)


@pytest.mark.parametrize("text", ["", " \n", "!!! ... ---", "😀 👍"])
def test_a_text_without_words_gives_no_spans(real: Reader, text: str) -> None:
    found = real.read(OPENED, text)
    assert (found.relevance, found.spans) == (0.0, ())


def test_an_empty_question_is_refused(real: Reader) -> None:
    with pytest.raises(UsageError, match=r"^the question is empty: ask something$"):
        real.read(" \n", BRIDGE)


# -- the packaged network


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (OPENED, "The bridge opened in 1932 after nine years of work."),
        ("On which day did it rain?", "Rain fell on Monday."),
    ],
)
def test_the_sentence_that_plainly_answers_comes_first(
    real: Reader, question: str, answer: str
) -> None:
    found = passage(*BRIDGE.replace(". ", ".\n").split("\n"))
    (reading,) = real.read(question, [hit(found)])
    assert found.text[slice(*reading.evidence[0].sentence)] == answer
    evidence = real.features(question, [hit(found)])[0][:, len(FEATURES) + 1]
    assert found.text[slice(*found.sentences[int(np.argmax(evidence))])] == answer


def test_a_text_that_answers_is_more_relevant_than_another(real: Reader) -> None:
    assert real.read(OPENED, BRIDGE).relevance > real.read("Who painted it?", BRIDGE).relevance


LONG = "".join(
    f"In {1900 + n} the ferry to Oslo, naïve 😀 {n}, carried {n * 31} tons.\r\n\r\n"
    for n in range(60)
)


def passages_of(text: str) -> tuple[Article, list[Passage]]:
    article = make_article(text, "a", "", plain_blocks(text))
    return article, list(cut(article, count_tokens=EMBEDDER.count_tokens))


def check_places(article: Article, hits: list[Hit], readings: list[Reading]) -> None:
    """Evidence is whole and in its passage, its marks are in the sentence that answers."""
    for found, reading in zip(hits, readings, strict=True):
        for one in reading.evidence:
            assert is_whole(one.start, one.end, [found.passage])
            assert found.start <= one.start <= one.sentence.start
            assert one.sentence.end <= one.end <= found.end
            assert (
                article.text[one.start : one.end]
                == (found.text[one.start - found.start : one.end - found.start])
            )
            assert one.highlights
            for start, end in one.highlights:
                assert one.sentence.start <= start < end <= one.sentence.end


def test_evidence_of_a_passage_in_the_middle_lies_in_its_article(real: Reader) -> None:
    article, passages = passages_of(LONG)
    middle = passages[len(passages) // 2]
    assert middle.start > 1_000
    hits = [hit(middle)]
    readings = real.read("How much did the ferry carry?", hits)
    check_places(article, hits, readings)
    best = readings[0].evidence[0].sentence
    assert article.text[best.start : best.end].startswith("In 19")


PIECES = st.sampled_from(
    [
        "A Heading\n\n",
        "The ferry leaves in 1932. ",
        "It is naïve?\n",
        "e\u0301 😀 ",
        "漢字。한국어! ",
        "4\x0cThe old ferry. ",
        "\r\n",
        "- an item.It has two.\n",
        "z" * 300 + ". ",
        "½ﬁ…",
        "“Yes,” he said. ",
    ]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), min_size=1, max_size=8).map("".join))
def test_evidence_and_marks_lie_in_their_places_in_any_text(real: Reader, text: str) -> None:
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    article, passages = passages_of(text)
    hits = [hit(one) for one in passages]
    check_places(article, hits, real.read("When does the old ferry leave?", hits))


def test_threads_get_the_readings_that_one_gets(real: Reader) -> None:
    _, passages = passages_of(LONG)
    hits = [hit(one) for one in passages[:2]]
    questions = ["How much in 1932?", "Which boat?"]
    alone = [real.read(question, hits) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda question: real.read(question, hits), questions * 3))
    assert together == list(itertools.chain(*[alone] * 3))
