"""Loaders: text, title, metadata, blocks and pages of each format."""

from __future__ import annotations

import io
import json
import time

import article_files as files
import pytest
from article_files import LAST, MORE, PROSE

from quoth.articles.loaders import LOADERS, find_record
from quoth.articles.loaders.decoding import decode
from quoth.articles.loaders.html_tree import html_parts, html_tree
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article, Metadata

Shape = list[tuple[str, str]]


def load(data: bytes, suffix: str, **options: object) -> list[Article]:
    given = ReadOptions(**options)  # type: ignore[arg-type]
    return list(LOADERS[suffix](io.BytesIO(data), f"notes/a_file{suffix}", given))


def one(data: bytes, suffix: str, **options: object) -> Article:
    (article,) = load(data, suffix, **options)
    return article


def shape(article: Article) -> Shape:
    """(kind with its level, text) of each block."""
    return [
        (b.kind + (str(b.level) if b.level else ""), article.text[b.start : b.end])
        for b in article.blocks
    ]


VOYAGE: Shape = [
    ("heading1", "The Voyage"),
    ("paragraph", PROSE),
    ("heading2", "What they carried"),
    ("item", "tea from the east"),
    ("item", "salt for the fishermen"),
    ("row", "Ship | Crew"),
    ("row", "Northern Star | 23"),
    ("paragraph", LAST),
]
TEXT = (
    f"The Voyage\n\n{PROSE}\n\nWhat they carried\n\n- tea from the east\n- salt for the fishermen"
    f"\n\nShip | Crew\nNorthern Star | 23\n\n{LAST}"
)
JANE = Metadata("Jane Doe", "2024-05-17")


@pytest.mark.parametrize(("suffix", "make"), [(".docx", files.docx), (".odt", files.odt)])
def test_an_office_file(suffix: str, make: object) -> None:
    article = one(make(), suffix)  # type: ignore[operator]
    assert (article.title, article.metadata) == ("The Voyage", JANE)
    assert shape(article) == VOYAGE
    assert article.text == TEXT


@pytest.mark.parametrize("suffix", files.VALID)
def test_the_same_bytes_give_the_same_article(suffix: str) -> None:
    data = files.VALID[suffix]()
    assert load(data, suffix) == load(data, suffix)


def visible(body: str) -> Shape:
    """The shape of the first chapter of a book, where all that is visible is text."""
    return shape(one(files.book(files.chapter(body)), ".epub"))[:-2]


# --- Web pages ---


def test_the_main_text_of_a_page_without_its_navigation() -> None:
    article = one(files.HTML, ".html")
    assert article.title == "The Voyage"
    assert article.metadata == Metadata("Jane Doe", "2024-05-17", "https://example.org/voyage")
    assert shape(article) == [
        ("heading1", "The Voyage"),
        ("paragraph", PROSE),
        ("paragraph", f"{MORE} {LAST}"),
        ("heading2", "What they carried"),
        ("paragraph", f"{LAST} {MORE}"),
        ("item", "tea from the east of India"),
        ("item", "salt for the fishermen of Bergen"),
        ("row", "Ship | Crew"),
        ("row", "Northern Star | 23"),
        ("paragraph", f"{PROSE} {LAST}"),
    ]


def test_a_page_with_no_main_text_is_what_is_visible() -> None:
    page = b"<html><body><h2>Tides</h2><script>x</script><p>High at 6.</p><p hidden>No</p></body>"
    assert shape(one(page, ".html")) == [("heading2", "Tides"), ("paragraph", "High at 6.")]


def test_what_a_page_marks_as_its_main_part_is_not_lost() -> None:
    """Trafilatura takes a section called `menu` for the site's navigation."""
    article = one(_menu("<p>Dish {0} is cod with potatoes, day {0}.</p>"), ".html")
    assert shape(article)[0] == ("heading1", "Cod")
    assert shape(article)[-1] == ("paragraph", "Dish 99 is cod with potatoes, day 99.")
    assert "Home" not in article.text


@pytest.mark.parametrize(
    "dish", ["<p><a href=/{0}>Dish {0} is cod, day {0}</a></p>", "<p class=comment>I like {0}!</p>"]
)
def test_links_and_comments_are_no_main_part(dish: str) -> None:
    assert shape(one(_menu(dish), ".html"))[-1] == (
        "paragraph",
        f"{PROSE} Cod 19 came from the west.",
    )


def _menu(dish: str) -> bytes:
    """A page with twenty paragraphs, and a hundred dishes in a section called menu."""
    prose = "".join(f"<p>{PROSE} Cod {n} came from the west.</p>" for n in range(20))
    dishes = "".join(dish.format(n) for n in range(100))
    main = f"<h1>Cod<a class=headerlink>¶</a></h1><div>{prose}</div>"
    main += f"<section id=menu>{dishes}</section>"
    return f"<nav>Home</nav><main>{main}</main><footer>The end</footer>".encode()


def test_no_text_of_a_page_is_left_out_for_its_size_or_depth() -> None:
    long = "tea " * 2_700_000
    page = f"<p>One.</p><p>{long}</p>{'<div>' * 300}<p>Deep.</p>{'</div>' * 300}<p>Last.</p>"
    parts = html_parts(html_tree(page.encode(), ReadOptions()))
    assert [part.text.strip() for part in parts] == ["One.", long.strip(), "Deep.", "Last."]


def test_a_page_without_a_title_is_called_by_its_heading_or_its_name() -> None:
    assert one(b"<h1>Tides</h1><p>High at 6.</p>", ".html").title == "Tides"
    assert one(b"<p>High at 6.</p>", ".html").title == "A file"


@pytest.mark.parametrize(
    ("head", "encoding", "options"),
    [
        ('<meta charset="windows-1251">', "cp1251", {}),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r", {}),
        ('<?xml version="1.0" encoding="cp1251"?>', "cp1251", {}),
        ("", "utf-8", {"encoding": "cp1252"}),
        ("", "utf-16", {}),
        ("", "cp1251", {"encoding": "cp1251"}),
    ],
)
def test_the_encoding_of_a_page(head: str, encoding: str, options: dict[str, str]) -> None:
    page = f"{head}<p>Корабль вышел в море.</p>"
    bom = "\ufeff" if encoding == "utf-8" else ""
    article = one((bom + page).encode(encoding), ".html", **options)
    assert article.text == "Корабль вышел в море."


def test_latin1_is_what_browsers_take_it_for() -> None:
    page = b'<meta charset="iso-8859-1"><p>\x80 5 \x96 a ship\x92s tea</p>'
    assert one(page, ".html").text == "€ 5 – a ship’s tea"


def test_an_element_that_xhtml_closes_is_closed() -> None:
    page = files.chapter('<h1><a id="x"/>Tides</h1><p>High at 6.</p>')
    assert shape(one(page, ".xhtml")) == [("heading1", "Tides"), ("paragraph", "High at 6.")]


def test_what_stands_in_an_item_and_in_nested_ones() -> None:
    body = "<ul><li><p>one</p><p>more</p><ol><li>two</li></ol>three</li></ul><pre>a\n b</pre>"
    assert visible(body) == [
        ("item", "one"),
        ("paragraph", "more"),
        ("item", "two"),
        ("paragraph", "three"),
        ("code", "a\n b"),
    ]


def test_a_table_that_lays_out_a_page_is_no_table() -> None:
    body = "<table><tr><td><h1>Tides</h1><p>High at 6.</p></td><td><p>Low<br>at noon.</p></td></tr>"
    assert visible(body + "</table>") == [
        ("heading1", "Tides"),
        ("paragraph", "High at 6."),
        ("paragraph", "Low\nat noon."),
    ]


# --- Office files and books ---


def word(body: str) -> bytes:
    """A .docx with this body and no styles."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    xml = f"<w:document {space}><w:body>{body}</w:body></w:document>"
    return files.zipped({"word/document.xml": xml.encode()})


def test_what_was_deleted_in_word_is_left_out() -> None:
    body = "<w:p><w:r><w:t>Six</w:t></w:r><w:del><w:r><w:delText> or ten</w:delText></w:r></w:del>"
    assert one(word(body + "<w:ins><w:r><w:t> ships</w:t></w:r></w:ins></w:p>"), ".docx").text == (
        "Six ships"
    )


def test_a_text_box_stands_behind_the_sentence_it_is_anchored_in() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Boxed.</w:t></w:r></w:p></w:txbxContent>"
    body = f"<w:p><w:r><w:t>Six </w:t></w:r>{box}<w:r><w:t>ships.</w:t></w:r></w:p>"
    assert one(word(body), ".docx").text == "Six ships.\n\nBoxed."


def test_a_table_in_a_cell_is_in_the_row_of_that_cell() -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p>{}</w:tc>"
    inner = "<w:tbl><w:tr>" + cell.format("b", "") + cell.format("c", "") + "</w:tr></w:tbl>"
    row = cell.format("a", inner) + cell.format("d", "")
    assert shape(one(word(f"<w:tbl><w:tr>{row}</w:tr></w:tbl>"), ".docx")) == [("row", "a b c | d")]


def test_a_paragraph_with_its_own_outline_level_is_a_heading() -> None:
    body = '<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr><w:r><w:t>Tides</w:t></w:r></w:p>'
    assert shape(one(word(body), ".docx")) == [("heading3", "Tides")]


def test_an_opendocument_note_stands_behind_the_text() -> None:
    inside = files.unzipped(files.odt())
    note = (
        '<text:note text:id="n"><text:note-citation>1</text:note-citation><text:note-body>'
        "<text:p>A note.</text:p></text:note-body></text:note>"
    )
    content = inside["content.xml"].decode().replace("The captain", f"The{note}<text:s/>captain", 1)
    article = one(files.zipped({**inside, "content.xml": content.encode()}), ".odt")
    assert shape(article) == [*VOYAGE, ("paragraph", "A note.")]


def test_a_book_is_its_chapters_in_the_order_of_the_spine() -> None:
    article = one(files.book(), ".epub")
    assert article.title == "The Voyage"
    assert article.metadata == Metadata(
        "Jane Doe, John Roe", "2024-05", "https://example.org/voyage"
    )
    assert shape(article) == [
        ("heading1", "Departure"),
        ("paragraph", PROSE),
        ("heading1", "Arrival"),
        ("paragraph", LAST),
    ]


def test_rich_text_by_its_control_words() -> None:
    article = one(files.RTF, ".rtf")
    assert (article.title, article.metadata) == ("The Voyage", JANE)
    assert shape(article) == [
        ("heading1", "The Voyage"),
        ("paragraph", PROSE),
        ("item", "tea for 5 € – café"),
        ("item", "Вода"),
        ("row", "Ship | Crew"),
        ("row", "Northern Star | 23"),
        ("paragraph", "😀 The end\nof it."),
        ("paragraph", "A note on sleep."),
    ]


# --- Mail ---


def test_a_mail_is_its_plain_text() -> None:
    article = one(files.eml(), ".eml")
    assert article.title == "The Voyage: Übersicht"
    assert article.metadata == Metadata("Jane Doe <jane@example.org>", "2024-05-17")
    assert article.text == f"{PROSE}\n\nÄpfel und {MORE}\n"
    assert [kind for kind, _ in shape(article)] == ["paragraph", "paragraph"]


def test_a_mail_without_plain_text_is_its_html() -> None:
    article = one(files.eml(html=True), ".eml")
    assert shape(article) == [("heading1", "The Voyage"), ("paragraph", PROSE)]


def test_a_mail_that_names_no_character_set_is_decoded_like_a_text() -> None:
    mail = "Subject: Tea\n\n" + "Die Überfahrt währte länger als gedacht.\n" * 4
    assert one(mail.encode(), ".eml").text == mail.partition("\n\n")[2]
    assert one(mail.encode("cp1252"), ".eml", encoding="cp1252").text == mail.partition("\n\n")[2]


# --- Tables and corpora ---


def test_each_row_of_a_table_is_an_article() -> None:
    first, second = load(files.CSV, ".csv")
    assert (first.source, first.title) == ("notes/a_file.csv#v1", "The Voyage")
    assert first.text == f"{PROSE}\r\n\r\n{MORE}"
    assert first.metadata == Metadata("Jane Doe", "2024-05-17", "https://example.org/voyage")
    assert (second.source, second.title) == ("notes/a_file.csv#v2", "a_file.csv#v2")
    assert (second.text, second.metadata) == (LAST, Metadata())


def test_rows_without_an_id_are_numbered() -> None:
    table = b"\xef\xbb\xbfbody,name\none,\n\n,\nthree,Tea\n"
    rows = load(table, ".csv", text_column="body", title_column="name")
    assert [(row.source, row.title, row.text) for row in rows] == [
        ("notes/a_file.csv#1", "a_file.csv#1", "one"),
        ("notes/a_file.csv#3", "Tea", "three"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_the_encoding_of_a_table(encoding: str) -> None:
    rows = "".join(f"{n},Die Überfahrt währte länger als gedacht.\n" for n in range(9))
    assert len(load(f"id,text\n{rows}".encode(encoding), ".csv")) == 9
    article = load(f"id,text\n{rows}".encode(encoding), ".csv")[8]
    assert article.text == "Die Überfahrt währte länger als gedacht."


def test_a_large_cell_is_read_whole() -> None:
    assert one(b"text\n" + b"x" * 300_000, ".csv").text == "x" * 300_000


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("a,b\n1,2", "no column 'text': name one of 'a', 'b' by --text-column"),
        ("id,text\n1,x\n1,y", "rows 1 and 2 have the same id '1': give each row its own"),
        ("text\na\0b", "row 1 holds a NUL: it is binary, not text"),
        ("", "no column 'text': the first line names none"),
    ],
)
def test_a_table_that_cannot_be_read(table: str, said: str) -> None:
    with pytest.raises(ArticleError) as caught:
        load(table.encode(), ".csv")
    assert str(caught.value) == said


def test_a_named_title_column_has_to_be_there() -> None:
    with pytest.raises(ArticleError, match=r"^no column 'name': name one of 'text' by --title-col"):
        load(b"text\nx", ".csv", title_column="name")


def test_the_fields_of_a_corpus_may_be_named() -> None:
    record = {"id": 7, "body": PROSE, "name": "Tea", "author": ["A", "B"], "date": "2024-05-17T1"}
    record["url"] = "https://example.org/7"
    data = json.dumps(record).encode()
    article = one(data, ".jsonl", text_column="body", title_column="name")
    assert (article.source, article.title, article.text) == ("7", "Tea", PROSE)
    assert article.metadata == Metadata("A, B", "2024-05-17", "https://example.org/7")
    with pytest.raises(ArticleError, match=r"line 1: no 'lead': expected \{\"_id\", \"name\", \"l"):
        load(data, ".jsonl", text_column="lead", title_column="name")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_each_record_is_found_again_by_its_source(suffix: str) -> None:
    lines = "".join(
        json.dumps({"_id": f"n/{n}", "title": "T", "text": f"Text {n}."}) + "\n" for n in range(12)
    )
    data = files.CSV if suffix == ".csv" else lines.encode()
    for article in load(data, suffix):
        assert find_record(io.BytesIO(data), article.source) == article
    assert find_record(io.BytesIO(data), "notes/a_file.csv#v") is None


# --- Texts ---

GERMAN = "Die Überfahrt währte länger, als wir gedacht hätten. Sie hörte früh auf.\n" * 3
RUSSIAN = "Капитан корабля не спал всю ночь. Ветер дул с запада, и море было неспокойно.\n" * 3
ENGLISH = "The captain’s log – “we sailed at dawn” – was £5 at the café, or 9 m³ of tea.\n" * 3
POLISH = "Kapitan nie spał całą noc. Wiatr wiał z zachodu, a morze było niespokojne; żółć.\n" * 3
CHINESE = "船长一夜没睡。风从西边吹来，港口里满是鱼。市场六点开门。\n" * 3
JAPANESE = "船長は一晩中眠らなかった。西から風が吹いていた。港は魚でいっぱいだった。\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (ENGLISH, "cp1252"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (CHINESE, "gb18030"),
    ],
)
def test_the_encoding_of_a_text_is_detected(text: str, encoding: str) -> None:
    assert one(text.encode(encoding), ".txt").text == text
    assert one(("Ships.\n" * 50_000 + text).encode(encoding), ".md").text.endswith(text)


def test_no_encoding_is_detected_where_one_was_named_or_there_is_too_little() -> None:
    with pytest.raises(ArticleError, match=r"^byte 4 \(0xdc\) is not ascii: name the right"):
        load(GERMAN.encode("cp1252"), ".txt", encoding="ascii")
    with pytest.raises(ArticleError, match=r"^byte 0 \(0xdc\) is not utf-8: name the right"):
        load("Übel.".encode("cp1252"), ".txt")


def test_detection_takes_no_longer_for_a_long_line() -> None:
    started = time.process_time()
    data = b"x" * 10_000_000 + GERMAN.encode("cp1252")
    assert decode(data, ReadOptions()).endswith(GERMAN)
    assert time.process_time() - started < 2


def test_front_matter_is_metadata() -> None:
    text = (
        "---\ntitle: Tea\nauthor: Jane Doe\ndate: 2024-05-17\nurl: https://example.org/\n---\nTea."
    )
    article = one(text.encode(), ".md")
    assert article.title == "Tea"
    assert article.metadata == Metadata("Jane Doe", "2024-05-17", "https://example.org/")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2024-05-17T08:00:00Z", "2024-05-17"),
        ("2024-05", "2024-05"),
        ("1851", "1851"),
        ("2024-13-01", ""),
        ("17 May 2024", ""),
        ("20240517", ""),
    ],
)
def test_a_date_is_kept_in_iso_8601_or_not_at_all(said: str, kept: str) -> None:
    record = json.dumps({"_id": "1", "title": "T", "text": "x", "date": said})
    assert one(record.encode(), ".jsonl").metadata.date == kept


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc", "http://", "http://[", 7]
)
def test_only_addresses_of_the_web_are_kept(address: object) -> None:
    record = json.dumps({"_id": "1", "title": "T", "text": "x", "address": address})
    assert one(record.encode(), ".jsonl").metadata.address == ""
