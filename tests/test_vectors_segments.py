"""Vectors on disk: what is written from state to state, found again, and refused when damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from quoth.errors import IndexDamagedError
from quoth.records import Floats, Ints
from quoth.vectors import SegmentVectors, planning, write_vectors
from quoth.vectors.files import NewFile

AXES: Floats = np.eye(4, dtype=np.float32)


def ints(*values: int) -> Ints:
    return np.array(values, np.int64)


def of_axes(ids: Ints) -> Floats:
    """Every fourth id has the same vector."""
    return AXES[ids % 4]


def no_vectors(ids: Ints) -> Floats:
    raise AssertionError(f"vectors of {ids} were asked for")


def written(
    folder: Path,
    old: Path | None = None,
    *,
    added: Ints | None = None,
    removed: Ints | None = None,
    vectors: Callable[[Ints], Floats] = of_axes,
    compact: bool = False,
) -> SegmentVectors:
    """The state made of `old` in `folder`."""
    write_vectors(
        folder,
        4,
        old=old,
        added=ints() if added is None else added,
        removed=ints() if removed is None else removed,
        vectors=vectors,
        compact=compact,
    )
    return SegmentVectors.load(folder)


def test_an_empty_state_finds_nothing(tmp_path: Path) -> None:
    engine = written(tmp_path / "1")
    scores, ids = engine.search(AXES, 3)
    assert scores.shape == ids.shape == (4, 0)
    assert (len(engine), engine.ids().tolist(), engine.problems()) == (0, [], [])


def test_each_state_has_what_was_added_without_what_was_removed(tmp_path: Path) -> None:
    written(tmp_path / "1", added=ints(1, 2, 5))
    written(tmp_path / "2", tmp_path / "1", added=ints(6, 9), removed=ints(2, 77))
    engine = written(tmp_path / "3", tmp_path / "2", added=ints(12), removed=ints(9))
    assert engine.ids().tolist() == [1, 5, 6, 12]
    assert engine.search(AXES[1:2], 2)[1].tolist() == [[1, 5]]
    assert engine.problems() == []


def test_an_open_state_stays_when_its_files_are_gone(tmp_path: Path) -> None:
    engine = written(tmp_path / "1", added=ints(1, 2, 3))
    for file in (tmp_path / "1").iterdir():
        file.unlink()
    assert engine.search(AXES[2:3], 1)[1].tolist() == [[2]]


def test_a_state_is_made_of_the_files_of_the_one_before(tmp_path: Path) -> None:
    """What is added is asked for alone, and no file that was there is written again."""
    written(tmp_path / "1", added=np.arange(1, 101))
    written(tmp_path / "2", tmp_path / "1", added=ints(200), vectors=lambda ids: AXES[: len(ids)])
    old = {file.name: file.stat().st_ino for file in (tmp_path / "1").glob("0*")}
    new = {file.name: file.stat().st_ino for file in (tmp_path / "2").glob("0*")}
    assert old.items() < new.items()
    assert sum((tmp_path / "2" / name).stat().st_size for name in new.keys() - old.keys()) == 24


def test_files_are_copied_where_they_cannot_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", no_links)
    written(tmp_path / "1", added=np.arange(1, 101))
    engine = written(tmp_path / "2", tmp_path / "1", removed=ints(1))
    assert (len(engine), engine.problems()) == (99, [])


def test_removed_ids_are_dropped_once_more_than_a_quarter_is_gone(tmp_path: Path) -> None:
    written(tmp_path / "1", added=np.arange(100))
    written(tmp_path / "2", tmp_path / "1", removed=np.arange(25))
    assert rows_on_disk(tmp_path / "2") == 100
    engine = written(tmp_path / "3", tmp_path / "2", removed=ints(70))
    assert rows_on_disk(tmp_path / "3") == 74
    assert engine.ids().tolist() == [*range(25, 70), *range(71, 100)]


def test_a_state_without_vectors_has_no_files_but_its_manifest(tmp_path: Path) -> None:
    written(tmp_path / "1", added=ints(1, 2))
    assert len(written(tmp_path / "2", tmp_path / "1", removed=ints(1, 2))) == 0
    assert [file.name for file in (tmp_path / "2").iterdir()] == ["manifest.json"]


def rows_on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.rows")) // (4 * 4)


def test_holds_compares_one_vector(tmp_path: Path) -> None:
    written(tmp_path / "1", added=ints(4, 5))
    engine = written(tmp_path / "2", tmp_path / "1", removed=ints(5))
    assert engine.holds(4, AXES[0], 1e-5)
    assert not engine.holds(4, AXES[1], 1e-5)
    assert not engine.holds(5, AXES[1], 1e-5)
    assert not engine.holds(6, AXES[2], 1e-5)


# -- refused


@pytest.mark.parametrize("added", [ints(7, 6), ints(3, 3), ints(2)])
def test_ids_that_do_not_ascend_are_refused(added: Ints, tmp_path: Path) -> None:
    written(tmp_path / "1", added=ints(1, 2))
    with pytest.raises(ValueError, match="not ascending"):
        written(tmp_path / "2", tmp_path / "1", added=added)


def test_vectors_of_another_size_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "1", added=ints(1, 2))
    with pytest.raises(ValueError, match=r"shape \(1, 3\), not \(1, 4\)"):
        written(tmp_path / "2", tmp_path / "1", added=ints(3), vectors=lambda ids: AXES[:1, :3])
    with pytest.raises(ValueError, match="4 dimensions, not 5"):
        write_vectors(
            tmp_path / "2", 5, old=tmp_path / "1", added=ints(), removed=ints(), vectors=of_axes
        )


def test_a_state_that_failed_leaves_no_folder(tmp_path: Path) -> None:
    written(tmp_path / "1", added=ints(1, 2))
    with pytest.raises(AssertionError):
        written(tmp_path / "2", tmp_path / "1", added=ints(3), vectors=no_vectors)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    written(tmp_path / "1", added=ints(1, 2))
    with pytest.raises(FileExistsError):
        written(tmp_path / "1", added=ints(3))
    assert SegmentVectors.load(tmp_path / "1").ids().tolist() == [1, 2]


def test_a_folder_whose_writing_was_cut_off_is_damaged(tmp_path: Path) -> None:
    """The manifest is written last."""
    written(tmp_path / "1", added=ints(1, 2))
    (tmp_path / "1" / "manifest.json").unlink()
    with pytest.raises(IndexDamagedError, match=r"vectors in '.*' are damaged .*: run 'quoth rep"):
        SegmentVectors.load(tmp_path / "1")


def files_of_a_state() -> list[str]:
    """Of `a_state`: two segments, the first with codes, and an id that is gone."""
    return [
        "000001.codes-0",
        "000001.ids",
        "000001.rows",
        "000002.ids",
        "000002.rows",
        "000003.removed",
        "manifest.json",
    ]


@pytest.fixture
def a_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(planning, "EXACT", 50)
    written(tmp_path / "1", added=np.arange(100))
    written(tmp_path / "2", tmp_path / "1", added=np.arange(200, 210), removed=ints(3))
    assert sorted(file.name for file in (tmp_path / "2").iterdir()) == files_of_a_state()
    return tmp_path / "2"


@pytest.mark.parametrize("name", files_of_a_state())
@pytest.mark.parametrize("damage", ["missing", "shorter", "longer", "first", "middle", "last"])
def test_a_damaged_file_is_refused(name: str, damage: str, a_state: Path) -> None:
    path, data = a_state / name, (a_state / name).read_bytes()
    path.unlink()  # what others link to stays
    place = {"first": 0, "middle": len(data) // 2, "last": len(data) - 1}.get(damage)
    if place is not None:
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    elif damage != "missing":
        path.write_bytes(data[:-1] if damage == "shorter" else data + b"x")
    with pytest.raises(IndexDamagedError, match="damaged"):
        SegmentVectors.load(a_state)


def test_what_a_short_look_misses_is_a_problem(
    a_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long file only the start is compared when it is opened."""
    monkeypatch.setattr("quoth.vectors.files.QUICK_BYTES", 64)
    write_vectors(
        a_state.parent / "3", 4, old=None, added=np.arange(9), removed=ints(), vectors=of_axes
    )
    path = a_state.parent / "3" / "000001.rows"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"\x01")
    engine = SegmentVectors.load(a_state.parent / "3")
    assert "000001.rows was changed" in engine.problems()


def test_an_intact_state_has_no_problems(a_state: Path) -> None:
    assert SegmentVectors.load(a_state).problems() == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_os_error() -> None:
    with pytest.raises(OSError, match="No space left"), NewFile(Path("/dev/full"), "wb") as file:
        file.write(bytes(1 << 20))
