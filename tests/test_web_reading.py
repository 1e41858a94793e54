"""Reading beside the answers: from quote to quote, pages of PDFs, links to places, comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import article_files as files
import pytest
from playwright.sync_api import Page, expect
from web_pages import (
    FRESH,
    MARK_IS_IN_THE_PANE,
    QUESTION,
    Picture,
    Visit,
    ask,
    barriers,
    chosen_text,
    no_loops,
    one_line,
    served,
)
from web_sources import FOLLOW_UP, SourcesAnswerer, sources_index

import quoth

pytest_plugins = ("web_fixtures",)

BOX_IS_IN_THE_PANE = MARK_IS_IN_THE_PANE.replace("mark.chosen", ".mark.chosen")
SLEPT = "Who had not slept?"


@pytest.fixture(scope="module")
def voyage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The app over a PDF: its address, and the file."""
    folder = tmp_path_factory.mktemp("pdf")
    path = folder / "voyage.pdf"
    path.write_bytes(files.pdf(pages=3))
    quoth.Index.build([path], folder / "index").close()
    with served(folder / "index", "--reader", "none") as address:
        yield address, path


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over three articles with an answerer that compares them: its address."""
    from quoth.web import looks
    from quoth.web.app import create_app
    from quoth.web.listening import listening

    with sources_index(tmp_path_factory.mktemp("sources")) as index, no_loops():
        answerer = SourcesAnswerer(index)
        app = create_app(index, answerer=answerer, examples=["When was the bridge opened?"])
        with listening("127.0.0.1", 0) as place:  # Gradio closes no socket of a port that is taken
            port = place.getsockname()[1]
        _, address, _ = app.launch(
            server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True,
            ssr_mode=False, theme=looks.theme(), head=looks.head(), footer_links=[],
        )  # fmt: skip
        yield address
        app.close(verbose=False)


def current(page: Page) -> str:
    """The rank of the chosen card."""
    return str(page.locator('.choose[aria-current="true"]').get_attribute("data-rank"))


def test_keys_lead_from_one_quote_of_the_answer_to_the_next(visit: Visit) -> None:
    page = visit()
    ask(page, QUESTION)
    page.keyboard.press("n")
    expect(page.get_by_label("Question", exact=True)).to_have_value("n")
    page.locator(".choose").first.focus()
    total = page.locator(".newest .choose").count()
    for key, rank in [("n", 2), ("n", 1 if total == 2 else 3), ("p", 2), ("p", 1), ("p", total)]:
        page.keyboard.press(key)
        assert current(page) == str(rank)
        expect(page.locator("mark.chosen").first).to_have_attribute(
            "data-ranks", re.compile(rf"\b{rank}\b")
        )
        expect(page.locator(".count")).to_have_text(f"Quote {rank} of {total}")
        expect(page.locator("#told")).to_contain_text(f"Quote {rank} of {total}, ")
    page.wait_for_function(MARK_IS_IN_THE_PANE)
    page.get_by_role("button", name="Next quote").click()
    assert current(page) == "1"


def test_a_link_opens_the_app_at_the_quote(visit: Visit, picture: Picture) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    text = one_line(str(page.locator("blockquote").first.text_content()))
    page.locator("[data-link]").first.click()
    expect(page.locator("[data-link]").first).to_contain_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert set(parse_qs(urlsplit(link).query)) == {"article", "start", "end"}
    opened = visit(link, wait_for="mark.chosen")
    assert chosen_text(opened) == text
    opened.wait_for_function(MARK_IS_IN_THE_PANE)
    picture(opened)


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("article=nope.txt&start=1&end=2", "No article 'nope.txt' in the index"),
        ("article=trams.txt&start=1&end=999999", "The link leads to characters 1–999999 of"),
        ("start=1&end=2", "The link names no article: copy it again."),
        ("article=trams.txt&start=<b>&end=2", "The link's place '<b>' is no number of characters"),
    ],
)
def test_a_link_that_leads_nowhere_is_told_in_one_line(
    visit: Visit, app: str, query: str, line: str
) -> None:
    page = visit(f"{app}?{query}")
    expect(page.get_by_role("alert")).to_contain_text(line)
    expect(page.locator(".pane.empty")).to_have_count(1)


def test_a_pdf_is_shown_as_pages_with_the_quote_in_a_box(
    visit: Visit, voyage: tuple[str, Path], picture: Picture
) -> None:
    page = visit(voyage[0])
    ask(page, SLEPT)
    number = re.search(r"page (\d)", page.locator(".label").first.inner_text())
    assert number is not None
    drawn = page.get_by_role("img", name=f"Page {number[1]} of 3, the quote in a box")
    expect(drawn).to_be_visible()
    page.wait_for_function(BOX_IS_IN_THE_PANE)
    assert page.evaluate("document.querySelector('.pages img').naturalWidth") > 1000
    assert barriers(page) == []
    picture(page)
    page.get_by_role("button", name=re.compile("^(Next|Previous) page")).first.click()
    expect(page.get_by_role("img")).to_have_attribute("alt", re.compile(f"Page [^{number[1]}] of"))
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator("mark.chosen").first).to_be_visible()
    assert chosen_text(page) == one_line(str(page.locator("blockquote").first.text_content()))


def test_of_a_pdf_that_has_changed_the_text_is_shown(
    visit: Visit, voyage: tuple[str, Path]
) -> None:
    address, path = voyage
    before = path.read_bytes()
    path.write_bytes(files.pdf(pages=1))
    page = visit(address)
    ask(page, SLEPT)
    expect(page.locator(".remark")).to_have_text(
        "Its pages are not shown, because its file has changed or cannot be drawn. "
        "This is its text."
    )
    expect(page.locator("mark.chosen").first).to_be_visible()
    path.write_bytes(before)


def test_sources_are_compared_side_by_side(visit: Visit, bridge: str, picture: Picture) -> None:
    page = visit(bridge)
    page.get_by_label("Compare sources").check()
    ask(page, "When was the bridge opened?")
    expect(page.locator(".voice h3")).to_have_text(["Gazette", "Herald", "Almanac <b>"])
    tops = [box["y"] for voice in page.locator(".voice").all() if (box := voice.bounding_box())]
    assert len(set(tops)) == 1
    expect(page.locator(".voice").first.locator(".differs")).to_have_text(["not", "14 May"])
    expect(page.locator(".voice").last).to_contain_text("says nothing on this")
    assert barriers(page) == []
    picture(page)
    page.locator(".choose").nth(1).click()
    expect(page.locator(".pane")).to_have_attribute("data-shown", "herald")
    assert chosen_text(page) == "The bridge opened on 12 May 1911."
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.locator(".pane")).to_be_hidden()
    page.get_by_label("Compare sources").uncheck()
    expect(page.locator(".newest .quotes .card")).to_have_count(2)
    expect(page.locator(".voices")).to_have_count(0)


def test_what_sources_really_say_is_compared_and_followed_up(
    visit: Visit, tmp_path: Path, picture: Picture
) -> None:
    """With quoth's own reader: nothing in this is made up but the news."""
    news = {
        "morning": "Morning Paper\n\nSome 120 people drowned when the ferry sank, officials said.",
        "evening": "Evening Post\n\nSome 310 people drowned when the ferry sank, rescuers said.",
        "cookery": "Cookery\n\nStir the sauce over a low flame until it thickens.",
    }
    for name, text in news.items():
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
    paths = [tmp_path / f"{name}.txt" for name in news]
    quoth.Index.build(paths, tmp_path / "index").close()
    with served(tmp_path / "index") as address:
        page = visit(address)
        page.get_by_label("Compare sources").check()
        ask(page, "How many people drowned when the ferry sank?")
        expect(page.locator(".voice")).to_have_count(3)
        differs = page.locator(".voice .differs").all_inner_texts()
        assert sorted(differs) == ["120", "310"]
        expect(page.locator(".voice").last).to_contain_text("says nothing on this")
        picture(page)
        page.get_by_label("Compare sources").uncheck()
        ask(page, "Who said that?")
        expect(page.locator(".understood .searched")).to_contain_text("people drowned")
        page.close()


def test_a_follow_up_shows_what_was_understood_and_can_be_put_right(
    visit: Visit, bridge: str, picture: Picture
) -> None:
    page = visit(bridge)
    ask(page, "When was the bridge opened?")
    ask(page, FOLLOW_UP)
    understood = f"What did the bridge cost? ({FOLLOW_UP})"
    expect(page.locator(".understood .searched")).to_have_text(understood)
    earlier = page.locator(".earlier summary")
    expect(earlier).to_contain_text("When was the bridge opened?")
    picture(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    field = page.get_by_label("Ask this instead")
    expect(field).to_be_focused()
    expect(field).to_have_value(understood)
    field.fill("What did it cost in 1911?")
    before = page.evaluate(FRESH)
    page.keyboard.press("Enter")
    page.wait_for_function(f"before => {FRESH} !== before", arg=before)
    expect(page.locator("h2.asked")).to_have_text("What did it cost in 1911?")
    expect(page.locator("h2.asked")).to_be_focused()
    expect(page.locator(".understood")).to_have_count(0)
    expect(earlier).to_have_count(1)
    earlier.click()
    page.locator(".earlier .choose").nth(1).click()
    expect(page.locator(".pane")).to_have_attribute("data-turn", "1")
    assert chosen_text(page) == "The bridge did not open before 14 May 1911."
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.get_by_label("Question", exact=True)).to_be_focused()


def test_until_there_is_an_answer_the_page_says_that_it_searches(visit: Visit, bridge: str) -> None:
    page = visit(bridge)
    page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => window.seen.push("
        "[document.querySelector('#status').innerText.trim(),"
        " document.querySelectorAll('blockquote').length]))"
        ".observe(document.querySelector('#asking'), {subtree: true, childList: true}); }"
    )
    ask(page, "When was the bridge opened?")
    expect(page.get_by_role("status").first).to_contain_text("2 quotes from 2 articles")
    seen = page.evaluate("window.seen")
    assert ["Searching 3 articles …", 0] in seen
    counts = [number for _, number in seen]
    assert counts == sorted(counts), "no quote is taken back"
