"""Sentences and words: where they are, and that nothing is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.records import Span
from quoth.text import one_line, sentences, strip_span, words

PIECES = st.sampled_from(
    [
        "Mr. ",
        "J. K. ",
        "e.g. ",
        "U.S. ",
        "“Why?” ",
        "(He left.) ",
        "end.Next ",
        "… ",
        "\u00a0",
        "\u2028",
        "\r\n",
        "\n\n",
        "\r",
        "\x0b",
        "\x0c",
        "\x85",
        "\t",
        "😀",
        "é",
        "e\u0301",
        "。",
        "** ",
        "1. ",
        "[2] ",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join)


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith met Mr. Jones at 5 p.m.", "He left."],
        ["The U.S. and the U.K. agreed, e.g. on trade.", "It cost $3.50 vs. 4.20!"],
        ["J. K. Rowling wrote it.", "Prof. Lee et al. found 3.5% (p < .05)."],
        ["He smiled… and left.", "They can offer certain… accommodations."],
        ["It screams, “This is all I’ve got left.”", "Then it stops."],
        ['"Really?" she asked.', '"Yes."', "He nodded."],
        ["What?!", "No way.", "Version 1.2.3 is out."],
        ["Figs. 1 and 2 show approx. 5 km.", "See it."],
        ["1. First item.", "2. Second item."],
        ["*Emphasis to the stop.*", "**Bold, too.**", "Plain."],
        ["他来了。", "她走了！"],
    ],
)
def test_sentences_end_where_a_reader_ends_them(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_run_together_sentences_come_apart() -> None:
    assert split("The end.Next one starts.And so on.") == [
        "The end.",
        "Next one starts.",
        "And so on.",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_a_line_end_does_not_end_a_sentence(line_end: str) -> None:
    text = f"Ships of the North{line_end}Sea sail. Others{line_end}rest."
    assert split(text) == [f"Ships of the North{line_end}Sea sail.", f"Others{line_end}rest."]


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\n\x0c"])
def test_a_blank_line_ends_a_sentence(blank: str) -> None:
    assert split(f"No full stop{blank}here") == ["No full stop", "here"]


def test_sentences_of_a_part_are_offsets_into_the_whole() -> None:
    assert sentences("Left out. One. Two. Left out.", 10, 19) == [Span(10, 14), Span(15, 19)]


def test_an_initial_before_odd_white_space_is_no_trouble() -> None:
    assert split("b. AB J.\u2028K. Rowling") == ["b. AB J.\u2028K. Rowling"]


def test_open_quotes_without_end_take_seconds_at_most() -> None:
    started = time.perf_counter()
    assert len(sentences("“abc. Def " * 50_000)) > 1000
    assert time.perf_counter() - started < 10


@settings(deadline=None)
@given(TEXTS)
def test_sentences_are_in_order_bare_and_lose_nothing(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@settings(deadline=None)
@given(TEXTS)
def test_words_are_slices_without_white_space(text: str) -> None:
    assert all(not any(map(str.isspace, text[start:end])) for start, end in words(text))


def test_words_keep_inner_marks() -> None:
    text = "Kim’s 3.5 off-ramps, e.g. don't"
    found = [text[start:end] for start, end in words(text)]
    assert found == ["Kim’s", "3.5", "off-ramps", "e.g", "don't"]


@pytest.mark.parametrize(
    ("text", "span"), [("  a b \n", Span(2, 5)), ("\u2028 ", Span(0, 0)), ("", Span(0, 0))]
)
def test_strip_span_leaves_white_space_out(text: str, span: Span) -> None:
    assert strip_span(text, 0, len(text)) == span


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (" a\n b\tc ", None, "a b c"),
        ("abcdef", 4, "abc…"),
        ("abcd", 4, "abcd"),
        ("ab cd", 4, "ab…"),
    ],
)
def test_one_line_shortens_to_its_limit(text: str, limit: int | None, expected: str) -> None:
    assert one_line(text, limit) == expected
