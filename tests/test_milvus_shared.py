"""An index in PostgreSQL that Milvus searches: nothing of it is in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from at_once import eight_ask_while_two_add
from conftest import Run
from fakes import WordEmbedder
from milvus_server import URI, MilvusServer
from postgres_server import PostgresServer
from small_indexes import VOCABULARY, build, opened, sources, write

from quoth import Index, Retriever
from quoth.engines import EngineChoice
from quoth.migration import migrate
from quoth.records import Hit

pytestmark = pytest.mark.namespace
QUESTIONS = ("Where did the drone fall?", "lantern", "wheat")


@pytest.fixture(autouse=True)
def secure(milvus_server: MilvusServer) -> Iterator[None]:
    """This process and those that it starts have the token and the certificates."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in milvus_server.environment.items():
            patch.setenv(name, value)
        yield


def shared(folder: Path, place: str) -> Index:
    return Index.build(
        [folder], place, embedder=WordEmbedder(VOCABULARY),
        engine="milvus", engine_uri=URI, engine_index="flat",
    )  # fmt: skip


def found(index: Index) -> list[list[Hit]]:
    retriever = Retriever(index)
    return [retriever.search(question, 50, mode="dense") for question in QUESTIONS]


def test_eight_ask_while_two_add(postgres: PostgresServer, tmp_path: Path) -> None:
    place = postgres.address()
    seen = eight_ask_while_two_add(place, tmp_path, shared, each=2, modes=["dense"])
    assert [one.wrong for one in seen if one.wrong] == []
    assert all({"1", "5"} <= set(one.states) for one in seen)
    with opened(place) as index:
        assert len(sources(index)) == 10
        assert index.verify() == []


def test_it_answers_as_a_folder_does(postgres: PostgresServer, tmp_path: Path) -> None:
    folder = write(tmp_path / "articles")
    with build(folder, tmp_path / "index") as one, shared(folder, postgres.address()) as other:
        assert found(other) == found(one)


def test_a_folder_moves_there_and_back(postgres: PostgresServer, tmp_path: Path) -> None:
    place = postgres.address()
    with build(write(tmp_path / "articles"), tmp_path / "index") as index:
        before = found(index)
        migrate(index, place, engine=EngineChoice("milvus", URI, "flat").over({}))
    with opened(place) as moved:
        assert found(moved) == before
        assert moved.verify() == []
        migrate(moved, tmp_path / "back")
    with opened(tmp_path / "back") as back:
        assert found(back) == before


def test_the_command_line_needs_the_store_alone(
    postgres: PostgresServer, seeds_index: Path, tmp_path: Path, run_quoth: Run
) -> None:
    place = postgres.address()
    with Index.open(seeds_index) as index:
        migrate(index, place, engine=EngineChoice("milvus", URI).over({}))
    question = ("search", "Who supplies the drones?", "--mode", "dense", "--json", "--store", place)
    with Index.open(seeds_index) as index:
        [best] = Retriever(index).search("Who supplies the drones?", 1, mode="dense")
    done = run_quoth(*question, "--k", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f'"start": {best.start}' in done.stdout
