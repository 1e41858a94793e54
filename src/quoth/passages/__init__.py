"""Article → passages: slices along sections, paragraphs and sentences; pure.

Passages are as long as the embedding model reads well, never longer than it can read, overlap
by whole sentences inside their section, and never mix boilerplate with prose. Title and
section are put before a passage for its vector only (`embedding_text`), never into its text.

`cutting` finds the sections, `boilerplate` what is promotion in them, `pieces` their sentences,
`packing` which of these make a passage, `context` what is embedded, `vectors` what comes of it.
"""

from quoth.passages.boilerplate import boilerplate_marks
from quoth.passages.context import LIMIT, context, embedded, embedding_text
from quoth.passages.cutting import OVERLAP, SECTION_SEPARATOR, TARGET, cut
from quoth.passages.pieces import CountTokens
from quoth.passages.vectors import vectors_of

__all__ = [
    "LIMIT",
    "OVERLAP",
    "SECTION_SEPARATOR",
    "TARGET",
    "CountTokens",
    "boilerplate_marks",
    "context",
    "cut",
    "embedded",
    "embedding_text",
    "vectors_of",
]
