"""Why a question failed: the first stage at which its answer was lost; pure."""

from __future__ import annotations

from collections.abc import Sequence

from quoth.evaluation.gold import Articles, Place, holds, overlap
from quoth.evaluation.outcomes import Given, Stage
from quoth.records import Hit


def failed_stage(
    *,
    answerable: bool,
    answered: bool,
    is_found: bool,
    places: Sequence[Place],
    articles: Articles,
    hits: Sequence[Hit],
    quotes: Sequence[Given],
) -> Stage:
    """ "" where it did not fail: a right quote was given, or rightly none.

    is_found: one of the quotes, given or nearest, is right. hits: the candidates that were read.
    """
    if not answerable:
        return "answered where it should not have" if answered else ""
    if is_found:
        return "" if answered else "abstained wrongly"
    if not places:
        return "not in the articles"
    if not any(holds(one, p) for p in places for one in articles.passages(p.source)):
        return "split across passages"
    gold_hits = [hit for hit in hits if any(_in(hit.passage, place) for place in places)]
    if not gold_hits:
        return "not among the candidates"
    if not any(_same(quote, hit) for quote in quotes for hit in gold_hits):
        return "ranked below"
    return "wrong quote from the right passage"


def _in(passage: object, place: Place) -> bool:
    return overlap(passage.source, passage.start, passage.end, place)  # type: ignore[attr-defined]


def _same(quote: Given, hit: Hit) -> bool:
    return quote.source == hit.source and hit.start <= quote.start and quote.end <= hit.end
