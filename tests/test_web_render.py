"""What frames answers and articles: the status line, the examples, the lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from web_html import a_quote
from web_sources import voices

from quoth.index import ArticleInfo
from quoth.records import Answer, Quote, Span, Voice
from quoth.web.render import aids_html, searching_html, status_html, summary_html

QUOTE = a_quote(10, 27, "It costs 4 euros.", Span(19, 26))
SILENT = '<div class="problem" role="alert"></div>'


def an_answer(*quotes: Quote, by_source: Sequence[Voice] = ()) -> Answer:
    status = "answered" if quotes else "abstained"
    return Answer("How much?", status, 0.8, quotes, (), 12.4, by_source=tuple(by_source))  # type: ignore[arg-type]


def test_the_status_line_of_an_answer_counts_quotes_and_articles() -> None:
    second = Quote(2, "x", "other.txt", "O", "", 0, 1, 0.5, ())
    assert summary_html(an_answer(QUOTE, second), articles=9) == (
        '<div class="status" role="status">2 quotes from 2 articles, in 12 ms.</div>'
        '<div class="problem" role="alert"></div>'
    )


@pytest.mark.parametrize(
    ("milliseconds", "told"), [(0.2, "1 ms"), (999.4, "999 ms"), (1000, "1.0 s"), (3560, "3.6 s")]
)
def test_a_time_is_told_as_people_say_it(milliseconds: float, told: str) -> None:
    answer = replace(an_answer(QUOTE), elapsed_ms=milliseconds)
    assert f"in {told}.</div>" in summary_html(answer, articles=1)


def test_the_status_line_of_an_abstention_tells_what_was_searched() -> None:
    assert summary_html(an_answer(), articles=1) == (
        '<div class="status" role="status"><span class="hidden">The articles do not answer this. '
        '</span>1 article searched, in 12 ms.</div><div class="problem" role="alert"></div>'
    )


def test_a_problem_is_an_alert_and_escaped() -> None:
    assert status_html(problem="no '<b>'") == (
        '<div class="status" role="status"></div>'
        '<div class="problem" role="alert">no &#x27;&lt;b&gt;&#x27;</div>'
    )


def test_the_status_line_of_a_comparison_counts_the_sources_that_say_something() -> None:
    assert summary_html(an_answer(QUOTE, by_source=voices()), articles=3) == (
        f'<div class="status" role="status">2 of 3 sources on this, in 12 ms.</div>{SILENT}'
    )


def test_until_there_is_an_answer_the_status_line_says_that_it_is_searched_for() -> None:
    assert searching_html(1200) == (
        f'<div class="status busy" role="status">Searching 1,200 articles …</div>{SILENT}'
    )


def test_the_aids_are_the_examples_and_the_first_articles() -> None:
    articles = [ArticleInfo(f"{n}.txt", f"<{n}>", 10, n) for n in range(52)]
    html = aids_html(['Is it "on"?'], articles, total=60, opened=True)
    assert html.startswith(
        '<section class="aids"><details open><summary>Example questions</summary>'
        '<ul class="examples"><li><button type="button" data-question="Is it &quot;on&quot;?">'
        "<bdi>Is it &quot;on&quot;?</bdi></button></li></ul></details>"
        '<details open><summary>60 articles</summary><ul class="articles">'
        '<li><button type="button" data-source="0.txt"><bdi>&lt;0&gt;</bdi></button>'
        '<p class="file"><bdi>0.txt</bdi> · 0 passages</p></li>'
    )
    assert html.endswith('<li class="more">and 10 more articles</li></ul></details></section>')
    assert "<details>" in aids_html([], [], total=0, opened=False)
