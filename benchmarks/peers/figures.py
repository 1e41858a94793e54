"""The runs of a corpus → what each arm took and how good it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from peers.arms import Arm
from peers.corpora import Corpus, read_lines
from peers.quality import KnownArticles, Shown, judged, located, scores
from peers.ratios import Floats
from peers.rounds import Place, Run

CountTokens = Callable[[Sequence[str]], Sequence[int]]
_NONE = np.empty((0, 1))


@dataclass(frozen=True, slots=True)
class Figures:
    """What one arm took on one corpus, and how good it was.

    ms: (rounds, questions). cold, index_seconds: seconds, and memory, index_memory: MB, all
    (rounds, 1). disk, environment: MB. seen: share of the passages' tokens that the model reads.
    values: metric → (questions,). unplaced: share of the texts shown that stand in no article.
    """

    arm: Arm
    ms: Floats = field(default_factory=_NONE.copy)
    cold: Floats = field(default_factory=_NONE.copy)
    memory: Floats = field(default_factory=_NONE.copy)
    index_seconds: Floats = field(default_factory=_NONE.copy)
    index_memory: Floats = field(default_factory=_NONE.copy)
    disk: float = float("nan")
    environment: float = float("nan")
    passages: int = 0
    seen: float = float("nan")
    values: Mapping[str, Floats] = field(default_factory=dict)
    unplaced: float = 0.0
    error: str = ""


def figures(
    corpus: Corpus,
    arms: Sequence[Arm],
    place: Place,
    environments: Mapping[str, float],
    count_tokens: CountTokens,
) -> list[Figures]:
    """Of each arm that was run. environments: arm's name → MB."""
    runs = read_lines(place.runs)
    texts = corpus.texts()
    tried = {run["arm"] for run in runs}
    return [
        _of_arm(corpus, arm, place, runs, texts, environments.get(arm.name, np.nan), count_tokens)
        for arm in arms
        if arm.name in tried
    ]  # fmt: skip


def _of_arm(
    corpus: Corpus,
    arm: Arm,
    place: Place,
    runs: Sequence[Run],
    texts: Mapping[str, str],
    environment: float,
    count_tokens: CountTokens,
) -> Figures:
    errors = [run["error"] for run in runs if run["arm"] == arm.name and "error" in run]
    if errors:
        return Figures(arm, error=errors[0])
    asked = [run for run in runs if run["arm"] == arm.name and run["did"] == "asked"]
    indexed = [run for run in runs if run["did"] == "indexed" and _shares(arm, run["arm"])]
    values, unplaced = _quality(corpus, arm, place, asked, texts)
    return Figures(
        arm,
        ms=np.array([run["ms"] for run in asked]),
        cold=_column(asked, "seconds"),
        memory=_column(asked, "memory"),
        index_seconds=_column(indexed, "seconds"),
        index_memory=_column(indexed, "memory"),
        disk=indexed[-1]["disk"] / 1e6,
        environment=environment,
        passages=indexed[-1]["passages"],
        seen=_seen(place, arm, count_tokens),
        values=values,
        unplaced=unplaced,
    )  # fmt: skip


def _shares(arm: Arm, name: str) -> bool:
    """Whether the arm of that name has made this one's index."""
    return name == arm.name or (arm.is_own and name.startswith(f"{arm.system} "))


def _column(runs: Sequence[Run], name: str) -> Floats:
    return np.array([[run[name]] for run in runs], float)


def _quality(
    corpus: Corpus, arm: Arm, place: Place, asked: Sequence[Run], texts: Mapping[str, str]
) -> tuple[dict[str, Floats], float]:
    """Metric → values, and the share of texts that were found nowhere."""
    answers = next((run["shown"] for run in asked if run["shown"]), None)
    if answers is None:
        return {}, 0.0
    articles = KnownArticles(
        texts, (located(texts, one) for one in read_lines(place.passages(arm)))
    )
    shown = [[located(texts, one) for one in answer] for answer in answers]
    found = [
        scores(articles, corpus.questions[number], shown[number], quotes=arm.gives_quotes)
        for number in judged(corpus.questions)
    ]
    names = found[0] if found else ()
    return {name: np.array([one[name] for one in found]) for name in names}, _unplaced(shown)


def _unplaced(shown: Sequence[Sequence[Shown]]) -> float:
    flags = [one.start == one.end for answer in shown for one in answer]
    return float(np.mean(flags)) if flags else 0.0


def _seen(place: Place, arm: Arm, count_tokens: CountTokens) -> float:
    counts = np.array(count_tokens([one["text"] for one in read_lines(place.passages(arm))]))
    return float(np.minimum(counts, MODEL_TOKENS).sum() / counts.sum())


MODEL_TOKENS = 254
"""What the model reads of a text, without its two special tokens."""
