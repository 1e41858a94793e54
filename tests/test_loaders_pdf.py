"""PDF: reading order, paragraphs, running heads, pages, boxes and pictures of them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import article_files as files
import pytest
from PIL import Image

from quoth.articles.loaders import load_pdf
from quoth.articles.options import ReadOptions
from quoth.articles.pdf_pages import page_picture, span_boxes
from quoth.errors import ArticleError
from quoth.records import Article, Metadata

BODY = (
    "{0} captain of the ship had not slept, for the wind had come from the west. Nobody spoke "
    "until the morning bell. Then all of them spoke about international markets, and of the fish. "
    "{0} harbour of Bergen was not far."
)


def load(data: bytes) -> Article:
    (article,) = load_pdf(io.BytesIO(data), "a.pdf", ReadOptions())
    return article


def saved(path: Path, data: bytes) -> Article:
    path.write_bytes(data)
    return replace(load(data), path=str(path))


def shape(article: Article) -> list[tuple[str, str]]:
    return [(b.kind, article.text[b.start : b.end]) for b in article.blocks]


def drawn(*lines: tuple[float, float, str], size: float = 10) -> bytes:
    """A page with each text at its place, from the left and the bottom in points."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4, invariant=True)
    canvas.setFont("Helvetica", size)
    for left, bottom, text in lines:
        canvas.drawString(left, bottom, text)
    canvas.showPage()
    canvas.save()
    return written.getvalue()


# --- Text ---


def test_lines_are_joined_and_running_heads_left_out() -> None:
    article = load(files.pdf(pages=4))
    assert shape(article) == [
        pair
        for n in range(1, 5)
        for pair in (("heading", f"Chapter {n}"), ("paragraph", BODY.format(f"{n}.0 The")))
    ]
    assert article.title == "The Voyage"
    assert article.metadata.author == "Jane Doe"


def test_lines_that_run_over_two_columns_are_read_column_by_column() -> None:
    data = files.pdf(columns=2, pages=1)
    texts = [text for _, text in shape(load(data))]
    assert texts[-2:] == [BODY.format("1.0 The"), BODY.format("1.1 The")]


def test_short_cells_beside_one_another_are_rows_of_a_table() -> None:
    cells = [(60 + 200 * x, 700 - 14 * y, f"cell {x}.{y}") for y in range(6) for x in range(2)]
    assert shape(load(drawn(*cells))) == [("row", f"cell 0.{y} | cell 1.{y}") for y in range(6)]


def test_a_hyphen_stays_where_the_word_is_written_with_it() -> None:
    lines = ("It was a well-known ship of the north, and well-", "known in the south. The infor-")
    lines += ("mation came from one who was anti-", "British, as it seemed.")
    data = drawn(*((60, 700 - 12 * at, line) for at, line in enumerate(lines)))
    assert load(data).text == (
        "It was a well-known ship of the north, and well-known in the south. "
        "The information came from one who was anti-British, as it seemed."
    )


def test_items_and_paragraphs() -> None:
    lines = (
        (60, 700, "The ship carried many goods from the far east:"),
        (60, 682, "• tea from the east of India and from"),
        (70, 670, "the hills of Ceylon"),
        (60, 658, "• salt for the fishermen"),
        (60, 634, "It was a long voyage."),
        (72, 622, "Indented, this is another paragraph, as it is"),
        (60, 610, "in books."),
    )
    assert shape(load(drawn(*lines))) == [
        ("paragraph", "The ship carried many goods from the far east:"),
        ("item", "tea from the east of India and from the hills of Ceylon"),
        ("item", "salt for the fishermen"),
        ("paragraph", "It was a long voyage."),
        ("paragraph", "Indented, this is another paragraph, as it is in books."),
    ]


def test_a_sentence_goes_on_over_the_end_of_a_page() -> None:
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    canvas = Canvas(written, invariant=True)
    for line in ("The captain of the ship had not slept, for", "the wind had come from the west."):
        canvas.drawString(60, 400, line)
        canvas.showPage()
    canvas.save()
    article = load(written.getvalue())
    whole = "The captain of the ship had not slept, for the wind had come from the west."
    assert shape(article) == [("paragraph", whole)]
    assert article.metadata.pages == (0, whole.index("the wind"))
    assert [article.metadata.page(place) for place in (0, 40, 43, 70)] == [1, 1, 2, 2]


def test_pages_without_text_begin_where_the_next_does() -> None:
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    canvas = Canvas(written, invariant=True)
    for line in ("", "One.", "", "Two."):
        canvas.drawString(60, 400, line)
        canvas.showPage()
    canvas.save()
    article = load(written.getvalue())
    assert (article.text, article.metadata.pages) == ("One.\n\nTwo.", (0, 0, 6, 6))
    assert (article.metadata.page(0), article.metadata.page(7)) == (2, 4)


def test_properties_that_say_nothing_are_not_used() -> None:
    article = load(drawn((60, 700, "One.")))
    assert (article.title, article.metadata) == ("A", Metadata("", "2000-01-01", "", (0,)))


# --- Boxes ---


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_box_holds_the_ink_of_its_words(tmp_path: Path, turned: int) -> None:
    """A picture with the boxes painted white has no ink left of the only line."""
    article = saved(tmp_path / "a.pdf", _one_line(turned))
    (found,) = span_boxes(article, 0, len(article.text))
    assert (found.page, len(found.boxes)) == (1, 1)
    picture = Image.open(io.BytesIO(page_picture(article.path, 1))).convert("L")
    assert picture.size == pytest.approx((found.width * 2, found.height * 2), abs=2)
    assert picture.getextrema()[0] < 100
    left, bottom, right, top = found.boxes[0]
    edges = (left, found.height - top, right, found.height - bottom)
    place = tuple(round(edge * 2) + step for edge, step in zip(edges, (-2, -2, 2, 2), strict=True))
    picture.paste(255, place)
    assert picture.getextrema()[0] > 200


def _one_line(turned: int) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(300, 200), invariant=True)
    canvas.setPageRotation(turned)
    canvas.drawString(40, 150, "The gray ship sailed quickly.")
    canvas.showPage()
    canvas.save()
    return written.getvalue()


def test_boxes_are_one_for_each_line_on_each_page(tmp_path: Path) -> None:
    article = saved(tmp_path / "a.pdf", files.pdf(pages=4))
    start = article.text.index("Nobody spoke")
    end = article.text.index("harbour", article.text.index("Chapter 2")) + len("harbour")
    first, second = span_boxes(article, start, end)
    assert (first.page, second.page) == (1, 2)
    assert (len(first.boxes), len(second.boxes)) == (4, 7)
    assert (first.width, first.height) == pytest.approx((595.3, 841.9), abs=0.1)
    lefts = [box.left for box in first.boxes]
    assert lefts == pytest.approx([60] * 4, abs=1.5)
    tops = [box.top for box in first.boxes]
    assert tops == sorted(tops, reverse=True)


def test_a_word_is_where_it_was_drawn(tmp_path: Path) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    article = saved(tmp_path / "a.pdf", drawn((60, 700, "The gray ship sailed.")))
    start = article.text.index("ship")
    ((box,),) = (found.boxes for found in span_boxes(article, start, start + 4))
    assert box.left == pytest.approx(60 + stringWidth("The gray ", "Helvetica", 10), abs=1)
    assert box.right == pytest.approx(60 + stringWidth("The gray ship", "Helvetica", 10), abs=1)
    assert (box.bottom, box.top) == pytest.approx((697.8, 707.8), abs=0.1)


def test_a_span_between_lines_has_no_boxes(tmp_path: Path) -> None:
    article = saved(tmp_path / "a.pdf", files.pdf(pages=1))
    place = article.text.index("\n\n")
    assert span_boxes(article, place, place + 2) == ()


def test_a_file_that_has_changed_has_no_boxes(tmp_path: Path) -> None:
    article = saved(tmp_path / "a.pdf", files.pdf(pages=1))
    (tmp_path / "a.pdf").write_bytes(files.pdf(pages=2))
    with pytest.raises(ArticleError, match=r"a\.pdf' has changed since it was read: add it again$"):
        span_boxes(article, 0, 5)
    (tmp_path / "a.pdf").unlink()
    with pytest.raises(ArticleError, match=r"^cannot read '.*a\.pdf'"):
        span_boxes(article, 0, 5)


def test_a_picture_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(files.pdf(pages=1))
    with pytest.raises(ArticleError, match=r"a\.pdf' has no page 2: it has 1$"):
        page_picture(path, 2)
    with pytest.raises(
        ArticleError, match=r"^page 1 of 595 × 842 points at scale 100 has over 40,"
    ):
        page_picture(path, 1, scale=100)
