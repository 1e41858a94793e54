"""What people see: quotes, labels, what came nearest, tables, bars; as whole outputs."""

from __future__ import annotations

import io
import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.cli.progress import progress_bars
from quoth.cli.terminal import (
    Look,
    answer_text,
    articles_text,
    display_width,
    extract_text,
    hits_text,
    laid_out,
)
from quoth.index import ArticleInfo
from quoth.records import Answer, Check, Hit, Passage, Quote, Span

TEXT = "Ammunition goes by rail. It takes nine days."
BOLD, DIM, RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def quote(rank: int = 1, *, section: str = "Supplies", check: Check = "verified") -> Quote:
    """Stands at 100 in its article; "nine days" answers."""
    return Quote(rank, TEXT, "a.txt", "Rails", section, 100, 144, 0.834, (Span(134, 143),), check)


def answer(*quotes: Quote, answered: bool = True) -> Answer:
    status = "answered" if answered else "abstained"
    return Answer("How long?", status, 0.834, quotes if answered else (), quotes, 12.3)


def test_an_answer_is_quotes_with_their_labels_below() -> None:
    other = quote(2, section="", check="changed")
    assert answer_text(answer(quote(), other), [], Look()) == (
        "1. Ammunition goes by rail. It takes nine days.\n"
        "   Rails · Supplies · a.txt:100-144\n"
        "   confidence 0.83\n"
        "\n"
        "2. Ammunition goes by rail. It takes nine days.\n"
        "   Rails · a.txt:100-144\n"
        "   confidence 0.83 · its file has changed since it was indexed"
    )


def test_abstaining_says_so_first_then_what_came_nearest() -> None:
    text = answer_text(answer(quote(), answered=False), ["yeti", "Nessie"], Look())
    assert text == (
        "The articles do not answer this.\n"
        "\n"
        "Words that no article has: yeti, Nessie\n"
        "\n"
        "What came nearest:\n"
        "\n"
        "1. Ammunition goes by rail. It takes nine days.\n"
        "   Rails · Supplies · a.txt:100-144\n"
        "   confidence 0.83"
    )


def test_abstaining_with_nothing_near_is_one_line() -> None:
    assert answer_text(answer(answered=False), [], Look()) == "The articles do not answer this."


def test_a_terminal_gets_wrapped_lines_and_bold_answering_words() -> None:
    assert answer_text(answer(quote()), [], Look(40, True)) == (
        "1. Ammunition goes by rail. It takes\n"
        f"   {BOLD}nine days{RESET}.\n"
        f"   {DIM}Rails · Supplies · a.txt:100-144{RESET}\n"
        f"   {DIM}confidence 0.83{RESET}"
    )


def test_bold_words_that_are_broken_over_lines_are_bold_on_both() -> None:
    text = "one two three four five six"
    assert laid_out(text, [(8, 18), (14, 23)], Look(20, True), 0) == [
        f"one two {BOLD}three four{RESET}",
        f"{BOLD}five{RESET} six",
    ]


def test_hits_show_the_passage_and_its_score() -> None:
    passage = Passage("a.txt", "Rails", "Rails", 0, 44, TEXT, (Span(0, 24), Span(25, 44)))
    assert hits_text([Hit.of(passage, rank=10, score=0.5)], Look()) == (
        "10. Ammunition goes by rail. It takes nine days.\n    Rails · a.txt:0-44 · score 0.500"
    )


def test_an_extract_shows_relevance_and_places() -> None:
    span = SimpleNamespace(start=25, end=44, text="It takes nine days.", score=0.876)
    extract = SimpleNamespace(relevance=0.9, spans=(span,))
    assert extract_text(extract, "a.txt", Look()) == (  # type: ignore[arg-type]
        "Relevance 0.90\n\n1. It takes nine days.\n   a.txt:25-44 · score 0.88"
    )


def test_the_list_is_aligned_with_wide_characters_too() -> None:
    articles = [ArticleInfo("鉄道.txt", "鉄道", 12_345, 67), ArticleInfo("b.txt", "B" * 70, 8, 1)]
    assert articles_text(articles) == (
        "source    passages  characters  title\n"
        "鉄道.txt        67      12,345  鉄道\n"
        f"b.txt            1           8  {'B' * 59}…"
    )


def test_what_would_command_a_terminal_is_not_printed() -> None:
    lines = laid_out("a\x1b[31mb\x07 \u202ec\r\n\td\ud800 é漢👩‍🚀", [], Look(), 0)
    assert lines == ["a�[31mb� �c", "d� é漢👩‍🚀"]


@given(st.text(), st.integers(1, 120), st.booleans())
def test_wrapping_keeps_every_word_in_order(text: str, width: int, styled: bool) -> None:
    printed = " ".join(laid_out(text, [], Look(width, styled), 0)).split()
    shown = "".join(
        "�" if unicodedata.category(each) in ("Cc", "Cs") and not each.isspace() else each
        for each in text
    )
    assert printed == [word.translate(REVERSALS) for word in shown.split()]


REVERSALS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "�")


@given(st.text("ab cd漢", max_size=200), st.integers(20, 60))
def test_no_line_is_wider_than_the_terminal_unless_a_word_is(text: str, width: int) -> None:
    for line in laid_out(text, [], Look(width), 0):
        assert display_width(line) <= width or " " not in line


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_only_a_terminal_is_styled_and_no_color_is_respected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("TERM", "xterm")
    assert Look.of(io.StringIO()) == Look(None, False)
    assert Look.of(Terminal()) == Look(70, True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert Look.of(Terminal()) == Look(70, False)


def test_progress_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with progress_bars() as progress:
        assert progress is None
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress_bars() as progress:
        assert progress is not None
        progress("embedding", 5, 20)
    assert "embedding" in terminal.getvalue()
    assert "5.00/20.0" in terminal.getvalue()
