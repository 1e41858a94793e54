"""Pure: text → the stemmed content words that lexical search and reading compare.

One analyser serves indexing, questions and reading, so that a word means the same to all of
them: letters and digits, lower case, accents folded, English stop words and the words that only
mark a question dropped, Snowball English stemming (Porter 2), all by tantivy.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from quoth.records import Span
from quoth.text import words

if TYPE_CHECKING:
    import tantivy

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are aren as at be been being both but by can could did didn
    do does doesn doing don each for from had has hasn have haven having he her here hers him his
    how i if in into is isn it its just ll m may me might more most my no nor not of off on or our
    ours own re s same shall she should so some such t than that the their theirs them then there
    these they this those through to too up us ve very was wasn we were weren what when where which
    while who whom whose why will with would you your yours
    anything exactly exact say says tell mean called according article articles author text ever
    actually really got get
    """.split()  # noqa: SIM905 - a list of these is no easier to read
)
"""Function words, words that only mark a question, and words that speak of the article itself."""


@cache
def analyzer() -> tantivy.TextAnalyzer:
    """The one analyser: text → stemmed content words."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(60))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.custom_stopword(sorted(STOP_WORDS)))
        .filter(Filter.stemmer("english"))
        .build()
    )


def terms(text: str) -> list[str]:
    """The stemmed content words of `text`, in order, with repetitions."""
    return analyzer().analyze(text)


def content_words(text: str) -> list[tuple[Span, tuple[str, ...]]]:
    """The content words of `text` with their places: (span, stems) of each."""
    found = ((span, tuple(terms(text[span.start : span.end]))) for span in words(text))
    return [(span, stems) for span, stems in found if stems]
