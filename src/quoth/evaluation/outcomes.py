"""What came of one question: the answer, the gold, why it failed; all of it plain JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from quoth.records import Metadata, Quote, Span

Stage = Literal[
    "",
    "not in the articles",
    "split across passages",
    "not among the candidates",
    "ranked below",
    "wrong quote from the right passage",
    "abstained wrongly",
    "answered where it should not have",
]
STAGES: tuple[Stage, ...] = get_args(Stage)[1:]
"""Why a question failed, in the order in which a question passes them; "" is that it did not."""


@dataclass(frozen=True, slots=True)
class Given(Quote):
    """A quote that was given, or that came nearest."""

    is_gold: bool = False


@dataclass(frozen=True, slots=True)
class GoldPlace:
    """Where gold stands. text: its words, without them for a whole article."""

    source: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question and what came of it.

    quotes: best first, also when it abstained. gold: all places. missing: gold quotes that stand
    in no article. ranked, relevant: names of what was found and of what should have been.
    values: metric → value, for those metrics that the question counts for.
    """

    id: str
    question: str
    kind: str
    answerable: bool
    answered: bool
    confidence: float
    quotes: tuple[Given, ...]
    gold: tuple[GoldPlace, ...]
    missing: tuple[str, ...]
    answers: tuple[str, ...]
    ranked: tuple[str, ...]
    relevant: tuple[str, ...]
    stage: Stage
    elapsed_ms: float
    history: tuple[str, ...] = ()
    all_sources_needed: bool = False
    values: dict[str, float] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        """Whether the first quote is right."""
        return bool(self.quotes) and self.quotes[0].is_gold

    @property
    def is_served(self) -> bool:
        """Whether the user is served: a right first quote, or rightly none."""
        return self.answered and self.is_right if self.answerable else not self.answered

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Outcome:
        """Raises KeyError, TypeError for what is no outcome."""
        fields = dict(record)
        fields["quotes"] = tuple(_given(one) for one in record["quotes"])
        fields["gold"] = tuple(GoldPlace(**one) for one in record["gold"])
        for name in ("missing", "answers", "ranked", "relevant", "history"):
            fields[name] = tuple(record[name])
        return cls(**fields)


def _given(record: dict[str, Any]) -> Given:
    """metadata may be missing: older runs have none."""
    fields = record | {"highlights": tuple(Span(*mark) for mark in record["highlights"])}
    if "metadata" in record:
        told = record["metadata"]
        fields["metadata"] = Metadata(**told | {"pages": tuple(told["pages"])})
    return Given(**fields)
