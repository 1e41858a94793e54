"""An index moved to another place or engine answers as before, and nothing is embedded again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from small_indexes import ARTICLES, VOCABULARY, CountingEmbedder, answers_at, build, opened, write

from quoth import Index
from quoth.calibration import Calibration
from quoth.engines import HOMES, Engines, LocalEngines, home_of
from quoth.errors import EngineError, IndexDamagedError, UsageError
from quoth.migration import migrate
from quoth.migration.recall import recall, spread
from quoth.records import Floats, Progress
from quoth.store import Store, WritableStore
from quoth.vectors import NumpyVectors

OTHER = {"engine": "other", "engine uri": "here"}
POOR = {"engine": "poor"}


class PoorEngines(LocalEngines):
    """Has forgotten all vectors but one."""

    def load(self, name: str, store: Store) -> Engines | None:
        found = super().load(name, store)
        if found is None:
            return None
        vectors = NumpyVectors(len(VOCABULARY) + 1)
        ids = store.passage_ids()[:1]
        vectors.add(ids, store.own_vectors(ids, len(VOCABULARY) + 1))
        return Engines(vectors, found.words)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two more engines, in folders of their own."""
    monkeypatch.setitem(HOMES, "other", lambda where, _: LocalEngines(where.folder / "other"))
    monkeypatch.setitem(HOMES, "poor", lambda where, _: PoorEngines(where.folder / "poor"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(write(tmp_path / "articles"), tmp_path / "index").close()
    return tmp_path / "index"


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database:
        return database.execute(query).fetchall()


# -- to another place


def test_a_copy_answers_as_the_index_does(path: Path, tmp_path: Path) -> None:
    with opened(path) as index:
        done = migrate(index, tmp_path / "copy")
    assert (done.articles, done.passages, done.recall) == (3, 3, 1.0)
    assert answers_at(tmp_path / "copy") == answers_at(path)


def test_a_copy_is_whole(path: Path, tmp_path: Path) -> None:
    with opened(path) as index:
        migrate(index, tmp_path / "copy")
    with opened(tmp_path / "copy") as copy:
        assert copy.verify() == []


def test_nothing_is_embedded_for_a_copy_nor_for_what_is_built_on_it(
    path: Path, tmp_path: Path
) -> None:
    embedder = CountingEmbedder()
    with Index.open(path, embedder=embedder) as index:
        migrate(index, tmp_path / "copy")
    with build(tmp_path / "articles", tmp_path / "copy", embedder) as copy:
        assert copy.changes.unchanged == tuple(ARTICLES)
    assert embedder.embedded == []


def test_a_copy_is_calibrated_as_the_index_is(path: Path, tmp_path: Path) -> None:
    calibration = Calibration("none", "", "platt", (0.0, 1.0), (0.1, 0.9), 0.5, 20, 0.9)
    with opened(path) as index:
        index.calibrate(calibration)
        migrate(index, tmp_path / "copy")
    with opened(tmp_path / "copy") as copy:
        assert copy.calibration("none") == calibration


@pytest.mark.parametrize("stopped_at", [1, 2, 3])
def test_a_copy_that_was_interrupted_goes_on(
    stopped_at: int, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged: list[str] = []
    stage = WritableStore.stage

    def counted(self: WritableStore, article, file, passages) -> None:  # type: ignore[no-untyped-def]
        staged.append(article.source)
        if len(staged) == stopped_at:
            raise KeyboardInterrupt
        stage(self, article, file, passages)

    with opened(path) as index:
        monkeypatch.setattr(WritableStore, "stage", counted)
        with pytest.raises(KeyboardInterrupt):
            migrate(index, tmp_path / "copy")
        migrate(index, tmp_path / "copy")
    assert len(staged) == 4  # each once, and once more where it was interrupted
    assert answers_at(tmp_path / "copy") == answers_at(path)
    assert rows(tmp_path / "copy", "select count(*) from file where live < 1") == [(0,)]


def test_what_is_damaged_is_not_copied(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database, database:
        database.execute("update vector set data = zeroblob(length(data))")
    with opened(path) as index, pytest.raises(IndexDamagedError, match="run 'quoth repair'"):
        migrate(index, tmp_path / "copy")
    with pytest.raises(Exception, match="never finished"):
        opened(tmp_path / "copy")


def test_a_copy_never_takes_the_place_of_an_index(path: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "others", {"one.txt": "One\n\nA lantern.\n"})
    build(other, tmp_path / "copy").close()
    before = answers_at(tmp_path / "copy")
    with opened(path) as index, pytest.raises(UsageError, match="there is an index"):
        migrate(index, tmp_path / "copy")
    assert answers_at(tmp_path / "copy") == before


def test_an_index_is_not_copied_onto_itself(path: Path) -> None:
    with opened(path) as index, pytest.raises(UsageError, match=r"lies at .* already"):
        migrate(index, path)


# -- to another engine


def test_another_engine_answers_as_the_one_before(path: Path) -> None:
    before = answers_at(path)
    with opened(path) as index:
        assert migrate(index, engine=OTHER).recall == 1.0
        assert index.settings["engine"] == "other"
    assert answers_at(path) == before
    assert list(path.glob("engines-*")) == []
    assert list(path.glob("other/engines-*"))


def test_an_open_index_goes_on_with_the_other_engine(path: Path) -> None:
    with opened(path) as reader, opened(path) as index:
        before = reader.engines
        migrate(index, engine=OTHER)
        assert reader.engines is not before
        assert reader.verify() == []


def test_changes_go_to_the_other_engine(path: Path, tmp_path: Path) -> None:
    with opened(path) as index:
        migrate(index, engine=OTHER)
        index.add(write(tmp_path / "more", {"more.txt": "More\n\nA second lantern.\n"}))
        assert index.verify() == []
        assert len(index.engines.vectors) == 4


def test_the_default_engine_can_be_had_again(path: Path) -> None:
    before = answers_at(path)
    with opened(path) as index:
        migrate(index, engine=OTHER)
        migrate(index, engine={"engine": "faiss"})
        assert "engine uri" not in index.settings
    assert answers_at(path) == before


def test_an_engine_that_finds_less_is_not_taken(path: Path) -> None:
    before = answers_at(path)
    with opened(path) as index:
        with pytest.raises(EngineError, match="nothing was changed"):
            migrate(index, engine=POOR)
        assert "engine" not in index.settings
    assert answers_at(path) == before
    assert list(path.glob("poor/engines-*")) == []


def test_an_engine_that_finds_less_is_taken_by_who_says_so(path: Path) -> None:
    with opened(path) as index:
        assert migrate(index, engine=POOR, least_recall=0.1).recall == pytest.approx(1 / 3)


def test_the_same_engine_is_refused(path: Path) -> None:
    with opened(path) as index, pytest.raises(UsageError, match="by that engine already"):
        migrate(index, engine={"engine": "faiss"})


def test_without_a_place_and_an_engine_there_is_nothing_to_do(path: Path) -> None:
    with opened(path) as index, pytest.raises(UsageError, match="nothing to do"):
        migrate(index)


def test_progress_is_told(path: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))

    watched: Progress = progress
    with opened(path) as index:
        migrate(index, tmp_path / "copy", progress=watched)
    assert ("copying articles", 3, 3) in told
    assert ("comparing answers", 3, 3) in told


# -- recall


def vectors(rows: Floats) -> NumpyVectors:
    made = NumpyVectors(rows.shape[1])
    made.add(np.arange(len(rows), dtype=np.int64), rows)
    return made


def test_recall_is_the_share_that_is_found() -> None:
    angles = np.linspace(0, 1, 20)
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert recall(vectors(rows), vectors(rows[::2]), rows[:1]) == 0.5  # type: ignore[arg-type]


def test_equally_near_passages_are_as_good_as_each_other() -> None:
    rows = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    assert recall(vectors(rows), vectors(rows[::-1].copy()), rows[:1], k=5) == 1.0  # type: ignore[arg-type]


def test_questions_are_spread_over_all_passages() -> None:
    assert spread(np.arange(1000), 5).tolist() == [0, 250, 500, 749, 999]
    assert spread(np.arange(3), 5).tolist() == [0, 1, 2]


# -- on the command line


def test_the_command_copies(seeds_index: Path, tmp_path: Path, run_quoth: Run) -> None:
    done = run_quoth("migrate", "--index", seeds_index, "--to", tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    assert "recall@10 against before: 1.000" in done.stderr
    with Index.open(tmp_path / "copy") as copy, Index.open(seeds_index) as index:
        assert copy.sources() == index.sources()


def test_the_command_says_in_a_line_why_it_does_not(seeds_index: Path, run_quoth: Run) -> None:
    done = run_quoth("migrate", "--index", seeds_index, "--to", seeds_index)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "name another place" in done.stderr


def test_a_misspelt_address_makes_no_folder_and_tells_no_password(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        opened(path) as index,
        pytest.raises(UsageError, match="postgrsql://…") as error,
    ):
        migrate(index, "postgrsql://user:secret@host/db")
    assert "secret" not in str(error.value)
    assert not list(tmp_path.glob("postgrsql*"))


def test_an_unknown_engine_is_named(path: Path) -> None:
    with pytest.raises(Exception, match="'quantum', which this quoth does not know"):
        home_of(opened(path).location, {"engine": "quantum"})
