"""An index that milvus-lite searches: by meaning and by words, as FAISS and tantivy do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from milvus_engine import PASSAGE, Collections, InMilvus
from small_indexes import QUESTIONS, VOCABULARY, CountingEmbedder, build, passages, write
from vector_trials import AXES, ints

from quoth import Index, Retriever
from quoth.engines import EngineChoice
from quoth.engines.milvus.address import to_address
from quoth.engines.milvus.collection import Collection, open_collection, prefix
from quoth.engines.milvus.rows import Row, to_row
from quoth.engines.milvus.server import Server
from quoth.errors import EngineError, IndexMissingError, UsageError
from quoth.migration import migrate
from quoth.records import Hit, Mode

NEW = "Lanterns\n\nThe lantern shines over the harbour. Nobody sees a drone by night.\n"


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a milvus-lite in this process."""
    path = str(tmp_path_factory.mktemp("lite") / "index.db")
    yield path
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    return write(tmp_path / "articles")


def in_lite(folder: Path, path: Path, uri: str, embedder: WordEmbedder | None = None) -> Index:
    return Index.build(
        [folder],
        path,
        embedder=embedder or WordEmbedder(VOCABULARY),
        engine="milvus",
        engine_uri=uri,
        engine_index="flat",
    )


def found(index: Index, question: str, mode: Mode) -> list[Hit]:
    return Retriever(index).search(question, 50, mode=mode)


def collection_of(index: Index, uri: str) -> Collection:
    held = open_collection(Server(to_address(uri)), index.settings["engines"], 6)
    assert held is not None
    return held


def test_dense_answers_are_those_of_faiss(folder: Path, tmp_path: Path, uri: str) -> None:
    with build(folder, tmp_path / "one") as one, in_lite(folder, tmp_path / "two", uri) as two:
        for question in QUESTIONS:
            assert found(two, question, "dense") == found(one, question, "dense")
        assert passages(one) == passages(two)


def test_words_are_found_as_tantivy_finds_them(folder: Path, tmp_path: Path, uri: str) -> None:
    with build(folder, tmp_path / "one") as one, in_lite(folder, tmp_path / "two", uri) as two:
        for question in QUESTIONS:
            texts = {hit.text for hit in found(one, question, "lexical")}
            assert {hit.text for hit in found(two, question, "lexical")} == texts
        assert two.words_nowhere("A drone, a submarine and the harbours") == ["submarine"]
        assert two.engines.words.passages_with("drone") == 2
        only = Retriever(two).search("drone", 9, mode="lexical", source="wheat.txt")
        assert [hit.source for hit in only] == ["wheat.txt"]


def test_the_settings_remember_the_engine_and_no_secret(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    in_lite(folder, tmp_path / "index", uri).close()
    with Index.open(tmp_path / "index", embedder=WordEmbedder(VOCABULARY)) as index:
        kept = index.settings
        assert (kept["engine"], kept["engine uri"], kept["engine index"]) == ("milvus", uri, "flat")
        assert found(index, "lantern", "hybrid")[0].source == "ferries.txt"


def test_a_change_goes_into_the_same_collection(folder: Path, tmp_path: Path, uri: str) -> None:
    with in_lite(folder, tmp_path / "index", uri) as index:
        name = index.settings["engines"]
        write(folder, {"lanterns.txt": NEW})
        index.add([folder / "lanterns.txt"])
        assert index.settings["engines"] == name
        assert "lanterns.txt" in {hit.source for hit in found(index, "lantern", "dense")}
        index.remove("ferries.txt")
        assert "ferries.txt" not in {hit.source for hit in found(index, "lantern", "hybrid")}
        assert index.verify() == []


def test_rows_of_what_was_removed_go_one_change_later(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    """Whoever reads the state before still finds all of it."""
    with in_lite(folder, tmp_path / "index", uri) as index:
        before = set(passages(index))
        held = collection_of(index, uri)
        with index.reading():
            expected = found(index, "lantern", "dense")
            Index.open(tmp_path / "index", embedder=WordEmbedder(VOCABULARY)).remove("ferries.txt")
            assert found(index, "lantern", "dense") == expected
        assert set(held.ids().tolist()) == before
        index.remove("drones.txt")
        assert set(held.ids().tolist()) < before
        assert index.verify() == []


def test_a_search_that_two_changes_overtook_sees_the_newest_state(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    with in_lite(folder, tmp_path / "index", uri) as index, index.reading():
        other = Index.open(tmp_path / "index", embedder=WordEmbedder(VOCABULARY))
        for source in ("ferries.txt", "drones.txt"):
            other.remove(source)
        assert {hit.source for hit in found(index, "drone lantern", "dense")} == {"wheat.txt"}


def test_migrating_to_milvus_and_back_embeds_nothing(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    embedder = CountingEmbedder()
    with build(folder, tmp_path / "index", embedder) as index:
        answers = [found(index, question, "dense") for question in QUESTIONS]
        embedder.embedded.clear()
        chosen = EngineChoice("milvus", uri, "flat").over(index.settings)
        assert migrate(index, engine=chosen).recall == 1.0
        assert [found(index, question, "dense") for question in QUESTIONS] == answers
        assert index.verify() == []
        collection = index.settings["engines"]
        assert migrate(index, engine=EngineChoice("faiss").over(index.settings)).recall == 1.0
        assert [found(index, question, "dense") for question in QUESTIONS] == answers
        assert index.verify() == []
    assert embedder.embedded == []
    assert open_collection(Server(to_address(uri)), collection, 6) is None


def test_a_migration_that_was_interrupted_goes_on(
    folder: Path, tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upsert, rows = Collection.upsert, list[int]()

    def interrupted(self: Collection, some: Iterable[Row]) -> None:
        told = list(some)
        rows.extend(row["id"] for row in told)
        upsert(self, told[: 1 if len(rows) == len(told) else None])
        if len(rows) == len(told):
            raise KeyboardInterrupt

    with build(folder, tmp_path / "index") as index:
        chosen = EngineChoice("milvus", uri).over(index.settings)
        monkeypatch.setattr(Collection, "upsert", interrupted)
        with pytest.raises(KeyboardInterrupt):
            migrate(index, engine=chosen)
        assert "engine" not in index.settings
        migrate(index, engine=chosen)
        assert index.verify() == []
    assert rows == [1, 2, 3, 2, 3]


def test_an_index_goes_to_another_collection_of_the_same_server(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    with in_lite(folder, tmp_path / "index", uri) as index:
        answers = [found(index, question, "dense") for question in QUESTIONS]
        before = index.settings["engines"]
        migrate(index, engine=EngineChoice(kind="hnsw").over(index.settings))
        assert index.settings["engine index"] == "hnsw"
        assert [found(index, question, "dense") for question in QUESTIONS] == answers
        assert index.verify() == []
    assert open_collection(Server(to_address(uri)), before, 6) is None


def test_a_collection_that_finds_less_goes_and_the_one_before_stays(
    folder: Path, tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.migration.moving.recall", lambda *_: 0.5)
    with in_lite(folder, tmp_path / "index", uri) as index:
        with pytest.raises(EngineError, match="nothing was changed"):
            migrate(index, engine=EngineChoice(kind="hnsw").over(index.settings))
        assert index.verify() == []
        begin = prefix(index.settings["identity"])
        names = Server(to_address(uri)).call("list_collections")
        assert [name for name in names if name.startswith(begin)] == [index.settings["engines"]]


def test_building_with_another_engine_names_the_command_that_moves(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    build(folder, tmp_path / "index").close()
    with pytest.raises(UsageError, match=r"has another engine.*'quoth migrate' moves it"):
        in_lite(folder, tmp_path / "index", uri)


# -- verify and repair


def test_rows_too_many_are_never_shown_told_by_verify_and_removed_by_repair(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    with in_lite(folder, tmp_path / "index", uri) as index:
        near = [found(index, question, "dense") for question in QUESTIONS]
        both = [found(index, question, "hybrid") for question in QUESTIONS]
        held = collection_of(index, uri)
        vector = np.eye(6, dtype=np.float32)[0]
        held.upsert(to_row(n, PASSAGE, vector, words=True) for n in range(900, 960))
        assert [found(index, question, "dense") for question in QUESTIONS] == near
        assert "vectors: 60 passages should not be there" in index.verify()
        assert index.repair() == ["search indexes made anew"]
        assert index.verify() == []
        assert [found(index, question, "hybrid") for question in QUESTIONS] == both


@pytest.mark.parametrize("damage", ["missing", "vector", "label"])
def test_rows_that_are_not_the_stores_are_told_and_repaired(
    damage: str, folder: Path, tmp_path: Path, uri: str
) -> None:
    with in_lite(folder, tmp_path / "index", uri) as index:
        held = collection_of(index, uri)
        spoil(held, index, damage)
        told = {"missing": "1 passages are missing", "vector": "another vector", "label": "labels"}
        assert any(told[damage] in line for line in index.verify())
        index.repair()
        assert index.verify() == []


def spoil(held: Collection, index: Index, damage: str) -> None:
    [(number, passage), *_] = sorted(passages(index).items())
    if damage == "missing":
        held.delete(ints(number))
        return
    with index.reading() as view:
        vector = view.store.own_vectors(ints(number), 6)[0]
    row = to_row(number, passage, -vector if damage == "vector" else vector, words=True)
    held.upsert([row | ({"source": "other.txt"} if damage == "label" else {})])


def test_a_collection_that_is_gone_is_told_and_made_anew_by_repair(
    folder: Path, tmp_path: Path, uri: str
) -> None:
    """No reader makes it: the address may be a wrong one."""
    with in_lite(folder, tmp_path / "index", uri) as index:
        name = index.settings["engines"]
    Server(to_address(uri)).call("drop_collection", name)
    with Index.open(tmp_path / "index", embedder=WordEmbedder(VOCABULARY)) as index:
        with pytest.raises(EngineError, match=rf"does not have '{name}'.*run 'quoth repair'"):
            found(index, "lantern", "dense")
        assert index.repair() == ["search indexes made anew"]
        assert found(index, "lantern", "dense")


def test_a_build_that_fails_in_milvus_leaves_no_collection(
    folder: Path, tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise EngineError("Milvus lost its disk")

    monkeypatch.setattr("quoth.engines.milvus.collection.Collection.upsert", fails)
    server = Server(to_address(uri))
    before = set(server.call("list_collections"))
    with pytest.raises(EngineError, match="lost its disk"):
        in_lite(folder, tmp_path / "index", uri)
    assert set(server.call("list_collections")) == before
    with pytest.raises(IndexMissingError):
        Index.open(tmp_path / "index")


# -- texts and ids


def test_texts_longer_than_milvus_takes_are_cut_between_characters(in_lite: Collections) -> None:
    engine = InMilvus(in_lite.empty(4))
    engine.add(ints(1), AXES[:1], [replace(PASSAGE, text="é" * 40_000)])
    assert engine.collection.labels(ints(1))[1]["text"] == "é" * 32_767


def test_words_of_rows_that_no_state_holds_are_no_hits(in_lite: Collections) -> None:
    engine = InMilvus(in_lite.empty(4))
    some = [replace(PASSAGE, text=f"a lantern and {n} ships") for n in range(30)]
    engine.add(np.arange(30), np.repeat(AXES[:1], 30, axis=0), some)
    engine.held.ids = {7, 29}
    assert engine.words.search("lanterns", 5)[1].tolist() == [7, 29]
    assert engine.words.search("submarines", 5)[1].tolist() == []
    assert engine.words.search("the of", 5)[1].tolist() == []


def test_lexical_search_where_the_server_has_no_words_is_a_mistake(
    folder: Path, tmp_path: Path, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "has_functions", lambda self: False)
    with in_lite(folder, tmp_path / "index", uri) as index:
        with pytest.raises(UsageError, match=r"'lexical' cannot be had: this server has no BM25"):
            found(index, "lantern", "lexical")
        assert found(index, "lantern", "hybrid")
        assert index.words_nowhere("submarine") == []
        assert index.verify() == []
        assert index.notes() == ["words: this server has no BM25; searched by meaning only"]
