"""What holds for the page whatever is on it: every width, light and dark, any input device."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from web_pages import (
    HOSTILE,
    NARROW,
    NOWHERE,
    QUESTION,
    WIDE,
    Picture,
    Visit,
    ask,
    barriers,
    card_texts,
    choose_another_article,
    chosen_text,
)

pytest_plugins = ("web_fixtures",)

MARK_IS_ON_THE_SCREEN = """() => {
  const mark = document.querySelector("mark.chosen").getBoundingClientRect();
  return mark.top >= 0 && mark.bottom <= innerHeight;
}"""
FAINT = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = (element) => {
    const [r, g, b, a = 1] = numbers(getComputedStyle(element).backgroundColor);
    return a === 1 || !element.parentElement ? [r, g, b] : ground(element.parentElement);
  };
  const own = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("#page *")]
    .filter((element) => own(element) && element.checkVisibility())
    .map((element) => {
      const pair = [numbers(getComputedStyle(element).color), ground(element)].map(light);
      const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
      return [ratio, element.className, element.textContent.slice(0, 30)];
    })
    .filter(([ratio]) => ratio < 4.5);
}"""
"""Texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3)."""


def is_sideways(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_the_whole_article_is_shown(visit: Visit, articles: Path) -> None:
    page = visit()
    for path in sorted(articles.glob("*.txt")):
        page.locator(f'#answer [data-source="{path.name}"]').click()
        expect(page.locator(".pane")).to_have_attribute("data-shown", path.name)
        assert page.locator(".pane .text").text_content() == path.read_text("utf-8")


def test_everything_can_be_done_with_the_keyboard(visit: Visit, picture: Picture) -> None:
    page = visit()
    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    cards = page.locator(".choose")
    expect(cards.first).to_be_visible()
    for key, number in (("Enter", 0), ("Space", 1)):
        while not cards.nth(number).evaluate("card => card === document.activeElement"):
            page.keyboard.press("Tab")
        outline = cards.nth(number).evaluate(
            "card => getComputedStyle(card.closest('.card')).outlineWidth"
        )
        assert outline == "3px"
        page.keyboard.press(key)
        expect(cards.nth(number)).to_have_attribute("aria-current", "true")
        expect(page.locator(f'mark.chosen[data-ranks~="{number + 1}"]').first).to_be_visible()
    picture(page)


def test_every_part_has_a_name_and_a_role(visit: Visit) -> None:
    page = visit()
    ask(page, QUESTION)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("search")).to_be_visible()
    expect(page.get_by_role("complementary", name="Article: ")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("quoth")
    name = page.locator(".choose").first.get_attribute("aria-label")
    assert str(name).startswith("Quote 1 of ")
    expect(page.get_by_role("button", name=str(name), exact=True)).to_be_visible()


def test_a_hostile_article_stays_text(visit: Visit) -> None:
    page = visit()
    page.locator('#answer [data-source="hostile.txt"]').click()
    expect(page.locator(".pane")).to_have_attribute("data-shown", "hostile.txt")
    assert page.locator(".pane .text").text_content() == HOSTILE
    ask(page, "How many passengers does a gondola carry up the mountain?")
    expect(page.locator("blockquote").first).to_contain_text("<script>window.hacked = 1</script>")
    assert page.locator("#page").locator("script, img, b, i").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_hostile_question_stays_text(visit: Visit) -> None:
    page = visit()
    ask(page, '</p><u onclick="quokka()">zebrafish</u>')
    expect(page.locator(".none + p")).to_contain_text("“zebrafish”")
    expect(page.locator("#page u")).to_have_count(0)


def test_a_narrow_page_goes_to_the_quote_and_back(visit: Visit, picture: Picture) -> None:
    page = visit(viewport=NARROW)
    assert not is_sideways(page)
    ask(page, QUESTION)
    assert page.evaluate("scrollY") == 0, "the answer is to be read first"
    assert not is_sideways(page)
    picture(page)
    page.locator(".choose").nth(1).click()
    page.wait_for_function(MARK_IS_ON_THE_SCREEN)
    assert chosen_text(page) == card_texts(page)[1]
    assert not is_sideways(page)
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_in_viewport()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.locator(".choose").nth(1)).to_be_focused()
    expect(page.locator(".choose").nth(1)).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 959, 960, 2560])
def test_no_width_scrolls_sideways(visit: Visit, width: int, picture: Picture) -> None:
    page = visit(viewport={"width": width, "height": 900})
    ask(page, QUESTION)
    choose_another_article(page)
    assert not is_sideways(page)
    picture(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(
    visit: Visit, scheme: str, picture: Picture
) -> None:
    page = visit(color_scheme=scheme)
    assert page.evaluate(FAINT) == []
    ask(page, QUESTION)
    assert page.evaluate(FAINT) == []
    picture(page)
    ask(page, NOWHERE)
    assert page.evaluate(FAINT) == []


@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", WIDE), ("dark", NARROW)], ids=["light", "dark, narrow"]
)
def test_axe_finds_nothing(visit: Visit, scheme: str, viewport: dict[str, int]) -> None:
    page = visit(color_scheme=scheme, viewport=viewport)
    assert barriers(page) == []
    ask(page, QUESTION)
    ask(page, "And for Iran?")
    page.locator(".earlier summary").click()
    page.get_by_role("button", name="Edit", exact=True).click()
    assert barriers(page) == []
    ask(page, NOWHERE)
    assert barriers(page) == []


def test_the_whole_page_is_small(visit: Visit) -> None:
    """So that it is there in an instant, also over a slow line."""
    page = visit()
    size = page.evaluate(
        "() => performance.getEntries().reduce((sum, one) => sum + (one.encodedBodySize ?? 0), 0)"
    )
    assert 50_000 < size < 1_000_000


def test_an_answer_moves_neither_the_question_nor_the_article(visit: Visit) -> None:
    page = visit()
    boxes = [page.locator("#ask").bounding_box(), page.locator(".pane").bounding_box()]
    top = page.locator("#answer").bounding_box()
    ask(page, QUESTION)
    assert [page.locator("#ask").bounding_box(), page.locator(".pane").bounding_box()] == boxes
    assert top is not None
    assert page.locator("#answer").bounding_box() is not None
    assert page.locator("#answer").bounding_box()["y"] == top["y"]  # type: ignore[index]


def test_the_article_stays_beside_the_answer_while_that_scrolls(visit: Visit) -> None:
    page = visit(viewport={"width": 1000, "height": 600})
    ask(page, QUESTION)
    page.mouse.move(200, 400)
    page.mouse.wheel(0, 400)
    page.wait_for_function("scrollY > 300")
    expect(page.locator(".pane header")).to_be_in_viewport(ratio=1)
    expect(page.locator("mark.chosen").first).to_be_in_viewport()
