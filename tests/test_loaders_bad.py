"""Loaders: what is said of files that cannot be read."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile

import article_files as files
import pytest

from quoth.articles.loaders import LOADERS
from quoth.articles.loaders.zipped import MAX_ENTRIES, MAX_UNPACKED
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError


def load(data: bytes, suffix: str, **options: object) -> None:
    given = ReadOptions(**options)  # type: ignore[arg-type]
    list(LOADERS[suffix](io.BytesIO(data), f"a{suffix}", given))


def refusal(data: bytes, suffix: str, **options: object) -> str:
    """What loading `data` fails with: one line, in less than a second or two."""
    started = time.perf_counter()
    with pytest.raises(ArticleError) as caught:
        load(data, suffix, **options)
    assert time.perf_counter() - started < 3
    assert "\n" not in str(caught.value)
    return str(caught.value)


PDF = files.pdf()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("data", "suffix", "said"),
    [
        (files.HTML, ".pdf", "it is a web page, not a .pdf: rename it"),
        (b"Only text.", ".pdf", "it is no PDF file, not a .pdf: rename it"),
        (PDF, ".html", "it is a PDF file, not a web page: rename it"),
        (PDF, ".docx", "it is a PDF file, not a .docx: rename it"),
        (b"Only text.", ".epub", "it is no zip archive, not a .epub: rename it"),
        (
            OLE,
            ".docx",
            "it is an encrypted or old Office file, not a .docx: save it without a password",
        ),
        (PDF, ".eml", "it is a PDF file, not an e-mail: rename it"),
        (b"Only text.", ".eml", "it has no From, Date or Subject: it is no e-mail"),
        (files.HTML, ".rtf", "it is a web page, not an .rtf: rename it"),
        (PDF, ".csv", "it is a PDF file, not text: rename it"),
        (files.docx(), ".odt", "it has no 'content.xml': it is damaged, save it again"),
        (
            files.odt(),
            ".docx",
            "it has no 'word/document.xml': it is damaged, save it again",
        ),
        (
            files.odt(),
            ".epub",
            "it has no 'META-INF/container.xml': it is damaged, save it again",
        ),
        (files.docx(), ".txt", "it is a zip archive, not text: rename it"),
        (PDF, ".md", "it is a PDF file, not text: rename it"),
        (b"\x00\x01\x02" * 99, ".html", "it is binary, not text: convert it to text first"),
    ],
)
def test_a_mislabelled_file_is_told_what_it_is(data: bytes, suffix: str, said: str) -> None:
    assert refusal(data, suffix) == said


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".epub", ".pdf"])
def test_a_truncated_file(suffix: str) -> None:
    data = files.VALID[suffix]()
    assert refusal(data[: len(data) // 3], suffix).startswith("it is a damaged or truncated ")


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".epub", ".pdf", ".rtf", ".eml", ".csv"])
def test_an_empty_file(suffix: str) -> None:
    assert refusal(b"", suffix)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".xhtml"])
def test_an_empty_text_is_an_article_without_text(suffix: str) -> None:
    (article,) = LOADERS[suffix](io.BytesIO(b""), f"a{suffix}", ReadOptions())
    assert (article.text, article.blocks) == ("", ())


# --- PDF ---


def test_an_encrypted_pdf() -> None:
    said = "it is encrypted: save it without a password"
    assert refusal(files.pdf(password="secret"), ".pdf") == said


def test_a_pdf_without_text() -> None:
    said = "no text in its only page: a scan needs text recognition (OCR) first"
    assert refusal(files.scan(), ".pdf") == said


def test_a_pdf_of_too_many_pages() -> None:
    assert refusal(files.pdf(pages=4), ".pdf", max_pages=3) == (
        "it has 4 pages, more than 3: split it"
    )


# --- Archives ---


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked() -> None:
    inside = files.unzipped(files.docx())
    bomb = files.zipped({**inside, "word/media/a.bin": bytes(20 * 2**20)})
    assert refusal(bomb, ".docx") == "'word/media/a.bin' in it unpacks to over 200 times its size"


def test_an_archive_that_says_it_unpacks_to_too_much() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("word/document.xml", b"<a/>")
        archive.filelist[0].file_size = MAX_UNPACKED + 1
        archive.filelist[0].compress_size = MAX_UNPACKED
    assert refusal(written.getvalue(), ".docx") == (
        "it unpacks to 256 MiB, more than 256 MiB: split it"
    )


def test_an_archive_that_says_it_is_small_is_not_believed() -> None:
    """What is read of an entry ends where the archive's directory says it does."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * 10**7 + b"</a>")
        archive.filelist[0].file_size = 100
    assert "word/document.xml' in it" in refusal(written.getvalue(), ".docx")


def test_an_archive_of_too_many_files() -> None:
    many = files.zipped({f"{n}": b"" for n in range(MAX_ENTRIES + 1)})
    assert refusal(many, ".odt") == "it holds 10,001 files, more than 10,000"


def test_names_that_lead_out_of_an_archive_are_not_there() -> None:
    leading_out = files.zipped({"../word/document.xml": b"<a/>", "/word/document.xml": b"<a/>"})
    assert refusal(leading_out, ".docx").startswith("it has no 'word/document.xml'")


def test_an_archive_in_an_archive_is_not_opened() -> None:
    nested = files.zipped({"word/document.xml": files.docx()})
    assert refusal(nested, ".docx").startswith("it is not XML ('word/document.xml' in it) that can")


def test_an_encrypted_archive() -> None:
    data = bytearray(files.zipped({"word/document.xml": b"<a/>"}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data), ".docx") == "it is encrypted: save it without a password"


def test_an_encrypted_opendocument() -> None:
    manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>"
    data = files.zipped({**files.unzipped(files.odt()), "META-INF/manifest.xml": manifest})
    assert refusal(data, ".odt") == "it is encrypted: save it without a password"


def test_a_book_with_protected_chapters() -> None:
    encryption = (
        b"<encryption><EncryptedData><CipherData>"
        b'<CipherReference URI="OEBPS/text/chapter1.xhtml"/>'
        b"</CipherData></EncryptedData></encryption>"
    )
    data = files.zipped({**files.unzipped(files.book()), "META-INF/encryption.xml": encryption})
    assert refusal(data, ".epub") == (
        "it is encrypted (DRM): only a copy without protection can be read"
    )


def test_a_book_without_chapters() -> None:
    inside = files.unzipped(files.book())
    less = {name: data for name, data in inside.items() if "chapter" not in name}
    assert (
        refusal(files.zipped(less), ".epub") == "it has no chapters: it is damaged, save it again"
    )


# --- Entities ---

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [LAUGHS, OUTSIDE], ids=["bomb", "outside"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_never_declared(declared: str, encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{declared}<a>&l9;</a>'
    data = files.zipped({"word/document.xml": xml.encode(encoding)})
    said = refusal(data, ".docx")
    assert "declares entities" in said or "entity amplification" in said


def test_entities_of_a_page_are_not_expanded() -> None:
    page = f'{LAUGHS}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>A &l9; B</p></body></html>'
    (article,) = LOADERS[".xhtml"](io.BytesIO(page.encode()), "a.xhtml", ReadOptions())
    assert "ha" not in article.text
    assert len(article.text) < 1000


# --- Depth ---


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".html", b"<div>" * 20_000 + b"deep"),
        (".html", b"<table><tr><td>" * 3_000 + b"deep"),
        (".html", b"<ul><li>" * 5_000 + b"deep"),
        (".eml", b"Subject: x\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 9_000),
        (".eml", b"Subject: x\n" + b"Content-Type: message/rfc822\n\n" * 3_000),
        (".rtf", b"{\\rtf1 " + b"{" * 900 + b"deep" + b"}" * 901),
        (".md", b"> " * 3_000 + b"| a |\n|-|\n" * 9_000),
        (".jsonl", b'{"_id": ' + b"[" * 50_000),
    ],
)
def test_what_is_nested_deep_is_read_or_refused_in_seconds(suffix: str, data: bytes) -> None:
    started = time.perf_counter()
    with contextlib.suppress(ArticleError):
        load(data, suffix)
    assert time.perf_counter() - started < 10


def test_a_page_nested_too_deep() -> None:
    said = "its elements are nested too deep to read: save it as simpler HTML"
    assert refusal(b"<div>" * 5_000 + b"deep", ".html") == said


def test_rich_text_nested_too_deep() -> None:
    assert refusal(b"{\\rtf1 " + b"{" * 1_000, ".rtf") == (
        "its groups are nested over 1,000 deep: save it again"
    )
