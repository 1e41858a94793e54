"""What quoth has to beat: the same questions with cosine alone.

    python benchmarks/baseline.py [QUESTIONS] [--index DIR] [--split dev|test|all]

Articles are cut every 1,000 characters, passages ranked by the cosine of their vectors; sentences
are embedded alone and ranked by cosine; the best cosine is the confidence. Metrics as in
quality.py.
"""

from __future__ import annotations

import json

import numpy as np
from quality import Place, Row, gold_places, options, rank_found, summary

import quoth
from quoth.text import sentences

_CHARACTERS = 1000


def main() -> None:
    chosen = options(__doc__)
    questions = [json.loads(line) for line in chosen.questions.open(encoding="utf-8")]
    questions = [q for q in questions if chosen.split in ("all", q.get("split"))]
    index = quoth.Index.open(chosen.index)
    texts = {info.source: index.article(info.source).text for info in index.articles()}
    passages = [
        (source, start, min(start + _CHARACTERS, len(text)))
        for source, text in texts.items()
        for start in range(0, len(text), _CHARACTERS)
    ]
    spans = [(source, *span) for source, text in texts.items() for span in sentences(text)]
    rows = [
        _row(index, question, (best, cosines))
        for question, best, cosines in zip(
            questions,
            _ranked(index, questions, texts, passages),
            _ranked(index, questions, texts, spans),
            strict=True,
        )
    ]
    print(f"cosine alone: {len(rows)} questions of {chosen.questions} ({chosen.split})\n")
    for name, (value, low, high) in summary(rows).items():
        if name in ("quote@1", "quote@3", "recall@5", "AUROC"):
            print(f"{name:14} {value:.3f}  [{low:.3f}, {high:.3f}]")


Ranked = list[tuple[Place, float]]


def _ranked(
    index: quoth.Index, questions: list[Row], texts: dict[str, str], places: list[Place]
) -> list[Ranked]:
    """For each question, all places with their cosines, best first."""
    vectors = index.embedder.embed_passages([texts[s][start:end] for s, start, end in places])
    asked = index.embedder.embed_questions([question["question"] for question in questions])
    cosines = asked @ vectors.T
    order = np.argsort(-cosines, axis=1, kind="stable")
    return [
        [(places[n], float(row[n])) for n in some]
        for some, row in zip(order.tolist(), cosines, strict=True)
    ]


def _row(index: quoth.Index, question: Row, found: tuple[Ranked, Ranked]) -> Row:
    passages, spans = found
    gold = gold_places(index, question)
    return {
        "answerable": question["answerable"],
        "answered": True,
        "confidence": spans[0][1],
        "rank": rank_found(question, [place for place, _ in spans[:3]], gold),
        "hit": any(
            source == s and start <= a and b <= end
            for (source, start, end), _ in passages[:5]
            for s, a, b in gold
        ),
    }


if __name__ == "__main__":
    main()
