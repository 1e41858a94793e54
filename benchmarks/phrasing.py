"""How many of a language model's lies are struck, and how many honest sentences are kept.

    python benchmarks/phrasing.py [--split dev|test|fresh] [--errors]

Over tests/sets/phrasing.jsonl: quotes, and a sentence on them that is honest or a lie of one kind.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quoth.evaluation.intervals import Figure, mean_figure
from quoth.phrasing import checked
from quoth.records import Quote

SET = Path(__file__).parent.parent / "tests" / "sets" / "phrasing.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence on some quotes. struck: why it was; "" where it was kept."""

    sentence: str
    kind: str
    honest: bool
    split: str
    struck: str

    @property
    def right(self) -> bool:
        """Whether a lie was struck, or an honest sentence kept."""
        return self.honest != bool(self.struck)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", default="fresh", choices=["dev", "test", "fresh"])
    parser.add_argument("--errors", action="store_true", help="show each sentence that went wrong")
    options = parser.parse_args()
    some = [case for case in cases() if case.split == options.split]
    for honest, name in ((False, "lies, share struck"), (True, "honest, share kept")):
        print_shares(name, [case for case in some if case.honest == honest])
    for case in some:
        if options.errors and not case.right:
            told = "honest" if case.honest else "a lie"
            print(f"{told} ({case.kind}): {case.sentence} {f'← {case.struck}' * bool(case.struck)}")


def cases() -> list[Case]:
    """All sentences of the set, each checked."""
    return [case_of(json.loads(line)) for line in SET.read_text("utf-8").splitlines()]


def case_of(record: dict[str, object]) -> Case:
    quotes = quotes_of(record["quotes"])  # type: ignore[arg-type]
    (sentence,) = checked(str(record["sentence"]), quotes, str(record["question"]))
    return Case(
        sentence.text, str(record["kind"]), bool(record["honest"]), str(record["split"]),
        sentence.struck,
    )  # fmt: skip


def quotes_of(texts: Sequence[str]) -> list[Quote]:
    return [
        Quote(rank, text, f"{rank}.txt", "", "", 0, len(text), 0.9, ())
        for rank, text in enumerate(texts, 1)
    ]


def print_shares(name: str, some: Sequence[Case]) -> None:
    print(f"{name}: {shown(case.right for case in some)}")
    for kind in sorted({case.kind for case in some}):
        print(f"  {kind:14} {shown(case.right for case in some if case.kind == kind)}")


def shown(right: Iterable[bool]) -> str:
    found = [float(one) for one in right]
    figure: Figure = mean_figure(found)
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}] of {len(found)}"


if __name__ == "__main__":
    main()
