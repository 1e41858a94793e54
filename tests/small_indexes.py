"""Small folders of articles and quick indexes of them, and all that one can ask an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fakes import WordEmbedder

from quoth import Index, Retriever
from quoth.records import Floats, Passage, Progress

VOCABULARY = ("drone", "ferry", "harbour", "lantern", "wheat")
ARTICLES = {
    "drones.txt": "Drones\n\nA drone crossed the river. The drone fell into the wheat.\n",
    "ferries.txt": "Ferries\n\nThe ferry leaves the harbour at six. It has one lantern.\n",
    "wheat.txt": "Wheat\n\nWheat grows by the harbour. No drone has been seen there.\n",
}
QUESTIONS = (
    "Where did the drone fall?",
    "When does the ferry leave the harbour?",
    "lantern",
    "wheat",
)


class CountingEmbedder(WordEmbedder):
    """Remembers what it was asked to embed for passages."""

    def __init__(self, vocabulary: Sequence[str] = VOCABULARY) -> None:
        super().__init__(vocabulary)
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        self.embedded += texts
        return super().embed_passages(texts, progress)


def write(folder: Path, texts: Mapping[str, str] = ARTICLES) -> Path:
    """The folder, with a file for each of `texts` added."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def build(folder: Path, path: Path, embedder: WordEmbedder | None = None) -> Index:
    """`Index.build` with the quick embedder."""
    return Index.build([folder], path, embedder=embedder or WordEmbedder(VOCABULARY))


def opened(path: Path) -> Index:
    """`Index.open` with the quick embedder."""
    return Index.open(path, embedder=WordEmbedder(VOCABULARY))


Answers = list[tuple[object, ...]]


def answers(index: Index) -> Answers:
    """All hits of all questions in all modes, and the list of articles, at one state."""
    with index.reading():
        return _answers(index)


def _answers(index: Index) -> Answers:
    retriever = Retriever(index)
    hits: Answers = [
        (question, mode, hit)
        for question in QUESTIONS
        for mode in ("hybrid", "dense", "lexical")
        for hit in retriever.search(question, 50, mode=mode)
    ]
    nowhere = index.words_nowhere(" ".join(VOCABULARY))
    return [*hits, *((info,) for info in index.articles()), tuple(nowhere)]


def answers_at(path: Path) -> Answers:
    """`answers` of the index in that folder, opened for it."""
    with opened(path) as index:
        return answers(index)


def sources(index: Index) -> list[str]:
    """The sources of the articles that the index holds."""
    return [info.source for info in index.articles()]


def passages(index: Index) -> dict[int, Passage]:
    """All passages of an index by id."""
    with index.reading() as view:
        return view.store.passages(view.store.passage_ids().tolist())
