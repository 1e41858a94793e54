"""What the reader's network is given, and what is made of what it says of each token."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from fakes import WordEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from quoth.articles import make_article
from quoth.blocks import plain_blocks
from quoth.embedding.files import find_model
from quoth.embedding.runtime import load_tokenizer
from quoth.passages import cut
from quoth.reading.layout import (
    CONTEXT_TOKENS,
    OVERLAP,
    QUESTION_TOKENS,
    WINDOW,
    Laid,
    Layout,
    Window,
    runs,
)
from quoth.reading.token_scores import TokenScores, best_span, merged, sentence_features
from quoth.records import Floats

PACKAGED = load_tokenizer((find_model(None).path / "tokenizer.json").read_text("utf-8"))
LAYOUT = Layout(PACKAGED)

# -- runs


@given(st.integers(0, 3_000), st.integers(1, 300), st.data())
def test_runs_cover_all_in_order_and_neighbours_share_enough(
    count: int, room: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, room - 1))
    found = runs(count, room, overlap)
    assert (found[0][0], found[-1][1]) == (0, count)
    assert all(0 <= last - first <= room for first, last in found)
    for (first, last), (next_first, next_last) in itertools.pairwise(found):
        assert first < next_first <= last - overlap
        assert last < next_last


def test_the_last_run_is_as_long_as_the_others() -> None:
    assert runs(10, 6, 2) == [(0, 6), (4, 10)]
    assert runs(11, 6, 2) == [(0, 6), (4, 10), (5, 11)]
    assert runs(6, 6, 2) == [(0, 6)]
    assert runs(0, 6, 2) == [(0, 0)]


# -- the layout of one pair


def words(count: int) -> str:
    """A text of so many tokens, no two neighbours alike."""
    return " ".join(itertools.islice(itertools.cycle(["one", "two", "three"]), count))


def only(laid: Laid) -> Window:
    (window,) = laid.windows
    return window


@pytest.mark.parametrize("context", ["", "Harbours. West."])
def test_a_pair_is_laid_out_as_its_own_tokenizer_does(context: str) -> None:
    question, text = "When does it leave?", "The ferry leaves at noon."
    window = only(LAYOUT(question, context, text))
    expected = PACKAGED.encode(question, f"{context} {text}")
    assert (list(window.ids), list(window.types)) == (expected.ids, expected.type_ids)


def test_the_texts_tokens_stand_behind_the_head() -> None:
    window = only(LAYOUT("one two", "three.", "two three"))
    own = [PACKAGED.id_to_token(n) for n in window.ids[window.head :]]
    assert own == ["two", "three", "[SEP]"]
    assert (window.head, window.first, window.count) == (1 + 2 + 1 + 2, 0, 2)


def test_a_long_question_and_a_long_context_are_cut() -> None:
    long = only(LAYOUT(words(500), words(600), "two"))
    cut_to = only(LAYOUT(words(QUESTION_TOKENS), words(CONTEXT_TOKENS), "two"))
    assert long == cut_to
    assert long.head == 1 + QUESTION_TOKENS + 1 + CONTEXT_TOKENS


@pytest.mark.parametrize("text", ["", " \n", "\x00\u200b"])
def test_a_text_without_tokens_is_one_window_of_none(text: str) -> None:
    laid = LAYOUT("Who?", "", text)
    assert (laid.offsets, only(laid).count) == ((), 0)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("naïve cafés", ["naïve", "cafés"]),
        ("a 😀 b", ["a", "😀", "b"]),
        ("one\r\n\r\ntwo", ["one", "two"]),
        ("one \ud800two", ["one", "\ud800", "two"]),
        ("\ufeff one", ["one"]),
        ("漢字 x", ["漢", "字", "x"]),
        ("İzmir ½", ["İ", "zmir", "½"]),
    ],
)
def test_offsets_are_code_points_of_the_text(text: str, tokens: list[str]) -> None:
    found = [text[start:end] for start, end in LAYOUT("Who?", "", text).offsets]
    assert "".join(found) == "".join(tokens)
    assert {piece for piece in tokens if len(piece) == 1} <= set(found)


@settings(deadline=None)
@given(st.integers(0, 1_500), st.integers(0, 100), st.integers(0, 60))
def test_windows_cover_all_tokens_and_none_is_too_long(
    count: int, asked: int, context: int
) -> None:
    text = words(count)
    laid = LAYOUT(words(asked), words(context), text)
    ids = PACKAGED.encode(text, add_special_tokens=False).ids
    covered = set[int]()
    for window in laid.windows:
        assert len(window.types) == len(window.ids) <= WINDOW
        own = ids[window.first : window.first + window.count]
        assert list(window.ids[window.head : -1]) == own
        covered.update(range(window.first, window.first + window.count))
    assert covered == set(range(len(laid.offsets)))
    for one, other in itertools.pairwise(laid.windows):
        assert one.first + one.count - other.first >= OVERLAP


def test_mpnet_has_its_own_marks_and_no_types() -> None:
    names = ("<s>", "</s>", "<pad>", "one", "two", "three", "<unk>")
    tokenizer = Tokenizer(WordLevel({name: n for n, name in enumerate(names)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    layout = Layout(tokenizer)
    window = only(layout("one", "two", "three"))
    assert [names[n] for n in window.ids] == ["<s>", "one", "</s>", "</s>", "two", "three", "</s>"]
    assert (set(window.types), window.head, layout.pad_id) == ({0}, 5, 2)


def test_a_tokenizer_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no <s>"):
        Layout(Tokenizer(WordLevel({"one": 0}, unk_token="one")))


# -- tokens of several windows


def window(first: int, count: int, head: int = 2) -> Window:
    size = head + count + 1
    return Window((0,) * size, (0,) * size, head, first)


def constant(window: Window, value: float) -> tuple[float, Floats]:
    """The relevance of a window, and scores that are all `value`, but 1 for "no answer"."""
    scores = np.full((len(window.ids), 3), value, np.float32)
    scores[0] = 1
    return value, scores


def test_a_token_counts_where_it_is_farther_from_the_windows_ends() -> None:
    """Tokens 0 to 5; 2 is last but one in the first window, and the first of the second."""
    laid = Laid(tuple((n, n + 1) for n in range(6)), (window(0, 4), window(2, 4)))
    found = merged(
        laid, [constant(one, value) for one, value in zip(laid.windows, (10, 20), strict=True)]
    )
    assert found.relevance.tolist() == [10, 10, 10, 20, 20, 20]
    assert found.evidence.tolist() == [10, 10, 10, 20, 20, 20]
    assert found.offsets.tolist() == [[n, n + 1] for n in range(6)]


def test_start_and_end_are_relative_to_the_first_token_of_all() -> None:
    laid = Laid(((0, 1), (1, 2)), (window(0, 2),))
    scores = np.array([[1, 2, 3], [9, 9, 9], [4, 6, 8], [5, 7, 9], [0, 0, 0]], np.float32)
    found = merged(laid, [(0.5, scores)])
    assert (found.start.tolist(), found.end.tolist()) == ([3, 4], [4, 5])
    assert (found.evidence.tolist(), found.relevance.tolist()) == ([8, 9], [0.5, 0.5])


def test_what_is_merged_leaves_the_outputs_as_they_were() -> None:
    laid = Laid(((0, 1),), (window(0, 1),))
    output = constant(laid.windows[0], 3)
    merged(laid, [output])
    assert output[1].tolist() == constant(laid.windows[0], 3)[1].tolist()


def test_no_tokens_have_no_scores() -> None:
    laid = Laid((), (window(0, 0),))
    found = merged(laid, [constant(laid.windows[0], 3)])
    assert (found.offsets.shape, found.relevance.shape, found.start.shape) == ((0, 2), (0,), (0,))


# -- the best span and the features of a sentence

ODDS = st.floats(-20, 20, width=32)


@given(st.integers(1, 50).flatmap(lambda n: arrays.arrays(np.float32, (2, n), elements=ODDS)))
def test_the_best_span_is_the_best_of_all_that_are_allowed(odds: Floats) -> None:
    start, end = odds
    allowed = [(a, b) for a in range(len(start)) for b in range(a, min(a + 30, len(start)))]
    first, last, score = best_span(start, end)
    assert (first, last) in allowed
    assert score == float(start[first] + end[last])
    assert score == max(float(start[a] + end[b]) for a, b in allowed)


def test_spans_that_differ_in_little_are_told_apart() -> None:
    start, end = np.zeros(2, np.float32), np.array([0, 0.01], np.float32)
    assert best_span(start, end)[:2] == (0, 1)


def scores(offsets: list[tuple[int, int]], **columns: list[float]) -> TokenScores:
    """Scores of tokens; those not named are 0."""
    zeros = [0.0] * len(offsets)
    values = [columns.get(name, zeros) for name in ("relevance", "start", "end", "evidence")]
    places = np.array(offsets, np.int64).reshape(-1, 2)
    return TokenScores(places, *(np.array(one, np.float32) for one in values))


FOUR = [(0, 2), (3, 5), (6, 8), (9, 11)]


def test_a_sentence_has_its_windows_relevance_its_mean_evidence_and_its_best_span() -> None:
    found = scores(
        FOUR,
        relevance=[1, 1, 1, 2],
        evidence=[1, 3, -5, -7],
        start=[4, 0, 0, 2],
        end=[0, 3, 1, 9],
    )
    features, spans = sentence_features(found, [(0, 5), (6, 11)])
    assert features.tolist() == [[1, 2, 7], [2, -6, 11]]
    assert spans == [(0, 5), (9, 11)]
    assert features.dtype == np.float32


def test_a_sentence_without_tokens_says_nothing() -> None:
    features, spans = sentence_features(scores(FOUR), [(0, 2), (2, 3), (12, 15)])
    assert features.tolist() == [[0, 0, 0], [-12, -12, -12], [-12, -12, -12]]
    assert spans == [(0, 2), None, None]


def test_features_stay_from_minus_12_to_12() -> None:
    found = scores(FOUR[:1], relevance=[99], evidence=[-99], start=[50], end=[50])
    assert sentence_features(found, [(0, 2)])[0].tolist() == [[12, -12, 12]]


def test_no_sentence_has_no_features() -> None:
    features, spans = sentence_features(scores([]), [])
    assert (features.shape, spans) == ((0, 3), [])


PIECES = st.sampled_from(
    [
        "The ferry leaves. ",
        "It is naïve?\n",
        "e\u0301 😀 ",
        "漢字。한국어! ",
        "\r\n",
        "\n\n",
        "- an item.It has two.\n",
        "z" * 300 + ". ",
        "\u200b\x07",
        "½ﬁ…",
        "“Yes,” he said. ",
    ]
)


def normal(random: np.random.Generator, tokens: int) -> Floats:
    return random.normal(size=(tokens, 3)).astype(np.float32)


TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=20).map("".join)


@settings(deadline=None)
@given(TEXTS, st.integers(0, 99))
def test_each_span_lies_inside_its_sentence(text: str, seed: int) -> None:
    """Whatever the network says of the tokens of a passage."""
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    article = make_article(text, "a", "", plain_blocks(text))
    random = np.random.default_rng(seed)
    for passage in cut(article, count_tokens=WordEmbedder([]).count_tokens):
        laid = LAYOUT("Who?", "", passage.text)
        said = [
            (0.0, random.normal(size=(len(one.ids), 3)).astype(np.float32)) for one in laid.windows
        ]
        sentences = [(s - passage.start, e - passage.start) for s, e in passage.sentences]
        _, spans = sentence_features(merged(laid, said), sentences)
        for (start, end), span in zip(sentences, spans, strict=True):
            assert span is None or start <= span[0] < span[1] <= end
