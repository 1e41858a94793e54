"""What visitors do to the library: add, find, remove; and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_indexes import ARTICLES, build, opened, sources, write

from quoth import Answerer, Index
from quoth.errors import IndexBusyError, StorageError, UsageError
from quoth.locking import locked
from quoth.web import stock as stock_room
from quoth.web.intake import Result
from quoth.web.stock import Stock

LAMP = "Lamps\n\nA lantern stands at the harbour.\n"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with build(write(tmp_path / "articles"), tmp_path / "index") as index:
        yield index


@pytest.fixture
def stock(index: Index) -> Stock:
    return Stock(index)


def dropped(folder: Path, **files: str | bytes) -> list[Path]:
    """Files as Gradio leaves them: each in a folder of its own. `a__txt` is a.txt."""
    paths = []
    for name, content in files.items():
        path = folder / f"upload-{len(list(folder.glob('upload-*')))}" / name.replace("__", ".")
        path.parent.mkdir()
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    return paths


def corpus(**texts: str) -> str:
    """JSON lines, an article each."""
    records = [
        {"_id": name.replace("__", "."), "title": "", "text": text} for name, text in texts.items()
    ]
    return "".join(f"{json.dumps(one)}\n" for one in records)


def kept(stock: Stock) -> list[str]:
    return sorted(path.name for path in (stock.index.path / "uploads").iterdir())


def test_what_is_dropped_is_searched_at_once_and_stays_verified(
    stock: Stock, tmp_path: Path
) -> None:
    answerer = Answerer(stock.index, reader="none", threshold=0)
    files = dropped(tmp_path, lamps__txt=LAMP)
    assert stock.add_files(files) == [Result("lamps.txt", "added")]
    files[0].unlink()  # Gradio tidies up
    quote = answerer.ask("Where does the lantern stand?", source="lamps.txt").quotes[0]
    assert (quote.text, quote.check) == ("A lantern stands at the harbour.", "verified")
    assert kept(stock) == ["lamps.txt"]


def test_each_file_has_its_own_result(stock: Stock, tmp_path: Path) -> None:
    files = dropped(
        tmp_path, broken__pdf=b"%PDF-1.4 x", game__exe=b"MZ", empty__txt="", lamps__txt=LAMP,
        wheat__txt=ARTICLES["wheat.txt"],
    )  # fmt: skip
    told = stock.add_files(files)
    assert [(one.name, one.outcome) for one in told] == [
        ("broken.pdf", "failed"), ("game.exe", "failed"), ("empty.txt", "failed"),
        ("lamps.txt", "added"), ("wheat.txt", "unchanged"),
    ]  # fmt: skip
    assert told[0].says == "it is a damaged or truncated PDF file: save or fetch it again"
    assert told[1].says.startswith("expected .txt, .md")
    assert told[2].says == "empty"
    assert kept(stock) == ["lamps.txt"], "nothing is left of what was not added"


def test_a_lot_of_which_nothing_can_be_read_is_told_file_by_file(
    stock: Stock, tmp_path: Path
) -> None:
    told = stock.add_files(dropped(tmp_path, a__pdf=b"%PDF-1.4 x", b__docx=b"PK"))
    assert [(one.name, one.outcome, bool(one.says)) for one in told] == [
        ("a.pdf", "failed", True), ("b.docx", "failed", True),
    ]  # fmt: skip


def test_another_article_of_the_same_name_is_not_overwritten(stock: Stock, tmp_path: Path) -> None:
    files = dropped(tmp_path, drones__txt=LAMP)
    says = "as 'drones (2).txt', because there is another 'drones.txt'"
    assert stock.add_files(files) == [Result("drones.txt", "added", says)]
    assert stock.index.text("drones.txt") == ARTICLES["drones.txt"]
    assert stock.index.text("drones (2).txt") == LAMP
    assert stock.add_files(files) == [Result("drones.txt", "unchanged", says)]


def test_two_files_of_one_name_are_both_kept(stock: Stock, tmp_path: Path) -> None:
    told = stock.add_files(
        [*dropped(tmp_path, a__txt="One ferry."), *dropped(tmp_path, a__txt="Two.")]
    )
    assert [one.outcome for one in told] == ["added", "added"]
    assert kept(stock) == ["a (2).txt", "a.txt"]


def test_a_newer_file_replaces_an_uploaded_one_where_that_is_wanted(
    stock: Stock, tmp_path: Path
) -> None:
    stock.add_files(dropped(tmp_path, lamps__txt=LAMP))
    newer = dropped(tmp_path, lamps__txt="Lamps\n\nThe lantern is gone.\n")
    assert stock.add_files(newer, replace=True) == [Result("lamps.txt", "updated")]
    assert stock.index.text("lamps.txt") == "Lamps\n\nThe lantern is gone.\n"
    assert stock.index.check("lamps.txt") == "verified"


def test_a_file_that_cannot_be_read_does_not_replace_one_that_can(
    stock: Stock, tmp_path: Path
) -> None:
    stock.add_files(dropped(tmp_path, lamps__md=LAMP))
    for worse in (b"", b"\x00\x01\x02"):
        (told,) = stock.add_files(dropped(tmp_path, lamps__md=worse), replace=True)
        assert told.outcome == "failed"
        assert stock.index.text("lamps.md") == LAMP
        assert stock.index.check("lamps.md") == "verified"
    assert stock.index.verify() == []


def test_a_corpus_says_how_many_articles_it_brings_and_replaces(
    stock: Stock, tmp_path: Path
) -> None:
    lines = corpus(a="One ferry.", wheat__txt="No wheat.")
    (told,) = stock.add_files(dropped(tmp_path, c__jsonl=lines))
    assert told == Result("c.jsonl", "updated", "2 articles; 1 replaced articles of the same name")


def test_a_path_leads_nowhere_but_into_the_folder(stock: Stock, tmp_path: Path) -> None:
    (path,) = dropped(tmp_path, **{"..\\..\\x__txt": LAMP})
    assert stock.add_files([path]) == [Result("x.txt", "added")]
    assert kept(stock) == ["x.txt"]
    secret = write(tmp_path / "secret", {"s.txt": LAMP}) / "s.txt"
    link = tmp_path / "link.txt"
    link.symlink_to(secret)
    assert stock.add_files([link]) == [Result("link.txt", "failed", "this is not a file")]


def test_more_files_than_are_taken_at_once_are_refused(
    stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_room, "MOST_FILES", 1)
    with pytest.raises(UsageError, match=r"^2 files at once: at most 1 are taken"):
        stock.add_files(dropped(tmp_path, a__txt="A.", b__txt="B."))


def test_a_second_writer_is_told_who_holds_the_lock(
    stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.locking.SECONDS", 0.1)
    with (
        locked(stock.index.path, "quoth sync"),
        pytest.raises(IndexBusyError, match=r"^process \d+ \(quoth sync, since .*\) is writing"),
    ):
        stock.add_files(dropped(tmp_path, lamps__txt=LAMP))
    assert kept(stock) == [], "and nothing of the file is left"


def test_a_folder_that_cannot_be_written_is_told(stock: Stock, tmp_path: Path) -> None:
    (stock.index.path / "uploads").write_bytes(b"")
    with pytest.raises(StorageError, match=r"^cannot write the folder '.*uploads'"):
        stock.add_files(dropped(tmp_path, lamps__txt=LAMP))


def test_what_is_removed_takes_its_uploaded_file_with_it_and_no_other(
    stock: Stock, tmp_path: Path
) -> None:
    stock.add_files(dropped(tmp_path, lamps__txt=LAMP))
    stock.remove(["lamps.txt", "drones.txt"])
    assert sources(stock.index) == ["ferries.txt", "wheat.txt"]
    assert kept(stock) == []
    assert (tmp_path / "articles" / "drones.txt").exists()


def test_a_corpus_stays_until_its_last_article_is_removed(stock: Stock, tmp_path: Path) -> None:
    lines = corpus(a="One ferry.", b="No wheat.")
    stock.add_files(dropped(tmp_path, c__jsonl=lines))
    stock.remove(["a"])
    assert kept(stock) == ["c.jsonl"]
    stock.remove(["b"])
    assert kept(stock) == []


def test_an_unknown_source_removes_nothing(stock: Stock) -> None:
    with pytest.raises(UsageError, match=r"^no article 'x' in the index"):
        stock.remove(["drones.txt", "x"])
    assert len(sources(stock.index)) == 3


def test_a_library_that_may_only_be_read_is_not_written(index: Index, tmp_path: Path) -> None:
    stock = Stock(index, read_only=True)
    for work in (
        lambda: stock.add_files(dropped(tmp_path, lamps__txt=LAMP)),
        lambda: stock.add_address("https://example.org/"),
        lambda: stock.remove(["drones.txt"]),
    ):
        with pytest.raises(UsageError, match=r"^this library may only be read here"):
            work()
    assert sources(index) == sorted(ARTICLES)
    assert not (index.path / "uploads").exists()


def test_an_index_that_is_built_anew_can_have_the_uploads_again(
    stock: Stock, tmp_path: Path
) -> None:
    stock.add_files(dropped(tmp_path, lamps__txt=LAMP))
    stock.index.sync(tmp_path / "articles")
    assert "lamps.txt" in sources(stock.index), "what came from elsewhere stays"
    build(tmp_path / "articles", stock.index.path).close()
    with opened(stock.index.path) as again:
        again.add([stock.index.path / "uploads"])
        assert sources(again) == sorted([*ARTICLES, "lamps.txt"])
        assert again.check("lamps.txt") == "verified"
        assert again.verify() == []


def test_the_list_comes_in_pages(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_room, "ON_A_PAGE", 2)
    first, last = stock.listing(1), stock.listing(99)
    assert [one.source for one in first.articles] == ["drones.txt", "ferries.txt"]
    assert ([one.source for one in last.articles], last.number, last.pages, last.found) == (
        ["wheat.txt"], 2, 2, 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["drones.txt", "ferries.txt", "wheat.txt"]),
        (" WHEAT ", ["wheat.txt"]),
        ("Ferr", ["ferries.txt"]),
        (".txt", ["drones.txt", "ferries.txt", "wheat.txt"]),
        ("%", []),
        ("\udc80", []),
    ],
)
def test_articles_are_found_by_words_of_title_or_source(
    stock: Stock, words: str, found: list[str]
) -> None:
    shown = stock.listing(1, words)
    assert [one.source for one in shown.articles] == found
    assert shown.found == len(found)


def test_progress_is_told(stock: Stock, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    stock.add_files(dropped(tmp_path, lamps__txt=LAMP), progress=lambda *step: told.append(step))
    assert ("comparing", 1, 1) in told
    assert any(re.match("embedding", stage) for stage, _, _ in told)
