"""One collection in Milvus: made, filled, searched, compared, dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import numpy as np

from quoth.engines.choosing import IndexKind
from quoth.engines.milvus.consistency import STRONG, Consistency
from quoth.engines.milvus.rows import MOST_BYTES, TEXTS, Row, size
from quoth.engines.milvus.server import Server, library
from quoth.engines.milvus.whole import MOST
from quoth.records import Floats, Ints

_LINKS, _BUILD_WIDTH, _LEAST_WIDTH = 16, 200, 256  # HNSW's M, efConstruction and least ef
_AT_ONCE, _BYTES_AT_ONCE = 1_000, 8_000_000  # rows, and bytes, of one request
_LONG = 120.0  # seconds, for what a server does not do at once
_IDS_AT_ONCE = 10_000


class Collection:
    """A collection whose rows are passages, see `rows.py`. Safe to use from several threads."""

    def __init__(self, server: Server, name: str, kind: IndexKind, *, has_words: bool) -> None:
        """Use `create` and `open_collection`."""
        self.server, self.name, self.kind, self.has_words = server, name, kind, has_words
        self.consistency = Consistency()

    # -- rows

    def upsert(self, rows: Iterable[Row]) -> None:
        """Add rows, in place of those of the same ids; on disk there when this returns."""
        for some in _parts(rows):
            self.server.call("upsert", self.name, some, timeout=_LONG)

    def delete(self, ids: Ints) -> None:
        """Ids that are not there are left alone."""
        for start in range(0, len(ids), _IDS_AT_ONCE):
            only = _among(ids[start : start + _IDS_AT_ONCE])
            self.server.call("delete", self.name, filter=only, timeout=_LONG)

    def drop(self) -> None:
        """Remove it with all that is in it."""
        self.server.call("drop_collection", self.name, timeout=_LONG)

    # -- searches

    def nearest(
        self, queries: Floats, limit: int, level: str, allowed: Ints | None = None
    ) -> list[tuple[Floats, Ints]]:
        """Of each query (m, dimension) the scores and ids of the rows of nearest vectors."""
        width = max(_LEAST_WIDTH, 2 * limit)
        options = {"metric_type": "IP", "params": {"ef": width} if self.kind == "hnsw" else {}}
        data = list(np.ascontiguousarray(queries, np.float32))
        return self._search("vector", data, options, limit, level, allowed)

    def with_words(
        self, words: str, limit: int, level: str, allowed: Ints | None = None
    ) -> list[tuple[Floats, Ints]]:
        """The scores (BM25) and ids of the rows that fit `words` best, as the only item."""
        return self._search("ranking", [words], {"metric_type": "BM25"}, limit, level, allowed)

    def _search(
        self, field: str, data: list[Any], options: Row, limit: int, level: str,
        allowed: Ints | None,
    ) -> list[tuple[Floats, Ints]]:  # fmt: skip
        found = self.server.call(
            "search", self.name, data, limit=limit, anns_field=field, search_params=options,
            filter="" if allowed is None else _among(allowed), consistency_level=level,
        )  # fmt: skip
        return [
            (
                np.array([hit["distance"] for hit in hits], np.float32),
                np.array([hit["id"] for hit in hits], np.int64),
            )
            for hits in found
        ]

    def count_with(self, word: str) -> int:
        """In how many rows a stem occurs; about, while others write."""
        told = self._query(f"text_match(words, '{_quoted(word)}')", ["count(*)"], "Bounded")
        return int(told[0]["count(*)"])

    # -- all of it

    def ids(self) -> Ints:
        """The ids that are there, ascending. int64 (n,)."""
        found: list[Ints] = []
        last = -1
        while True:
            some = self._query(f"id > {last}", ["id"], STRONG, limit=MOST)
            found.append(np.sort(np.array([row["id"] for row in some], np.int64)))
            if len(some) < MOST:
                return np.concatenate(found)
            last = int(found[-1][-1])

    def labels(self, ids: Ints) -> dict[int, Row]:
        """id → its row without vector and words, for those that are there. ids: some hundred."""
        fields = ["id", *TEXTS, "start", "end", "boilerplate"]
        return {int(row["id"]): row for row in self._query(_among(ids), fields, STRONG)}

    def vectors(self, ids: Ints) -> dict[int, Floats]:
        """id → vector, for those that are there. ids: some hundred."""
        found = self._query(_among(ids), ["id", "vector"], STRONG)
        return {int(row["id"]): np.array(row["vector"], np.float32) for row in found}

    def __len__(self) -> int:
        told = self._query("", ["count(*)"], STRONG)
        return int(told[0]["count(*)"])

    def _query(self, only: str, fields: list[str], level: str, **options: Any) -> list[Row]:
        found: list[Row] = self.server.call(
            "query", self.name, filter=only, output_fields=fields, consistency_level=level,
            **options,
        )  # fmt: skip
        return found


def new_name(identity: str) -> str:
    """A name for a collection of the store of that identity, never used before."""
    return f"{prefix(identity)}{uuid4().hex[:8]}"


def prefix(identity: str) -> str:
    """What the names of all collections of that store begin with."""
    return f"quoth_{identity[:8]}_"


def create(server: Server, name: str, dimension: int, kind: IndexKind = "hnsw") -> Collection:
    """A new, empty collection, ready to be searched. Raises EngineError."""
    has_words = server.has_functions()
    pymilvus = library()
    kinds = pymilvus.DataType
    schema = pymilvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", kinds.INT64, is_primary=True)
    schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dimension)
    for field in TEXTS:
        schema.add_field(field, kinds.VARCHAR, max_length=MOST_BYTES)
    for field, kind_of in (("start", kinds.INT64), ("end", kinds.INT64)):
        schema.add_field(field, kind_of)
    schema.add_field("boilerplate", kinds.BOOL)
    indexes = pymilvus.MilvusClient.prepare_index_params()
    graph = {"M": _LINKS, "efConstruction": _BUILD_WIDTH} if kind == "hnsw" else {}
    indexes.add_index("vector", index_type=kind.upper(), metric_type="IP", params=graph)
    if has_words:
        _add_words(pymilvus, schema, indexes)
    server.call(
        "create_collection", name, schema=schema, index_params=indexes,
        consistency_level="Bounded", timeout=_LONG,
    )  # fmt: skip
    return Collection(server, name, kind, has_words=has_words)


def _add_words(pymilvus: Any, schema: Any, indexes: Any) -> None:
    """The passages' stems, ranked by BM25 as tantivy does it (k1 1.2, b 0.75)."""
    kinds = pymilvus.DataType
    schema.add_field(
        "words", kinds.VARCHAR, max_length=MOST_BYTES, enable_analyzer=True, enable_match=True,
        analyzer_params={"tokenizer": "standard"},
    )  # fmt: skip
    schema.add_field("ranking", kinds.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        pymilvus.Function(
            name="bm25", function_type=pymilvus.FunctionType.BM25,
            input_field_names=["words"], output_field_names=["ranking"],
        )
    )  # fmt: skip
    indexes.add_index(
        "ranking", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25",
        params={"bm25_k1": 1.2, "bm25_b": 0.75},
    )  # fmt: skip


def open_collection(server: Server, name: str, dimension: int) -> Collection | None:
    """The collection of that name; None where there is none of these dimensions.

    Raises EngineError.
    """
    if not server.call("has_collection", name):
        return None
    fields = {one["name"]: one for one in server.call("describe_collection", name)["fields"]}
    if fields.get("vector", {}).get("params", {}).get("dim") != dimension:
        return None
    told = server.call("describe_index", name, index_name="vector")
    kind: IndexKind = "hnsw" if str(told.get("index_type")).upper() == "HNSW" else "flat"
    if "NotLoad" in str(server.call("get_load_state", name)["state"]):
        server.call("load_collection", name, timeout=_LONG)
    return Collection(server, name, kind, has_words="words" in fields)


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    weight = 0
    for row in rows:
        some.append(row)
        weight += size(row)
        if len(some) == _AT_ONCE or weight > _BYTES_AT_ONCE:
            yield some
            some, weight = [], 0
    if some:
        yield some


def _among(ids: Sequence[int] | Ints) -> str:
    return f"id in [{','.join(map(str, ids))}]"


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace("'", "\\'")
