"""Articles: what is read from files and folders, and what is said of those that cannot be."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from permissions import unix, unprivileged

from quoth.articles import (
    LOADERS,
    OWN_TEXT,
    FileReader,
    FoundFile,
    ReadOptions,
    find_files,
    load_plain,
    read_articles,
    reread,
)
from quoth.articles.finding import expected
from quoth.articles.opening import opened
from quoth.articles.options import MEGABYTE
from quoth.errors import ArticleError
from quoth.records import Article

TEXT = "A Title\nSome prose, in two sentences. This is the second."


def write(path: Path, content: str | bytes = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def records(*some: dict[str, object]) -> str:
    return "".join(json.dumps(one) + "\n" for one in some)


def record(name: str, text: str = "Some text.", title: str = "T") -> dict[str, object]:
    return {"_id": name, "title": title, "text": text}


def message(path: Path, encoding: str = "utf-8") -> str:
    """What reading `path` fails with, the folder of the test left out."""
    with pytest.raises(ArticleError) as caught:
        read_articles([path], encoding=encoding)
    said = str(caught.value)
    assert "\n" not in said
    return said.replace(f"{path.parent}{os.sep}", "")


# --- What is read ---


def test_the_seeds_byte_for_byte(seeds: Path) -> None:
    read = read_articles([seeds])
    files = sorted(seeds.glob("*.txt"))
    assert [one.source for one in read.articles] == [path.name for path in files]
    for article, path in zip(read.articles, files, strict=True):
        assert article.text.encode() == path.read_bytes()
        assert article.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert article.path == str(path.absolute())
    assert [one.title for one in read.articles] == [
        "Russia’s Dance with the Outcasts: The North Korea Pivot and the Shrinking Shadow of Power",
        "Russia & Kim Jong Un: What's Really Going On?",
        "North Korean whirlpool",
    ]


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.txt", TEXT, "A Title"),
        ("my_first-text.txt", "Only prose is here, and nothing else.", "My first text"),
        ("a.md", "---\ntitle: 'Of *Ships*'\n---\n# Other\n\nText.", "Of *Ships*"),
        ("a.md", "---\ntitle: 1984\n---\nText.", "1984"),
        (
            "a.md",
            "---\ntitle: [broken\n---\n# The **Bold** [One](http://x.org) `x`\n",
            "The Bold One x",
        ),
        ("b_c.markdown", "Text without a heading.", "B c"),
    ],
)
def test_the_title(tmp_path: Path, name: str, content: str, title: str) -> None:
    (article,) = read_articles([write(tmp_path / name, content)]).articles
    assert (article.title, article.text) == (title, content)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("\ufeffÄpfel.".encode(), "utf-8"),
        ("Äpfel.".encode("cp1252"), "cp1252"),
        ("Äpfel.".encode("utf-16"), "utf-8"),
        (b"\xfe\xff" + "Äpfel.".encode("utf-16-be"), "cp1252"),
    ],
)
def test_encodings_and_byte_order_marks(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = write(tmp_path / "a.txt", content)
    (article,) = read_articles([path], encoding=encoding).articles
    assert article.text == "Äpfel."


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    (article,) = read_articles([write(tmp_path / "a.txt", "One.\r\nTwo.\rThree.\n")]).articles
    assert article.text == "One.\r\nTwo.\rThree.\n"


def test_a_corpus(tmp_path: Path) -> None:
    path = write(
        tmp_path / "news.jsonl",
        "\ufeff"
        + records(record("n/1", TEXT), record("n/2", "Ünd", ""), record("n/3", " \n"))
        + "\n",
    )
    read = read_articles([path])
    assert [(a.source, a.title, a.text) for a in read.articles] == [
        ("n/1", "T", TEXT),
        ("n/2", "n/2", "Ünd"),
    ]
    assert {a.path for a in read.articles} == {str(path)}
    assert read.skipped == [(f"{path}: n/3", "empty")]


def test_a_folder_in_order_without_what_does_not_belong(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    for name in ("b.txt", "a/z.md", "a/b/c.txt", ".hidden.txt", ".git/x.txt", "drafts/d.txt"):
        write(folder / name)
    write(folder / "empty.txt", "")
    write(folder / "pic.PNG", b"\x89PNG")
    write(folder / "questions.jsonl", records({"id": "1", "question": "Who?"}))
    write(folder / "UPPER.TXT")
    write(folder / ".quothignore", "drafts/\n*.tmp\n")
    (folder / "out.txt").symlink_to(write(tmp_path / "outside.txt"))
    (folder / "inside.txt").symlink_to(folder / "b.txt")
    (folder / "loop").symlink_to(folder)
    read = read_articles([folder])
    assert [one.source for one in read.articles] == ["UPPER.TXT", "a/b/c.txt", "a/z.md", "b.txt"]
    assert read.skipped == [
        (str(folder / "empty.txt"), "empty"),
        (str(folder / "pic.PNG"), f"not one of {expected(LOADERS)}"),
        (str(folder / "questions.jsonl"), "a question set"),
        (str(folder / "loop"), "a link to a folder"),
        (str(folder / "out.txt"), "a link that leads out of the folder"),
    ]


def test_a_folder_is_walked_in_the_order_of_its_names_part_by_part(tmp_path: Path) -> None:
    """A folder stands where its name does, and a link behind all files."""
    for name in ("b.txt", "b/z.txt", "b/c/y.txt", "b/c.txt", "b-1.txt", "a.txt"):
        write(tmp_path / name)
    (tmp_path / "0.txt").symlink_to(tmp_path / "b-1.txt")
    (tmp_path / "1.txt").hardlink_to(tmp_path / "b-1.txt")
    found = [one.source for one in find_files([tmp_path], [])]
    assert found == ["1.txt", "a.txt", "b/c/y.txt", "b/c.txt", "b/z.txt", "b-1.txt", "b.txt"]
    assert found == sorted(found, key=lambda source: source.split("/"))


def test_files_are_found_as_they_are_asked_for(tmp_path: Path) -> None:
    for name in ("a.txt", "b/c.txt"):
        write(tmp_path / name)
    found = find_files([tmp_path], [])
    assert next(found).source == "a.txt"
    write(tmp_path / "b" / "late.txt")
    assert [one.source for one in found] == ["b/c.txt", "b/late.txt"]


def test_what_is_no_plain_file_is_left_out_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.txt"))
    (tmp_path / "self.txt").symlink_to("self.txt")
    (tmp_path / "gone.txt").symlink_to("nothing.txt")
    (tmp_path / "null.txt").symlink_to(os.devnull)
    write(tmp_path / "sub" / "folder.txt" / "b.txt")
    skipped: list[tuple[str, str]] = []
    found = [one.source for one in find_files([tmp_path], skipped)]
    assert found == ["a.txt", "sub/folder.txt/b.txt"]
    assert [(Path(path).name, reason) for path, reason in skipped] == [
        ("pipe.txt", "not a file"),
        ("socket.txt", "not a file"),
        ("gone.txt", "a link that leads nowhere"),
        ("null.txt", "a link that leads out of the folder"),
        ("self.txt", "a link that leads nowhere"),
    ]


def test_a_folder_that_vanishes_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    write(tmp_path / "b" / "c.txt")
    skipped: list[tuple[str, str]] = []
    found = find_files([tmp_path], skipped)
    next(found)
    shutil.rmtree(tmp_path / "b")
    assert list(found) == []
    reason = "a folder that cannot be read: No such file or directory"
    assert skipped == [(str(tmp_path / "b"), reason)]


def test_folders_may_lie_deep(tmp_path: Path) -> None:
    """As deep as the system's longest path, which is beyond Python's own recursion."""
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        Path("a.txt").write_text("Text.")
        os.chdir(tmp_path)
        assert [one.source for one in find_files(["."], [])] == ["d/" * 1500 + "a.txt"]
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "notes" / "a.txt")
    assert len(read_articles([tmp_path / "notes", path, str(path)]).articles) == 1


def test_one_path_may_stand_alone(tmp_path: Path) -> None:
    assert read_articles(str(write(tmp_path / "a.txt"))).articles[0].source == "a.txt"


CONTROLS = [chr(code) for code in [*range(9), *range(0x0E, 0x1C), 0x7F]]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters=CONTROLS)))
def test_text_comes_back_as_it_was_written(text: str) -> None:
    (article,) = load_plain(BytesIO(text.encode()), "a.txt", ReadOptions())
    assert article.text == text.removeprefix("\ufeff")


# --- What cannot be read ---


def failing(path: Path, options: ReadOptions = ReadOptions()) -> str:  # noqa: B008 (frozen)
    """What a FileReader says of the file at `path`."""
    with FileReader(options) as reader, pytest.raises(ArticleError) as caught:
        list(reader.read(FoundFile(path, path.name, named=True), []))
    return str(caught.value)


def test_a_bad_file_is_named_and_the_others_go_in(tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.txt", b"a\0b")
    corpus = write(tmp_path / "c.jsonl", records(record("1"), record("2")) + "{oops\n")
    write(tmp_path / "good.txt")
    read = read_articles([tmp_path])
    assert [one.source for one in read.articles] == ["good.txt"]
    (first, reason), (second, why) = read.failed
    assert (first, reason) == (str(bad), "it is binary, not text: convert it to text first")
    assert (second, why[:18]) == (str(corpus), "line 3: not JSON: ")
    assert read.skipped == []


def test_a_bad_file_by_its_path_is_read_like_any_other(tmp_path: Path) -> None:
    """The reason does not name the file: whoever reads it knows."""
    os.mkfifo(tmp_path / "pipe.txt")
    assert failing(tmp_path / "pipe.txt") == "it is not a file: only plain files are read"
    assert failing(Path(os.devnull)) == "it is not a file: only plain files are read"
    assert failing(tmp_path / "gone.txt") == "No such file or directory"
    assert failing(tmp_path) == "it is not a file: only plain files are read"
    said = failing(write(tmp_path / "a.exe"))
    assert said.startswith("its name ends in '.exe': expected .txt, ")


def read_while(path: Path, change: Callable[[], object]) -> bytes:
    """The file's bytes, with a change after the first."""
    with opened(path, MEGABYTE, MEGABYTE) as file:
        first = file.read(1)
        change()
        return first + file.read()


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    assert read_while(path, path.stat) == TEXT.encode()
    with pytest.raises(ArticleError, match=r"^it changed while it was read: read it again$"):
        read_while(path, lambda: os.utime(path, (1, 1)))
    with pytest.raises(
        ArticleError, match=r"^it grew beyond 1\.0 MiB while it was read: split it$"
    ):
        read_while(path, lambda: path.write_bytes(b"x" * (2 * MEGABYTE)))


def test_a_corpus_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", records(record("1")))
    options = ReadOptions(max_corpus_bytes=MEGABYTE, max_bytes=MEGABYTE)
    with FileReader(options) as reader:
        articles = reader.read(FoundFile(path, path.name, named=True), [])
        assert next(articles).source == "1"
        with path.open("a") as more:
            more.write(records(record("2")))
        with pytest.raises(ArticleError, match=r"^it changed while it was read: read it again$"):
            list(articles)


def test_a_line_without_an_end(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", b"x" * (3 * MEGABYTE))
    said = failing(path, ReadOptions(max_bytes=2 * MEGABYTE))
    assert said == "a line has more than 2.0 MiB: split it"


def test_a_corpus_may_be_larger_than_one_article(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", records(*(record(str(n), "x" * 300) for n in range(9))))
    read = read_articles([path], options=ReadOptions(max_bytes=1_000, max_corpus_bytes=10_000))
    assert len(read.articles) == 9
    said = failing(path, ReadOptions(max_bytes=1_000, max_corpus_bytes=1_000))
    assert said.startswith("it has 0.0 MiB, more than 0.0")


def test_a_large_text_has_its_time_and_a_small_one_is_read_here(tmp_path: Path) -> None:
    """Half a megabyte of short lines takes seconds, whatever the machine."""
    short = ReadOptions(max_seconds=0.05)
    path = write(tmp_path / "a.txt", "a\n" * 2**18)
    assert failing(path, short) == "reading it takes more than 0.05 seconds"
    write(path, TEXT)
    with FileReader(short) as reader:
        (article,) = reader.read(FoundFile(path, "a.txt", named=True), [])
    assert article.text == TEXT


def test_a_large_text_is_the_same_article_as_a_small_one_would_be(tmp_path: Path) -> None:
    text = "# Ships\n\nSie fährt weit. \U0001f6a2\n\n" * 10_000
    path = write(tmp_path / "a.md", text)
    (article,) = read_articles([path]).articles
    (expected,) = LOADERS[".md"](BytesIO(text.encode()), "a.md", ReadOptions())
    assert article == replace(expected, path=str(path))


def test_what_a_loader_did_not_foresee_is_a_reason_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[object]:
        raise IndexError("list index\nout of range")

    monkeypatch.setitem(LOADERS, ".txt", broken)  # type: ignore[arg-type]
    said = failing(write(tmp_path / "a.txt"))
    assert said == "its reader failed: IndexError: list index out of range"


def test_a_missing_path_and_what_is_like_it(tmp_path: Path) -> None:
    write(tmp_path / "notes.txt")
    assert (
        message(tmp_path / "note.txt") == "no file or folder 'note.txt': did you mean 'notes.txt'?"
    )
    assert message(tmp_path / "zzz") == "no file or folder 'zzz': check the path"


@pytest.mark.parametrize("name", ["", "\0", "x" * 5000])
def test_a_name_that_no_file_can_have(name: str) -> None:
    with pytest.raises(ArticleError, match=r"^no file or folder"):
        read_articles([name])


def test_undecodable_bytes_are_named_with_their_place(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"\xef\xbb\xbfab\xe4c")
    assert message(path) == (
        "cannot read 'a.txt': byte 5 (0xe4) is not utf-8: name the right encoding with --encoding"
    )


def test_an_unknown_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    said = "cannot read 'a.txt': '{}' is no text encoding: try utf-8 or cp1252"
    assert message(path, encoding="utf-9") == said.format("utf-9")
    assert message(path, encoding="hex") == said.format("hex")


@pytest.mark.parametrize("content", [b"a\0b", b"\x01\x02\x03 text"])
def test_binary_files(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "a.txt", content)
    assert message(path) == "cannot read 'a.txt': it is binary, not text: convert it to text first"


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    said = f"no articles in 'notes': expected {expected(LOADERS)} files"
    assert message(tmp_path / "notes") == said
    write(tmp_path / "notes" / "a.txt", " \n")
    assert message(tmp_path / "notes") == f"{said} (a.txt is empty)"


def test_a_named_file_of_another_format(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exe")
    assert message(path) == f"cannot read 'a.exe': expected {expected(LOADERS)} files"


def test_a_table_of_something_else_is_left_out_of_a_folder(tmp_path: Path) -> None:
    table = write(tmp_path / "notes" / "prices.csv", "item,price\nbread,2\n")
    write(tmp_path / "notes" / "a.txt")
    reason = "no column 'text': name one of 'item', 'price' by --text-column"
    read = read_articles([tmp_path / "notes"])
    assert (read.skipped, read.failed) == ([(str(table), reason)], [])
    assert message(table) == f"cannot read 'prices.csv': {reason}"


def test_a_named_question_set(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", records({"id": "1", "question": "Who?"}))
    assert message(path) == (
        "cannot read 'q.jsonl': it holds questions, not articles: "
        'expected {"_id", "title", "text"}'
    )


def test_too_large_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "x" * (3 * 2**20))
    with pytest.raises(ArticleError, match=r"it has 3\.0 MiB, more than 2\.0: split it$"):
        read_articles([path], options=ReadOptions(max_bytes=2 * 2**20))


def test_two_articles_of_one_source(tmp_path: Path) -> None:
    paths = [write(tmp_path / one / "a.txt") for one in ("x", "y")]
    with pytest.raises(ArticleError) as caught:
        read_articles(paths)
    assert str(caught.value) == (
        f"two articles have the source 'a.txt', in '{paths[0]}' and '{paths[1]}': "
        "rename one, or give the folder that holds both"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{oops}", "line 2: not JSON: Expecting property name"),
        ("[1]", 'line 2: not a JSON object: expected {"_id", "title", "text"}'),
        ('{"_id": "2", "title": "T"}', "line 2: no 'text': expected"),
        ('{"_id": 2, "title": "T", "text": ""}', "line 2: '_id' is not a string: 2"),
        ('{"_id": " ", "title": "T", "text": ""}', "line 2: '_id' is empty"),
        (json.dumps(record("1")), "lines 1 and 2 have the same _id '1': give each record its own"),
        (
            '{"_id": "2", "title": "T", "text": "\\ud800"}',
            "line 2: character 0 of the text is a lone",
        ),
        (
            '{"_id": "\\ud800", "title": "T", "text": "x"}',
            "line 2: character 0 of the source is a lone surrogate",
        ),
        (
            '{"_id": "2", "title": "T\\udfff", "text": "x"}',
            "line 2: character 1 of the title is a lone surrogate",
        ),
        ("[" * 100_000, "line 2: not JSON: "),
        ('{"_id": ' + "9" * 10_000 + "}", "line 2: not JSON: "),
    ],
)
def test_a_malformed_record_is_named_by_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = write(tmp_path / "c.jsonl", records(record("1")) + line + "\n")
    assert message(path).startswith(f"cannot read 'c.jsonl': {said}")


def test_a_title_in_front_matter_that_no_encoding_has(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", '---\ntitle: "Ships \\ud800"\n---\nText.')
    said = "cannot read 'a.md': character 6 of the title is a lone surrogate"
    assert message(path) == said


def test_a_record_that_is_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", b'\n{"_id": "\xe4"}\n')
    assert message(path) == (
        "cannot read 'c.jsonl': line 2: byte 9 of the line is not utf-8, as JSON is"
    )


@unix
def test_a_file_that_may_not_be_read() -> None:
    with TemporaryDirectory() as folder:  # tmp_path is its owner's alone
        Path(folder).chmod(0o755)
        path = write(Path(folder) / "a.txt")
        path.chmod(0)
        with unprivileged():
            assert message(path) == "cannot read 'a.txt': Permission denied"


def test_a_name_that_is_not_utf8_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    os.close(os.open(os.fsencode(tmp_path) + b"/b\xff.txt", os.O_CREAT))
    read = read_articles([tmp_path])
    assert read.skipped == [(str(tmp_path / "b?.txt"), "a name that is not utf-8")]


def articles_or_reason(path: Path) -> tuple[list[Article], str]:
    """What a file gives: its articles, or why there are none."""
    try:
        with FileReader() as reader:
            return list(reader.read(FoundFile(path, path.name, named=False), [])), ""
    except ArticleError as error:
        return [], str(error)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(sorted(OWN_TEXT & set(LOADERS))),
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
)
def test_any_bytes_are_articles_or_a_reason(suffix: str, data: bytes) -> None:
    """As a file of any format that is read here; the reason is one that was foreseen."""
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / f"a{suffix}", data)
        articles, said = articles_or_reason(path)
    assert not said.startswith("its reader failed")
    assert "\n" not in said
    for article in articles:
        assert article.text.strip()
        assert article.path == str(path)
        assert hashlib.sha256(article.text.encode()).hexdigest() == article.sha256


# --- Reading bytes ---


def test_bytes_are_read_as_a_file_of_that_format() -> None:
    with FileReader() as reader:
        article = reader.read_bytes(
            b"# Ships\n\nThey sail.", ".md", "x.org/a", address="http://x.org/a"
        )
    assert (article.source, article.title, article.path) == ("x.org/a", "Ships", "")
    assert article.text == "# Ships\n\nThey sail."
    assert article.metadata.address == "http://x.org/a"


@pytest.mark.parametrize(
    ("data", "suffix", "said"),
    [
        (b" \n", ".txt", "it holds no text"),
        (b"{}", ".jsonl", "a '.jsonl' file holds many articles: save it, and add the file"),
        (b"x", ".exe", "its name ends in '.exe': expected .txt, .md, "),
    ],
)
def test_bytes_that_are_no_article(data: bytes, suffix: str, said: str) -> None:
    with FileReader() as reader, pytest.raises(ArticleError) as caught:
        reader.read_bytes(data, suffix, "x")
    assert str(caught.value).startswith(said)


# --- Reading again ---


def test_reread_gives_the_article_as_it_is_now(tmp_path: Path) -> None:
    path = write(tmp_path / "notes" / "sub" / "a.txt")
    (article,) = read_articles([tmp_path / "notes"]).articles
    assert reread(article.path, "sub/a.txt") == article
    write(path, TEXT + " More.")
    again = reread(article.path, "sub/a.txt")
    assert again is not None
    assert again.text == TEXT + " More."
    path.unlink()
    assert reread(article.path, "sub/a.txt") is None


def test_reread_finds_a_record(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", records(*(record(f"é/{n}", f"Text {n}.") for n in range(9))))
    for article in read_articles([path]).articles:
        assert reread(article.path, article.source) == article
    assert reread(str(path), "é/9") is None


def test_several_threads_may_reread_what_is_read_in_another_process(tmp_path: Path) -> None:
    text = "Sie fährt weit.\n\n" * 20_000
    paths = [write(tmp_path / f"{number}.md", f"# Number {number}\n{text}") for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        again = list(threads.map(lambda path: reread(path, path.name), paths))
    assert [one.title for one in again if one] == [f"Number {number}" for number in range(4)]
    assert [one.text for one in again if one] == [path.read_text("utf-8") for path in paths]


@pytest.mark.parametrize("content", [b"\xff", b"a\0"])
def test_reread_of_what_became_unreadable(tmp_path: Path, content: bytes) -> None:
    assert reread(str(write(tmp_path / "a.txt", content)), "a.txt") is None


@pytest.mark.parametrize("suffix", [".txt", ".md", ".markdown", ".jsonl"])
def test_text_formats_give_the_text_as_it_is(tmp_path: Path, suffix: str) -> None:
    """A record's text for corpora, the file's for the others."""
    content = records(record("1", TEXT)) if suffix == ".jsonl" else TEXT
    (article,) = read_articles([write(tmp_path / f"a{suffix}", content)]).articles
    assert article.text == TEXT
    assert article.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert all(article.text[b.start : b.end].strip() for b in article.blocks)
