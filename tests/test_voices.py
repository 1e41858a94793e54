"""What each source says: in which order, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.records import Difference, Floats, Metadata, Quote, Span, Voice
from quoth.voices import arranged, compared


def voice(
    source: str, text: str | None, *, sure: float = 0.5, date: str = "", at: int = 0
) -> Voice:
    """Its quote stands at `at` in its article."""
    quote = text and Quote(1, text, source, "", "", at, at + len(text), sure, ())
    return Voice(source, source.upper(), Metadata(date=date), quote or None)


def alike(texts: Sequence[str]) -> Floats:
    return np.tile(np.array([1, 0], np.float32), (len(texts), 1))


def test_newest_first_then_the_surest_then_those_that_say_nothing() -> None:
    voices = [
        voice("silent2", None, date="2026"),
        voice("unsure", "A.", sure=0.2),
        voice("silent1", None),
        voice("sure", "B.", sure=0.9),
        voice("old", "C.", date="2019-03-01"),
        voice("new", "D.", date="2024"),
        voice("newest", "E.", date="2024-05"),
    ]
    found = arranged(voices)
    assert [one.source for one in found] == [
        "newest", "new", "old", "sure", "unsure", "silent1", "silent2",
    ]  # fmt: skip
    assert [one.quote.rank for one in found if one.quote] == [1, 2, 3, 4, 5]


ONE = "It was calm. Some 120 people drowned when the ferry sank."
OTHER = "Some 310 people drowned when the ferry sank."


def test_a_difference_is_told_on_both_sides_in_the_places_of_each_article() -> None:
    voices = [voice("a", ONE, at=100), voice("b", OTHER, at=7), voice("c", None)]
    a, b, c = compared("How many?", voices, alike)
    assert a.differences == (Difference("number", Span(118, 121), "b", "310"),)
    assert b.differences == (Difference("number", Span(12, 15), "a", "120"),)
    assert c.differences == ()
    assert [one.quote for one in (a, b, c)] == [one.quote for one in voices]


def test_of_a_negation_only_the_side_that_has_it_has_words_for_the_other() -> None:
    voices = [
        voice("a", "The pact is not a fleeting one."),
        voice("b", "The pact is a fleeting one."),
    ]
    a, b = compared("", voices, alike)
    assert a.differences == (Difference("negation", Span(12, 15), "b", ""),)
    assert b.differences == (Difference("negation", Span(14, 22), "a", "not"),)


def test_each_source_is_compared_with_each_other_one() -> None:
    third = "Some 45 people drowned when the ferry sank."
    found = compared("", [voice("a", ONE), voice("b", OTHER), voice("c", third)], alike)
    told = [[(one.other, one.words) for one in each.differences] for each in found]
    assert told == [
        [("b", "310"), ("c", "45")],
        [("a", "120"), ("c", "45")],
        [("a", "120"), ("b", "310")],
    ]


def test_with_one_source_that_speaks_there_is_nothing_to_compare() -> None:
    def never(texts: Sequence[str]) -> Floats:
        raise AssertionError("no need to embed")

    voices = (voice("a", ONE), voice("b", None))
    assert compared("", voices, never) == voices


SENTENCES = st.lists(
    st.sampled_from([ONE, OTHER, "The ferry sank in 1931.", "The ferry sank in 1934.", "It isn’t."])
    | st.sampled_from(["The pact is not fleeting.", "The pact is fleeting.", "Who sank it? "]),
    min_size=1,
    max_size=3,
).map(" ".join)


@settings(deadline=None)
@given(st.lists(SENTENCES, max_size=4), st.integers(0, 1000))
def test_differences_stand_inside_their_quotes(texts: list[str], at: int) -> None:
    voices = [voice(f"s{n}", text, at=at) for n, text in enumerate(texts)]
    found = {one.source: one for one in compared("How many?", voices, alike)}
    for one in found.values():
        for difference in one.differences:
            assert one.quote is not None
            start, end = difference.span
            assert one.quote.start <= start < end <= one.quote.end
            other = found[difference.other]
            assert other.quote is not None
            assert difference.words in other.quote.text
            assert any(back.other == one.source for back in other.differences)
