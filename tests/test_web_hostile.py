"""Nothing that comes from an article, a name, a question or another site is ever run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
from loopback import Server, running
from playwright.sync_api import BrowserContext, Page, expect
from web_hostile import ELSEWHERE, PAYLOADS, QUESTION, RUNS, keeper, write_articles
from web_pages import Picture, Visit, ask, one_line
from web_servers import Served, serving

import quoth

pytest_plugins = ("web_fixtures",)

SETTLED = """() => {
  const now = document.querySelector("#answer").innerHTML;
  const told = document.querySelector("#answer .card, #answer .answer")
    && !document.querySelector("#asking[data-busy]");
  const same = told && now === window.before;
  if (!same) [window.before, window.since] = [now, Date.now()];
  return same && Date.now() - window.since > 100;
}"""
"""Whether nothing more is awaited, and the answer has stayed as it is for a moment."""
REACHES = "script, iframe, base, meta, link, object, embed, [onclick], [onerror], [onload]"
REACHES += ', [onmouseover], [src*="192.0.2.1"], a[href^="javascript"]'
STANDING = """reaches => [
  window.hacked,
  [...document.querySelectorAll("#page :is(" + reaches + ")")].map((each) => each.outerHTML),
  [...document.querySelectorAll("#page a")].map((each) => each.protocol),
]"""
"""What has run, what stands in the page that could, and where its links lead."""
ARTICLE = """() => {
  const pane = document.querySelector(".pane");
  return [pane?.dataset.shown, pane?.querySelector(".text")?.textContent];
}"""
QUOTES = """() => [...document.querySelectorAll(".newest .choose")].map(
  (each) => [each.dataset.source, each.querySelector("blockquote").textContent])"""
OPEN = """source => [...document.querySelectorAll("#answer [data-source]")]
  .find((each) => each.dataset.source === source).click()"""
LONG = 1_000_000
"""Characters of the long article."""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def hostile(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]
) -> Iterator[Served]:
    """Serves the articles of web_hostile.py, one of a million characters, and no reader."""
    folder = tmp_path_factory.mktemp("hostile")
    texts.update(write_articles(folder))
    line = "Nothing is told of the wombat here, on no day of the week. "
    texts["long.txt"] = "Long\n\n" + line * (LONG // len(line)) + "\n\nThe wombat sleeps.\n"
    (folder / "long.txt").write_text(texts["long.txt"], "utf-8")
    index = tmp_path_factory.mktemp("hostile-index") / "index"
    quoth.Index.build([folder], index).close()
    with serving(index, "--reader", "none", "--max-upload", "4") as served:
        yield served


def require_untouched(page: Page) -> None:
    """Nothing has run, and nothing stands in the page that could."""
    hacked, made, protocols = page.evaluate(STANDING, REACHES)
    assert (hacked, made) == (None, [])
    assert {*protocols} <= {"http:", "https:", ""}


def poke(page: Page) -> None:
    """What a curious visitor does: hovers over everything and opens what can be opened."""
    page.evaluate(
        """() => { for (const each of document.querySelectorAll("#page *")) {
          for (const kind of ["mouseover", "mouseenter", "focus", "toggle", "load", "error"])
            each.dispatchEvent(new Event(kind));
        } }"""
    )


def test_hostile_articles_are_opened_as_their_text(
    hostile: Served, visit: Visit, texts: dict[str, str], picture: Picture
) -> None:
    """Each from the list, hovered over: every character of it is there, and nothing has run."""
    page = visit(hostile.address)
    for source, text in texts.items():
        if source != "long.txt":
            page.evaluate(OPEN, source)
            page.wait_for_function(f"source => ({ARTICLE})()[0] === source", arg=source)
            assert page.evaluate(ARTICLE) == [source, text]
            poke(page)
            require_untouched(page)
    picture(page)


def test_hostile_articles_are_quoted_as_their_text(
    hostile: Served, visit: Visit, texts: dict[str, str], picture: Picture
) -> None:
    page = visit(hostile.address)
    quoted: set[str] = set()
    for number in range(len(PAYLOADS)):
        ask(page, f"What does the {keeper(number)} say every morning?")
        page.wait_for_function(SETTLED)
        poke(page)
        require_untouched(page)
        for source, words in page.evaluate(QUOTES):
            assert words in texts.get(source, words)
            quoted.add(source)
    assert len(quoted & {*texts}) >= len(PAYLOADS) * 3 // 4
    picture(page)


def test_every_tab_shows_hostile_names_as_text(
    hostile: Served, visit: Visit, picture: Picture
) -> None:
    page = visit(hostile.address)
    ask(page, QUESTION)
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["Ask", "Library", "Evaluate"])
    for tab in tabs.all():
        tab.click()
        page.wait_for_timeout(700)
        poke(page)
        require_untouched(page)
        picture(page)


@pytest.mark.parametrize("name", ["corpus.jsonl", "page.html", "marks.md"])
def test_hostile_fields_of_other_formats_are_shown_as_text(
    hostile: Served, visit: Visit, name: str
) -> None:
    page = visit(hostile.address)
    place = {"corpus.jsonl": "the corpus", "page.html": "the page", "marks.md": "the marks"}[name]
    ask(page, f"What does the quokka keeper of {place} say at noon?")
    page.wait_for_function(SETTLED)
    said = page.locator(".newest blockquote").filter(has_text=f"The quokka keeper of {place} says")
    expect(said.first).to_be_attached()
    for card in page.locator(".newest .choose").all():
        card.click()
        poke(page)
        require_untouched(page)


def test_hostile_questions_are_shown_as_text(hostile: Served, visit: Visit) -> None:
    page = visit(hostile.address)
    for payload in PAYLOADS:
        question = one_line(f"Xylophone {payload} zyzzyva?")
        ask(page, question)
        page.wait_for_function(SETTLED)
        expect(page.locator("h2.asked")).to_have_text(question)
        poke(page)
        require_untouched(page)


def test_a_question_of_the_most_characters_is_taken_and_a_longer_one_is_not(
    hostile: Served, visit: Visit
) -> None:
    page = visit(hostile.address)
    ask(page, ("<b>wombat</b> " * 1_000)[:10_000])
    require_untouched(page)
    call = f"{hostile.address}gradio_api/call/ask"
    event = httpx.post(call, json={"data": ["x" * LONG, 3, None]})
    told = httpx.get(f"{call}/{event.json()['event_id']}", timeout=60).text
    assert told.startswith("event: error")


def test_an_article_of_a_million_characters_is_asked_about_and_opened(
    hostile: Served, visit: Visit, texts: dict[str, str]
) -> None:
    page = visit(hostile.address)
    ask(page, "Does the wombat sleep?")
    expect(page.locator('.choose[data-source="long.txt"]').first).to_be_visible()
    page.locator('.choose[data-source="long.txt"]').first.click()
    expect(page.locator(".pane")).to_have_attribute("data-shown", "long.txt")
    assert page.locator(".pane .text").text_content() == texts["long.txt"]


def test_the_policy_stops_what_would_get_through(hostile: Served, visit: Visit) -> None:
    """If ever some HTML came in unescaped: no handler in it runs, nothing is fetched or sent."""
    page = visit(hostile.address, expected=f"Content Security Policy|asked for {ELSEWHERE}|404")
    page.evaluate(
        """([runs, elsewhere]) => {
          const place = document.createElement("div");
          place.id = "through";
          document.querySelector("#page").append(place);
          place.innerHTML = `<img src="x" onerror="${runs}"><a onclick="${runs}">a</a>
            <img src="${elsewhere}/x.png"><iframe src="${elsewhere}/"></iframe>`;
          place.querySelector("a").click();
          fetch(elsewhere + "/beacon").catch(() => (window.stopped = 1));
        }""",
        [RUNS, ELSEWHERE],
    )
    page.wait_for_function("window.stopped === 1")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    page.evaluate("document.querySelector('#through').remove()")


class EvilPage(BaseHTTPRequestHandler):
    """A page of another site that tries what such pages can do; `?app=` names its victim."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>evil</title><p>evil</p><div id=frame></div>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


TRIES = """async (app) => {
  const told = {};
  const form = new FormData();
  form.append("files", new Blob(["x"]), "evil.txt");
  const question = JSON.stringify({ data: ["What does the quokka keeper say?", 3, null] });
  const tries = {
    read: [app + "config", {}],
    credentials: [app + "config", { credentials: "include" }],
    post: [app + "gradio_api/call/ask", { method: "POST", body: question,
      headers: { "Content-Type": "application/json" } }],
    simple: [app + "gradio_api/call/ask", { method: "POST", body: question, mode: "no-cors" }],
    upload: [app + "gradio_api/upload", { method: "POST", mode: "no-cors",
      body: form }],
    health: [app + "health", {}],
  };
  for (const [name, [address, options]] of Object.entries(tries)) {
    try {
      const answer = await fetch(address, options);
      told[name] = answer.type === "opaque" ? "sent" : "read " + (await answer.text()).slice(0, 50);
    } catch (error) { told[name] = "refused"; }
  }
  return told;
}"""


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"], ids=["same site", "cross site"])
def test_a_page_of_another_site_reads_nothing_and_does_nothing(
    hostile: Served, context: Callable[..., BrowserContext], name: str
) -> None:
    """It sees no answer, all that it sends is refused, and it cannot show the app in a frame."""
    with running(Server(EvilPage)) as site:
        page = context().new_page()
        statuses: list[tuple[str, int]] = []
        page.on("response", lambda got: statuses.append((got.url, got.status)))
        page.goto(f"http://{name}:{site.port}/")
        told = page.evaluate(TRIES, hostile.address)
        assert {kind: said for kind, said in told.items() if said.startswith("read")} == {}
        page.evaluate(
            """app => { const frame = document.createElement("iframe"); frame.src = app;
            document.querySelector("#frame").append(frame); }""",
            hostile.address,
        )
        page.evaluate(
            """app => { const form = document.createElement("form"); form.method = "post";
            form.action = app + "gradio_api/call/ask"; form.enctype = "text/plain";
            form.innerHTML = '<input name=\\'{"data":["Kim",3,null],"x":"\\' value=\\'"}\\'>';
            document.body.append(form); form.submit(); }""",
            hostile.address,
        )
        page.wait_for_timeout(1_000)
        framed = [frame for frame in page.frames if frame.url.startswith(hostile.address)]
        assert [frame for frame in framed if frame.parent_frame is not None] == []
        page.close()
    own = [(url, status) for url, status in statuses if url.startswith(hostile.address)]
    assert own, "the tries reached the server"
    for url, status in own:
        assert status in (403, 404) or url == hostile.address, (url, status)


def test_two_visitors_never_see_each_others_answers(hostile: Served, visit: Visit) -> None:
    """Asking in turn, each page keeps its own question, cards and article."""
    one, other = visit(hostile.address), visit(hostile.address)
    for turn in range(2):
        ask(one, f"What does the {keeper(turn)} say every morning?")
        ask(other, "Does the wombat sleep?")
        other.locator(".newest .choose").last.click()
        ask(one, f"What does the {keeper(turn + 4)} say every morning?")
        one.wait_for_function(SETTLED)
        assert "wombat" not in str(one.evaluate(QUOTES))
        one.locator(".newest .choose").first.click()
        first = str(one.locator(".newest .choose").first.get_attribute("data-source"))
        expect(one.locator(".pane")).to_have_attribute("data-shown", first)
        assert "wombat" in str(other.evaluate(QUOTES))
        for page, own in ((one, "keeper"), (other, "wombat")):
            asked = page.locator(".asked").all_text_contents()
            assert asked
            assert [line for line in asked if own not in line] == []


def test_a_thousand_tiny_files_are_taken_and_more_are_not(hostile: Served) -> None:
    def sent(number: int) -> httpx.Response:
        files = [("files", (f"{n}.txt", b"tiny")) for n in range(number)]
        return httpx.post(f"{hostile.address}gradio_api/upload", files=files, timeout=60)

    assert len(json.loads(sent(1000).text)) == 1000
    assert sent(5000).status_code in (400, 413)
    assert httpx.get(f"{hostile.address}health").json()["status"] == "ok"
