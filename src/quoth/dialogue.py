"""A question and what was asked before it → a question that stands alone; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from quoth.records import Turn

_DEPENDS = re.compile(
    r"^(?:and|but|so|or|what about|how about|why|who|when|where|how)\b|"
    r"\b(?:it|they|them|he|she|that|this|those|these|his|her|its|their|one)\b",
    re.IGNORECASE,
)
_SHORT = 6  # words of a question that may lean on the one before it


def understood(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked alone: itself, or with words of an earlier one."""
    if not history or len(question.split()) > _SHORT or not _DEPENDS.search(question):
        return question
    return f"{history[-1].question} {question}"
