"""How well questions that want every source, or several points, are served, and differences found.

    quoth build seeds --index build/seeds
    python benchmarks/voices.py --index build/seeds --split test

Over tests/sets/voices.jsonl and the questions of seeds/questions.jsonl that need every source,
and tests/sets/differing.jsonl; the split dev is what the choices were made on. Intervals are 95%
bootstrap intervals over questions, or over pairs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

import quoth
from quoth.differing import Statement, clashes
from quoth.evaluation import Figure
from quoth.evaluation.intervals import RESAMPLES, mean_figure
from quoth.framing import Framed, framed
from quoth.records import Answer, Article, Embedder, Quote
from quoth.selecting import Selection, Selector
from quoth.surveying import Where

ROOT = Path(__file__).parent.parent
VOICES = ROOT / "tests" / "sets" / "voices.jsonl"
DIFFERING = ROOT / "tests" / "sets" / "differing.jsonl"
OWN = ROOT / "seeds" / "questions.jsonl"
QUOTES = 3
Record = Mapping[str, object]
Frame = Callable[[str], Framed]
ARMS: dict[str, Frame] = {
    "one answer, as it was asked": Framed,
    "one answer, without its framing": lambda question: Framed(framed(question).text or question),
    "what it wants": framed,
}


@dataclass(frozen=True)
class Gold:
    """Where a question's gold stands: (source, start, end)."""

    places: tuple[tuple[str, int, int], ...]

    def held(self, source: str, start: int, end: int) -> set[tuple[str, int, int]]:
        """The places that a quote overlaps."""
        return {one for one in self.places if one[0] == source and start < one[2] and one[1] < end}

    @property
    def sources(self) -> set[str]:
        return {source for source, _, _ in self.places}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", default="build/seeds")
    parser.add_argument("--split", default="test", choices=["dev", "test"])
    options = parser.parse_args()
    with quoth.Index.open(options.index) as index:
        answerer = quoth.Answerer(index)
        records = list(wanted(options.split))
        gold = {str(one["id"]): gold_of(index, one) for one in records}
        quoted(answerer, records, gold)
        abstaining(answerer, records)
        speaking(answerer, records, gold)
        pairs = [one for one in lines(DIFFERING) if one["split"] == options.split]
        compared(index.embedder, pairs)
        asked(index.embedder, pairs)


def lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def wanted(split: str) -> Iterator[Record]:
    for one in [*lines(VOICES), *lines(OWN)]:
        every = one.get("kind") in ("each", "broad") or one.get("all_sources_needed")
        if one["split"] == split and every:
            yield one


def gold_of(index: quoth.Index, record: Record) -> Gold:
    places = []
    for one in record["gold"]:  # type: ignore[attr-defined]
        start = index.text(one["source"]).index(one["quote"])
        places.append((one["source"], start, start + len(one["quote"])))
    return Gold(tuple(places))


def where(record: Record) -> Where:
    only = record.get("only")
    return Where(source=None if only is None else str(only))


def quoted(answerer: quoth.Answerer, records: Sequence[Record], gold: Mapping[str, Gold]) -> None:
    """Of the first three quotes: sources and places of gold that they reach."""
    every = [one for one in records if one.get("kind") != "broad" and one["gold"]]
    broad = [one for one in records if one.get("kind") == "broad" and one["gold"]]
    gist = [one for one in broad if not framed(str(one["question"])).text]
    points = [one for one in broad if framed(str(one["question"])).text]
    for name, some in (("every source", every), ("several points", points), ("gist", gist)):
        print(f"\n{name}: {len(some)} questions")
        for arm, frame in ARMS.items():
            found = [reached(answerer, one, gold[str(one["id"])], frame) for one in some]
            told = "  ".join(
                f"{label} {shown(mean_figure([one[n] for one in found]))}"
                for n, label in enumerate(("sources", "places", "right quotes", "first right"))
            )
            print(f"  {arm:32} {told}")


def shown(figure: Figure) -> str:
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


def reached(
    answerer: quoth.Answerer, record: Record, gold: Gold, frame: Frame
) -> tuple[float, float, float, float]:
    """Share of the gold sources, number of gold places, share of the quotes, and the first."""
    question = str(record["question"])
    chosen = selection(answerer, question, frame(question), where(record)).chosen
    held = [gold.held(passage.source, one.start, one.end) for one, passage in chosen]
    places = set().union(*held)
    sources = len({place[0] for place in places}) / len(gold.sources)
    right = sum(map(bool, held)) / max(1, len(held))
    return sources, float(len(places)), right, float(bool(held and held[0]))


def selection(answerer: quoth.Answerer, question: str, frame: Framed, place: Where) -> Selection:
    selector = Selector(
        answerer.retriever, answerer.reader, place,
        read=answerer.candidates, worth=lambda one: one.confidence, threshold=answerer.threshold,
    )  # fmt: skip
    return selector.select(frame.text or question, frame, QUOTES)


def abstaining(answerer: quoth.Answerer, records: Sequence[Record]) -> None:
    """Of each kind: how well confidence tells what can be answered, and what is answered."""
    for kind in ("each", "broad"):
        some = [one for one in records if one.get("kind") == kind]
        rows = []
        for one in some:
            only = where(one).source
            answer = answerer.ask(str(one["question"]), source=only)
            rows.append((bool(one["gold"]), answer.confidence, answer.status == "answered"))
        yes = [float(given) for is_gold, _, given in rows if is_gold]
        no = [float(not given) for is_gold, _, given in rows if not is_gold]
        auroc = roc_auc_score([one[0] for one in rows], [one[1] for one in rows])
        print(
            f"\nabstaining, {kind}: AUROC {auroc:.3f}, answered {mean_figure(yes)} of {len(yes)},"
        )
        print(f"  abstained {mean_figure(no)} of {len(no)} that nothing answers")


def speaking(answerer: quoth.Answerer, records: Sequence[Record], gold: Mapping[str, Gold]) -> None:
    """Over questions and sources: whether a source is said to say something, and rightly."""
    silent, speaks, right = [], [], []
    for one in records:
        if one.get("kind") == "broad":
            continue
        own = gold[str(one["id"])]
        for voice in answerer.ask(str(one["question"]), compare=True).by_source:
            (speaks if voice.source in own.sources else silent).append(voice.quote is not None)
            if voice.quote is not None and voice.source in own.sources:
                quote = voice.quote
                right.append(bool(own.held(quote.source, quote.start, quote.end)))
    print("\nsources that say something on a question, and those that do not")
    print(f"  told of those that do        {mean_figure(speaks)} of {len(speaks)}")
    print(f"  told of those that do not    {mean_figure(silent)} of {len(silent)}")
    print(f"  right quote, where both hold {mean_figure(right)} of {len(right)}")


Found = list[tuple[str, str, str]]
"""(kind, words of the one, words of the other) each."""


def compared(embedder: Embedder, pairs: Sequence[Record]) -> None:
    """Two statements side by side, both given."""
    found = [differing(embedder, one) for one in pairs]
    told("two statements", pairs, found)


def differing(embedder: Embedder, pair: Record) -> Found:
    texts = [str(pair["one"]), str(pair["other"])]
    one, other = (
        Statement(text, vector)
        for text, vector in zip(texts, embedder.embed_passages(texts), strict=True)
    )
    return [
        (clash.kind, texts[0][slice(*clash.one)], texts[1][slice(*clash.other)])
        for clash in clashes(str(pair["question"]), one, other)
    ]


def asked(embedder: Embedder, pairs: Sequence[Record]) -> None:
    """An index of both statements, each an article, asked the question."""
    found = []
    for pair in pairs:
        articles = [article(name, str(pair[name])) for name in ("one", "other")]
        with (
            tempfile.TemporaryDirectory() as folder,
            quoth.Index.of(articles, Path(folder) / "index", embedder=embedder) as index,
        ):
            answer = quoth.Answerer(index).ask(str(pair["question"]), compare=True)
        found.append(answered(answer))
    told("asked of an index of the two", pairs, found)


def article(name: str, text: str) -> Article:
    return Article(name, "", text, hashlib.sha256(text.encode()).hexdigest())


def answered(answer: Answer) -> Found:
    found = []
    for voice in answer.by_source:
        for one in voice.differences:
            if voice.source == "one" and voice.quote is not None:
                found.append((one.kind, words(voice.quote, *one.span), one.words))
    return found


def words(quote: Quote, start: int, end: int) -> str:
    return quote.text[start - quote.start : end - quote.start]


def told(name: str, pairs: Sequence[Record], found: Iterable[Found]) -> None:
    rows = []
    for pair, some in zip(pairs, found, strict=True):
        kinds = {one["kind"] for one in pair["differences"]}  # type: ignore[attr-defined]
        own = {kind for kind, _, _ in some}
        rows.append((len(kinds & own), len(own), len(kinds)))
    counts = np.array(rows)
    print(f"\ndifferences, {name}: {len(rows)} pairs, {counts[:, 2].sum()} of which differ")
    print(f"  found {counts[:, 1].sum()}, of which right {counts[:, 0].sum()}")
    print(f"  precision {ratio(counts[:, 0], counts[:, 1])}")
    print(f"  recall    {ratio(counts[:, 0], counts[:, 2])}")


def ratio(of: np.ndarray, to: np.ndarray) -> Figure:
    """Sum over sum, with the percentile bootstrap over pairs, fixed seed."""
    drawn = np.random.default_rng(0).integers(0, len(of), (RESAMPLES, len(of)))
    shares = of[drawn].sum(axis=1) / np.maximum(1, to[drawn].sum(axis=1))
    low, high = np.percentile(shares, [2.5, 97.5])
    return Figure(float(of.sum() / max(1, to.sum())), float(low), float(high), len(of))


if __name__ == "__main__":
    main()
