"""Small article files of every format, made by other people's libraries or written by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

from quoth.articles.loaders import load_pdf
from quoth.articles.options import ReadOptions
from quoth.records import Article

PROSE = "The captain of the Northern Star had not slept. The wind came from the west."
MORE = "Nobody spoke until the bell rang for breakfast. Then all of them spoke at once."
LAST = "The harbour of Bergen was full of fish. The market opened at six."

HTML = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The Voyage | Ship News</title>
<meta name="author" content="Jane Doe"><link rel="canonical" href="https://example.org/voyage">
<meta property="article:published_time" content="2024-05-17T08:00:00+00:00">
<script>var hidden = 1;</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/about">About us</a></li></ul></nav>
<article><h1>The Voyage</h1><p>{PROSE}</p><p>{MORE} {LAST}</p><h2>What they carried</h2>
<p>{LAST} {MORE}</p>
<ul><li>tea from the east of India</li><li>salt for the fishermen of Bergen</li></ul>
<table><tr><th>Ship</th><th>Crew</th></tr><tr><td>Northern Star</td><td>23</td></tr></table>
<p>{PROSE} {LAST}</p></article><footer>Copyright 2024 Ship News</footer></body></html>
""".encode()


def zipped(files: dict[str, bytes], *, stored: str = "") -> bytes:
    """A zip archive; the file called `stored` comes as it is, first."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            kind = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, kind)
    return written.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def docx() -> bytes:
    """By python-docx."""
    from datetime import datetime

    from docx import Document

    document = Document()
    document.core_properties.title = "The Voyage"
    document.core_properties.author = "Jane Doe"
    document.core_properties.created = datetime(2024, 5, 17, 8)
    document.add_heading("The Voyage", 0)
    paragraph = document.add_paragraph("The captain of the ")
    paragraph.add_run("Northern").bold = True
    paragraph.add_run(" Star had not slept. The wind came from the west.")
    document.add_heading("What they carried", 2)
    for item in ("tea from the east", "salt for the fishermen"):
        document.add_paragraph(item, style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("Ship", "Crew"), ("Northern Star", "23")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph(LAST)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def odt() -> bytes:
    """By odfdo."""
    from datetime import datetime

    from odfdo import Document, Header, List, Paragraph, Table

    document = Document("text")
    document.meta.title = "The Voyage"
    document.meta.initial_creator = "Jane Doe"
    document.meta.creation_date = datetime(2024, 5, 17, 8)
    body = document.body
    body.clear()
    body.append(Header(1, "The Voyage"))
    body.append(Paragraph(PROSE))
    body.append(Header(2, "What they carried"))
    body.append(List(["tea from the east", "salt for the fishermen"]))
    table = Table("ships", width=2, height=2)
    table.set_values([["Ship", "Crew"], ["Northern Star", "23"]])
    body.append(table)
    body.append(Paragraph(LAST))
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


CONTAINER = b"""<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>"""
PACKAGE = b"""<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Voyage</dc:title>
<dc:creator>Jane Doe</dc:creator><dc:creator>John Roe</dc:creator><dc:date>2024-05</dc:date>
<dc:identifier id="id">https://example.org/voyage</dc:identifier></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/chapter%202.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/chapter1.xhtml" media-type="application/xhtml+xml"/>
<item id="lost" href="lost.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/><itemref idref="lost"/>
</spine></package>"""


def chapter(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
        f"<body>{body}</body></html>"
    ).encode()


def book(first: bytes = b"") -> bytes:
    one = first or chapter(f'<h1>Departure</h1><a id="x"/><p>{PROSE}</p>')
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": PACKAGE,
            "OEBPS/nav.xhtml": chapter("<ol><li>Departure</li><li>Arrival</li></ol>"),
            "OEBPS/text/chapter1.xhtml": one,
            "OEBPS/text/chapter 2.xhtml": chapter(f"<h1>Arrival</h1><p>{LAST}</p>"),
        },
        stored="mimetype",
    )


RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Helvetica;}{\f1\fnil\fcharset204 Arial;}}
{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}}{\colortbl;\red0\green0\blue0;}
{\info{\title The Voyage}{\author Jane Doe}{\creatim\yr2024\mo5\dy17\hr8}}
{\header Ship News}
\pard\s1 The Voyage\par
\pard The captain of the {\b Northern} Star had not slept.{\footnote A note on sleep.} The wind
 came from the west.\par
\pard\s0\ls1{\listtext\'95\tab}tea for 5 \'80 \endash  caf\'e9\par
{\listtext\'95\tab}\u1042?\f1\'ee\'e4\'e0\f0\par
\trowd\cellx1000\cellx2000\pard\intbl Ship\cell Crew\cell\row
\pard\intbl Northern Star\cell 23\cell\row
\pard \u-10179?\u-8704? The end\line of it.\par}"""


def eml(*, html: bool = False) -> bytes:
    message = EmailMessage()
    message["Subject"] = "The Voyage: Übersicht"
    message["From"] = "Jane Doe <jane@example.org>"
    message["To"] = "John Roe <john@example.org>"
    message["Date"] = "Fri, 17 May 2024 23:30:00 -0500"
    if html:
        message.set_content(f"<h1>The Voyage</h1><p>{PROSE}</p>", subtype="html")
    else:
        message.set_content(f"{PROSE}\n\nÄpfel und {MORE}\n")
        message.add_alternative(f"<p>{LAST}</p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="a.pdf")
    return message.as_bytes()


CSV = (
    "id;Title;text;author;date;url\r\n"
    f'v1;The Voyage;"{PROSE}\r\n\r\n{MORE}";Jane Doe;2024-05-17;https://example.org/voyage\r\n'
    f"v2;;{LAST};;;\r\n"
).encode()


def pdf(
    *, columns: int = 1, pages: int = 2, password: str = "", turned: int = 0, packed: bool = True
) -> bytes:
    """By reportlab: a title, headings, paragraphs, running heads and page numbers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    encrypt = StandardEncryption(password) if password else None
    canvas = Canvas(
        written, pagesize=A4, invariant=True, encrypt=encrypt, pageCompression=int(packed)
    )
    canvas.setTitle("The Voyage")
    canvas.setAuthor("Jane Doe")
    for number in range(1, pages + 1):
        canvas.setPageRotation(turned)
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 810, f"Ship News {number}")
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(60, 770, f"Chapter {number}")
        canvas.setFont("Helvetica", 10)
        _columns(canvas, columns, number)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def pdf_article(path: Path, *, pages: int = 3) -> Article:
    """The article of such a PDF, written to `path`."""
    path.write_bytes(pdf(pages=pages))
    with path.open("rb") as file:
        (read,) = load_pdf(file, path.name, ReadOptions())
    return replace(read, path=str(path))


COLUMN = (
    "The captain of the ship had not slept,",
    "for the wind had come from the west.",
    "Nobody spoke until the morning bell.",
    "Then all of them spoke about inter-",
    "national markets, and of the fish.",
    "The harbour of Bergen was not far.",
)


def _columns(canvas: object, columns: int, number: int) -> None:
    """Line by line over all columns, as some programs write them."""
    for at, line in enumerate(COLUMN):
        for column in range(columns):
            draw = canvas.drawString  # type: ignore[attr-defined]
            draw(60 + 260 * column, 740 - 12 * at, line.replace("The ", f"{number}.{column} The "))


def scan() -> bytes:
    """A page with a picture and no text."""
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    canvas = Canvas(written, invariant=True)
    canvas.rect(50, 50, 200, 200, fill=1)
    canvas.showPage()
    canvas.save()
    return written.getvalue()


VALID: dict[str, Callable[[], bytes]] = {
    ".txt": lambda: f"The Voyage\n\n{PROSE}\n".encode(),
    ".md": lambda: f"---\ntitle: The Voyage\nauthor: Jane Doe\n---\n\n{PROSE}\n".encode(),
    ".html": lambda: HTML,
    ".xhtml": lambda: chapter(f"<h1>The Voyage</h1><p>{PROSE}</p>"),
    ".pdf": pdf,
    ".docx": docx,
    ".odt": odt,
    ".epub": book,
    ".rtf": lambda: RTF,
    ".eml": eml,
    ".csv": lambda: CSV,
    ".jsonl": lambda: b'{"_id": "v1", "title": "The Voyage", "text": "' + PROSE.encode() + b'"}\n',
}
"""Suffix → a file of that format that can be read."""
