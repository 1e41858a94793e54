"""The values that flow through quoth, and the protocols its parts are written against.

Every `start` and `end` is an offset in Unicode code points into the decoded text of the
whole article, so that for a passage, a hit and a quote alike

    article.text[it.start:it.end] == it.text

Arrays are NumPy, `float32` and C-contiguous; vectors have length 1, so that a dot product is
a cosine. Scores are "higher is better".

`articles` holds what is searched, `answers` what is answered, `parts` the protocols.
"""

from quoth.records.answers import (
    Answer,
    Check,
    Difference,
    DifferenceKind,
    PhrasedSentence,
    Phrasing,
    Quote,
    Status,
    Turn,
    Voice,
)
from quoth.records.articles import (
    NO_METADATA,
    Article,
    Block,
    BlockKind,
    Hit,
    Metadata,
    Mode,
    Passage,
    Span,
)
from quoth.records.parts import (
    Embedder,
    Evidence,
    Floats,
    Ints,
    PartsEmbedder,
    PathLike,
    Progress,
    Reader,
    Reading,
    VectorEngine,
)

__all__ = [
    "NO_METADATA",
    "Answer",
    "Article",
    "Block",
    "BlockKind",
    "Check",
    "Difference",
    "DifferenceKind",
    "Embedder",
    "Evidence",
    "Floats",
    "Hit",
    "Ints",
    "Metadata",
    "Mode",
    "PartsEmbedder",
    "Passage",
    "PathLike",
    "PhrasedSentence",
    "Phrasing",
    "Progress",
    "Quote",
    "Reader",
    "Reading",
    "Span",
    "Status",
    "Turn",
    "VectorEngine",
    "Voice",
]
