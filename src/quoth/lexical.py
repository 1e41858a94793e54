"""BM25 search over passages with tantivy (k1 = 1.2, b = 0.75; Robertson and Zaragoza 2009).

Words are those of `terms.py`. A passage is found by its own words, and a little by those of its
section heading and its article's title.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quoth.errors import IndexDamagedError
from quoth.records import Floats, Ints, Passage
from quoth.terms import analyzer, terms
from quoth.text import one_line
from quoth.vectors import TIE_MARGIN, best_first, cut_through_ties

if TYPE_CHECKING:
    import tantivy

# Weights of a word found in the passage, its heading, its title; chosen on development questions.
FIELD_WEIGHTS = {"body": 1.0, "section": 0.3, "title": 0.2}
_ANALYZER, _AS_WRITTEN = "quoth", "as-written"
_HEAP_BYTES = 64_000_000


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=True, indexed=True, fast=True)
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    for name in FIELD_WEIGHTS:
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_text_field("spelling", tokenizer_name=_AS_WRITTEN, index_option="basic")
    return builder.build()


class LexicalIndex:
    """An index of words, in a folder or, without one, in memory.

    What was removed is not found any more, but its words go on being counted, and scores tell,
    until tantivy merges the segment that it was in.
    """

    note = ""

    def __init__(self, path: Path | None = None) -> None:
        """Raises IndexDamagedError if the folder holds no index that tantivy can read."""
        import tantivy

        try:
            self._index = tantivy.Index(_schema(), str(path) if path else None)
            self._index.register_tokenizer(_ANALYZER, analyzer())
            self._index.register_tokenizer(_AS_WRITTEN, _as_written())
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise IndexDamagedError(f"tantivy cannot read {str(path)!r}: rebuild it") from error

    def add(self, passages: Iterable[tuple[int, Passage]]) -> None:
        """Add (id, passage) pairs and make them searchable; OSError where that fails."""
        self.change(passages)

    def change(self, added: Iterable[tuple[int, Passage]], removed: Iterable[int] = ()) -> None:
        """Add (id, passage) pairs and take ids out; OSError where that fails."""
        try:
            with self._index.writer(_HEAP_BYTES, 1) as writer:  # one thread: one order, one score
                for number in removed:
                    writer.delete_documents_by_term("id", number)
                for number, passage in added:
                    writer.add_document(_document(number, passage))
            self._index.reload()
        except ValueError as error:  # tantivy's word for everything
            raise OSError(None, one_line(str(error), 200)) from error
        self._searcher = self._index.searcher()

    def search(
        self, question: str, k: int, sources: Sequence[str] | None = None
    ) -> tuple[Floats, Ints]:
        """BM25 scores (k',) and ids (k',) of the best passages, k' <= k; equal scores by id.

        sources: look only into the articles of these names.
        """
        query = self._query(question, sources)
        if query is None or not len(self):
            return np.empty(0, np.float32), np.empty(0, np.int64)
        scores, ids = best_first(*self._found(query, k), k)
        return scores[0], ids[0]

    def _found(self, query: tantivy.Query, k: int) -> tuple[Floats, Ints]:
        """Scores (1, n) and ids (1, n) of the best, with all that score as the k-th does."""
        wanted = k + TIE_MARGIN
        while True:
            found = self._searcher.search(query, limit=wanted, count=False).hits
            scores = np.array([[score for score, _ in found]], np.float32)
            if len(found) < wanted or not cut_through_ties(scores, k):
                return scores, np.array([self._ids([place for _, place in found])], np.int64)
            wanted *= 4

    def passages_with(self, term: str) -> int:
        """In how many passages a stem of `terms.terms` occurs."""
        return self._searcher.doc_freq("body", term)

    def knows(self, term: str) -> bool:
        """Whether a stem occurs in any passage, heading or title."""
        return any(self._searcher.doc_freq(field, term) for field in FIELD_WEIGHTS)

    def spells(self, word: str) -> bool:
        """Whether a word occurs in some passage, its heading or title, in whatever case."""
        forms = {word, word.lower(), word.capitalize(), word.upper()}
        return any(self._searcher.doc_freq("spelling", form) for form in forms)

    def spellings(self, prefix: str) -> list[tuple[str, int]]:
        """The words that begin with `prefix` in either case, with their numbers of passages."""
        forms = sorted({prefix.lower(), prefix.capitalize()})
        return [one for form in forms for one in self._searcher.terms_with_prefix("spelling", form)]

    def ids(self) -> Ints:
        """The ids that are there. int64 (n,)."""
        if not len(self):
            return np.empty(0, np.int64)
        import tantivy

        found = self._searcher.search(tantivy.Query.all_query(), limit=len(self), count=False).hits
        return np.sort(np.array(self._ids([address for _, address in found]), np.int64))

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def _query(self, question: str, sources: Sequence[str] | None) -> tantivy.Query | None:
        import tantivy

        schema = self._index.schema
        wanted = [
            (tantivy.Occur.Should, _weighted(schema, field, term, weight))
            for term in dict.fromkeys(terms(question))
            for field, weight in FIELD_WEIGHTS.items()
        ]
        if not wanted:
            return None
        query = tantivy.Query.boolean_query(wanted)
        if sources is None:
            return query
        only = tantivy.Query.const_score_query(
            tantivy.Query.term_set_query(schema, "source", list(sources)), 0.0
        )
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, query), (tantivy.Occur.Must, only)]
        )

    def _ids(self, addresses: list[tantivy.DocAddress]) -> list[int | float | bool | None]:
        return self._searcher.fast_field_values("id", addresses)


def _as_written() -> tantivy.TextAnalyzer:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(60)).build()


def _weighted(schema: tantivy.Schema, field: str, term: str, weight: float) -> tantivy.Query:
    import tantivy

    return tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, term, "freq"), weight)


def _document(number: int, passage: Passage) -> tantivy.Document:
    import tantivy

    document = tantivy.Document()
    document.add_integer("id", number)
    document.add_text("source", passage.source)
    document.add_text("title", passage.title)
    document.add_text("section", passage.section)
    document.add_text("body", passage.text)
    for text in (passage.title, passage.section, passage.text):
        document.add_text("spelling", text)
    return document
