"""The app as its users meet it: a real server, asked by a real headless Chromium.

After each test it must be true that the page has asked nothing of another host and has written
no error to the console. Screenshots go to the folder that $SCREENSHOTS names, else to pytest's
temporary one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bcrypt
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import quoth

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

QUESTION = "Who supplies drones?"
NOWHERE = "How long does sourdough bread have to bake?"
HOSTILE = (
    "Gondolas and cable cars <b>bold</b>\n\n"
    "A gondola carries twelve passengers <script>window.hacked = 1</script> up the mountain.\n\n"
    '<img src="http://192.0.2.1/x.png" onerror="window.hacked = 2"> ![x](http://192.0.2.1/y.png)\n\n'
    "A name \u202eeman A\u202c, {{value}} ${value} &lt;i&gt; and </div></aside> stay as they are.\n"
)
TRAMS = (
    "Trams\n\nThe tram depot in Rowington was opened in 1911 by the mayor.\n\n"
    + "Rain fell on the hills and on the sea, and nothing else is told of it.\n\n" * 60
    + "In 1948 a second depot for trams was opened in Rowington, beside the old one.\n"
)
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 360, "height": 740}
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SWITCHES += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]

Visit = Callable[..., Page]
Picture = Callable[[Page], None]


@contextmanager
def served(index: Path, *options: str) -> Iterator[str]:
    """`quoth serve` on a free port: its address. It has to end quietly when interrupted."""
    command = [sys.executable, "-m", "quoth", "serve", "--index", str(index), "--port", "0"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"http://\S+/", line)
            if found is None:
                pytest.fail(f"the server did not start: {line}{process.communicate(timeout=30)[1]}")
            yield found.group()
        finally:
            process.send_signal(signal.SIGINT)
            try:
                _, complaints = process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert (process.returncode, complaints) == (130, "quoth: interrupted\n")


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    """The seeds with two more articles, in a folder that tests may change."""
    folder = tmp_path_factory.mktemp("articles")
    for path in seeds.iterdir():
        shutil.copy(path, folder)
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "hostile.txt").write_text(HOSTILE, "utf-8")
    (folder / "trams.txt").write_text(TRAMS, "utf-8")
    return folder


@pytest.fixture(scope="session")
def app(
    environment: dict[str, str], articles: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    index = tmp_path_factory.mktemp("web") / "index"
    quoth.Index.build([articles], index).close()
    with served(index) as address:
        yield address


@pytest.fixture(scope="session")
def browser(environment: dict[str, str], chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def visit(app: str, browser: Browser) -> Iterator[Visit]:
    """Opens the app for one more visitor: `visit(viewport=NARROW, color_scheme="dark")`."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def watched(page: Page, address: str) -> None:
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                complaints.append(f"asked for {request.url}")
                if not request.url.startswith((address, "data:", "blob:"))
                else None
            ),
        )

    def open_page(address: str = app, *, wait_for: str = ".welcome", **options: object) -> Page:
        context = browser.new_context(**{"viewport": WIDE} | options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        watched(page, address)
        page.goto(address)
        page.wait_for_selector(wait_for)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """Takes a screenshot under the test's name."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.getbasetemp() / "screenshots")
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))

    def take(page: Page) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return take


def ask(page: Page, question: str) -> None:
    """Types the question, presses Enter and waits until there is a new answer."""
    before = page.evaluate(FRESH)
    page.get_by_label("Question").fill(question)
    page.keyboard.press("Enter")
    page.wait_for_function(f"before => {FRESH} !== before", arg=before)


def chosen_text(page: Page) -> str:
    """The words marked as the chosen quote in the article."""
    return one_line("".join(page.locator("mark.chosen").all_text_contents()))


def one_line(text: str) -> str:
    return " ".join(text.split())


def card_texts(page: Page) -> list[str]:
    return [one_line(text) for text in page.locator("blockquote").all_text_contents()]


def is_sideways(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def choose_another_article(page: Page) -> int:
    """Chooses the first card of another article than the first card's; its number from 0."""
    sources = [card.get_attribute("data-source") for card in page.locator(".choose").all()]
    number = next(n for n, source in enumerate(sources) if source != sources[0])
    page.locator(".choose").nth(number).click()
    expect(page.locator(".pane")).to_have_attribute("data-shown", str(sources[number]))
    return number


FRESH = "document.querySelector('#answer [data-fresh]')?.dataset.fresh ?? ''"
MARK_IS_IN_THE_PANE = """() => {
  const mark = document.querySelector("mark.chosen").getBoundingClientRect();
  const text = document.querySelector(".pane").getBoundingClientRect();
  const header = document.querySelector(".pane header").getBoundingClientRect();
  return mark.top >= header.bottom && mark.bottom <= text.bottom;
}"""
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


def test_a_question_gives_the_articles_own_words_and_their_place(
    visit: Visit, articles: Path, picture: Picture
) -> None:
    page = visit()
    ask(page, QUESTION)
    card = page.locator(".choose").first
    source = str(card.get_attribute("data-source"))
    place = re.search(r"characters (\d+)–(\d+)", card.inner_text())
    assert place is not None
    text = (articles / source).read_text("utf-8")[int(place[1]) : int(place[2])]
    assert card.locator("blockquote").text_content() == text
    assert chosen_text(page) == one_line(text)
    assert page.evaluate(MARK_IS_IN_THE_PANE)
    assert page.evaluate("scrollY") == 0
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"\d quotes? from"))
    picture(page)


def test_a_quote_that_is_clicked_is_highlighted_in_its_article(
    visit: Visit, picture: Picture
) -> None:
    page = visit()
    ask(page, QUESTION)
    number = choose_another_article(page)
    assert chosen_text(page) == card_texts(page)[number]
    assert page.evaluate(MARK_IS_IN_THE_PANE)
    chosen = page.locator('.choose[aria-current="true"]')
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_attribute("data-rank", str(number + 1))
    picture(page)


def test_a_quote_of_the_article_shown_is_found_without_asking_the_server(visit: Visit) -> None:
    page = visit()
    ask(page, "When were the tram depots in Rowington opened?")
    same = page.locator('.choose[data-source="trams.txt"]')
    expect(same).to_have_count(2)
    page.context.set_offline(True)
    same.last.click()
    assert chosen_text(page) == one_line(str(same.last.locator("blockquote").text_content()))
    page.wait_for_function(MARK_IS_IN_THE_PANE)
    page.context.set_offline(False)


def test_the_whole_article_is_shown(visit: Visit, articles: Path) -> None:
    page = visit()
    for path in sorted(articles.glob("*.txt")):
        page.locator(f'#answer [data-source="{path.name}"]').click()
        expect(page.locator(".pane")).to_have_attribute("data-shown", path.name)
        assert page.locator(".pane .text").text_content() == path.read_text("utf-8")


def test_a_question_without_an_answer_is_told_so(visit: Visit, picture: Picture) -> None:
    page = visit()
    ask(page, NOWHERE)
    expect(page.get_by_role("heading", name="The articles do not answer this.")).to_be_visible()
    expect(page.get_by_role("heading", name="Nearest quotes these are not answers")).to_be_visible()
    expect(page.locator(".answer > p")).to_contain_text("“sourdough”")
    expect(page.get_by_role("status").first).to_contain_text("5 articles searched")
    expect(page.locator(".quotes.nearest .card").first).to_be_visible()
    expect(page.locator("mark.chosen")).to_have_count(0)
    picture(page)
    page.locator(".choose").first.click()
    expect(page.locator("mark.chosen").first).to_be_visible()
    assert chosen_text(page) == card_texts(page)[0]


def test_an_example_is_asked_with_a_click(visit: Visit, picture: Picture) -> None:
    page = visit()
    picture(page)
    example = page.locator("[data-question]").first
    question = str(example.text_content())
    example.click()
    expect(page.locator(".answer")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_value(question)


def test_everything_can_be_done_with_the_keyboard(visit: Visit, picture: Picture) -> None:
    page = visit()
    expect(page.get_by_label("Question")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ask")).to_be_focused()
    page.keyboard.press("Enter")
    cards = page.locator(".choose")
    expect(cards.first).to_be_visible()
    for key, number in (("Enter", 0), ("Space", 1)):
        while not cards.nth(number).evaluate("card => card === document.activeElement"):
            page.keyboard.press("Tab")
        outline = cards.nth(number).evaluate("card => getComputedStyle(card).outlineWidth")
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


def test_a_quote_is_copied_with_its_source(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    button = page.locator(".copy").first
    button.click()
    expect(button).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == button.get_attribute("data-copy")
    expect(button).to_have_text("Copy quote 1 and its source")


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("  ", "The question is empty: ask something."),
        ("Who\x07?", "The question holds the control character U+0007 at place 3: remove it."),
    ],
    ids=["empty", "control character"],
)
def test_a_mistake_is_told_in_one_line_and_the_answer_stays(
    visit: Visit, question: str, line: str
) -> None:
    page = visit()
    ask(page, QUESTION)
    before = card_texts(page)
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_have_text(line)
    assert card_texts(page) == before
    expect(page.locator(".toast-wrap .toast-body")).to_have_count(0)


def test_the_box_takes_no_more_than_a_question_may_have(visit: Visit) -> None:
    expect(visit().get_by_label("Question")).to_have_attribute("maxlength", "10000")


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
    ask(page, '<img src=x onerror="window.hacked = 1"> zebrafish</p>')
    expect(page.locator(".answer > p")).to_contain_text("zebrafish")
    assert page.evaluate("window.hacked") is None


def test_a_file_that_has_changed_since_is_told(visit: Visit, articles: Path) -> None:
    page = visit()
    question = "When was the tram depot in Rowington opened?"
    ask(page, question)
    badge = page.locator('.card:has([data-source="trams.txt"]) .badge').first
    expect(badge).to_have_text("✓ verified")
    path = articles / "trams.txt"
    before = path.read_text("utf-8")
    path.write_text(before.replace("1911", "1912"), "utf-8")
    ask(page, question)
    expect(badge).to_have_text("! changed")
    path.write_text(before, "utf-8")


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
    page.get_by_role("button", name="Back").click()
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


def test_an_answer_moves_neither_the_question_nor_the_article(visit: Visit) -> None:
    page = visit()
    boxes = [page.locator("#ask").bounding_box(), page.locator(".pane").bounding_box()]
    top = page.locator("#answer").bounding_box()
    ask(page, QUESTION)
    assert [page.locator("#ask").bounding_box(), page.locator(".pane").bounding_box()] == boxes
    assert top is not None
    assert page.locator("#answer").bounding_box() is not None
    assert page.locator("#answer").bounding_box()["y"] == top["y"]  # type: ignore[index]


def test_visitors_see_nothing_of_each_other(visit: Visit) -> None:
    one, other = visit(), visit()
    ask(one, QUESTION)
    expect(other.locator(".welcome")).to_be_visible()
    ask(other, NOWHERE)
    other.locator(".choose").first.click()
    expect(other.locator("mark.chosen").first).to_be_visible()
    number = choose_another_article(one)
    assert chosen_text(one) == card_texts(one)[number]


def test_another_program_asks_through_the_one_named_endpoint(app: str) -> None:
    """In a process of its own, as such a program would be."""
    script = (
        "import json, sys; from gradio_client import Client\n"
        "client = Client(sys.argv[1], verbose=False)\n"
        "print(json.dumps([client.view_api(return_format='dict')['named_endpoints'],\n"
        "    client.predict(sys.argv[2], api_name='/ask')]))\n"
        "try: client.predict(' ', api_name='/ask')\n"
        "except Exception as error: print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, app, QUESTION],
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    result, refusal = ended.stdout.splitlines()
    endpoints, answer = json.loads(result)
    assert list(endpoints) == ["/ask"]
    assert (answer["question"], answer["status"]) == (QUESTION, "answered")
    assert set(answer) == {
        "id", "question", "status", "confidence", "quotes", "nearest", "elapsed_ms"
    }  # fmt: skip
    assert set(answer["quotes"][0]) == {
        "rank", "text", "source", "title", "section", "start", "end", "confidence",
        "highlights", "check",
    }  # fmt: skip
    assert refusal == "the question is empty: ask something"


def test_only_those_with_an_account_come_in(
    visit: Visit, seeds_index: Path, tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts"
    hashed = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()
    accounts.write_text(f"ann:{hashed}\n", "utf-8")
    with served(seeds_index, "--auth", str(accounts)) as address:
        page = visit(address, wait_for="input[type=password]")
        page.get_by_label("username").fill("ann")
        for password in ("wrong", "open sesame"):
            page.get_by_label("password").fill(password)
            page.get_by_role("button", name="Login").click()
        page.wait_for_selector(".welcome")
        ask(page, QUESTION)
        expect(page.locator(".card").first).to_be_visible()
