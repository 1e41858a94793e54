"""Links to places in articles."""

from __future__ import annotations

import pytest
from web_html import an_article

from quoth.errors import UsageError
from quoth.web.links import Place, linked_place


def parameters(**given: str) -> dict[str, str]:
    return given


def test_a_link_leads_to_a_place_or_to_a_whole_article_or_nowhere() -> None:
    assert linked_place(parameters(article="a b", start="3", end="9")) == Place("a b", 3, 9)
    assert linked_place(parameters(article="a b")) == Place("a b")
    assert linked_place(parameters(__theme="dark")) is None


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (parameters(start="1", end="2"), "the link names no article"),
        (parameters(article="a", start="1"), "the link's place '' is no number"),
        (parameters(article="a", start="-1", end="2"), "the link's place '-1' is no number"),
        (parameters(article="a", start="1_0", end="20"), "the link's place '1_0' is no number"),
        (parameters(article="a", start="٣", end="20"), "the link's place '٣' is no number"),
        (parameters(article="a", start="1", end="9" * 13), "the link's place '9999999999999' is"),
        (parameters(article="a", start="1", end="x" * 99), "the link's place 'xxxx"),
    ],
)
def test_what_is_no_such_link_is_told_in_one_line(given: dict[str, str], line: str) -> None:
    with pytest.raises(UsageError) as told:
        linked_place(given)
    assert str(told.value).startswith(line)
    assert len(str(told.value)) < 120


def test_what_stands_at_the_place_is_a_slice_of_the_article() -> None:
    (quote,) = Place("ferries.txt", 2, 5).quote(an_article("a fox"))
    assert (quote.text, quote.start, quote.end, quote.source) == ("fox", 2, 5, "ferries.txt")
    assert Place("ferries.txt").quote(an_article("a fox")) == ()


@pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 2), (2, 6)])
def test_a_place_that_the_article_does_not_have_is_told(start: int, end: int) -> None:
    with pytest.raises(UsageError, match="which has 5: it was made for another version"):
        Place("ferries.txt", start, end).quote(an_article("a fox"))
