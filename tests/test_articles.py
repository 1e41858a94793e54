"""Articles: what is read from files and folders, and what is said of those that cannot be."""

from __future__ import annotations

import hashlib
import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.articles import LOADERS, load_plain, read_articles, reread
from quoth.errors import ArticleError

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
        (str(folder / "pic.PNG"), "not one of .txt, .md, .markdown or .jsonl"),
        (str(folder / "questions.jsonl"), "a question set"),
        (str(folder / "out.txt"), "a link that leads out of the folder"),
    ]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "notes" / "a.txt")
    assert len(read_articles([tmp_path / "notes", path, str(path)]).articles) == 1


def test_one_path_may_stand_alone(tmp_path: Path) -> None:
    assert read_articles(str(write(tmp_path / "a.txt"))).articles[0].source == "a.txt"


CONTROLS = [chr(code) for code in [*range(9), *range(0x0E, 0x1C), 0x7F]]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters=CONTROLS)))
def test_text_comes_back_as_it_was_written(text: str) -> None:
    (article,) = load_plain(BytesIO(text.encode()), "a.txt", "utf-8")
    assert article.text == text.removeprefix("\ufeff")


# --- What cannot be read ---


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
    expected = "no articles in 'notes': expected .txt, .md, .markdown or .jsonl files"
    assert message(tmp_path / "notes") == expected
    write(tmp_path / "notes" / "a.txt", " \n")
    assert message(tmp_path / "notes") == f"{expected} (a.txt is empty)"


def test_a_named_file_of_another_format(tmp_path: Path) -> None:
    path = write(tmp_path / "a.docx")
    assert message(path) == "cannot read 'a.docx': expected .txt, .md, .markdown or .jsonl files"


def test_a_named_question_set(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", records({"id": "1", "question": "Who?"}))
    assert message(path) == (
        "cannot read 'q.jsonl': it holds questions, not articles: "
        'expected {"_id", "title", "text"}'
    )


def test_too_large_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "x" * (3 * 2**20))
    with pytest.raises(ArticleError, match=r"it has 3\.0 MiB, more than 2\.0: split it$"):
        read_articles([path], max_bytes=2 * 2**20)


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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt")
    path.chmod(0)
    assert message(path) == "cannot read 'a.txt': Permission denied"


def test_a_name_that_is_not_utf8_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    os.close(os.open(os.fsencode(tmp_path) + b"/b\xff.txt", os.O_CREAT))
    read = read_articles([tmp_path])
    assert read.skipped == [(str(tmp_path / "b?.txt"), "a name that is not utf-8")]


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


@pytest.mark.parametrize("content", [b"\xff", b"a\0"])
def test_reread_of_what_became_unreadable(tmp_path: Path, content: bytes) -> None:
    assert reread(str(write(tmp_path / "a.txt", content)), "a.txt") is None


@pytest.mark.parametrize("suffix", LOADERS)
def test_every_loader_gives_the_text_as_it_is(tmp_path: Path, suffix: str) -> None:
    """A record's text for corpora, the file's for the others."""
    content = records(record("1", TEXT)) if suffix == ".jsonl" else TEXT
    (article,) = read_articles([write(tmp_path / f"a{suffix}", content)]).articles
    assert article.text == TEXT
    assert article.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert all(article.text[b.start : b.end].strip() for b in article.blocks)
