"""Articles, names and questions that would run if they were anything but text."""

from __future__ import annotations

import json
from pathlib import Path

ELSEWHERE = "http://192.0.2.1"
"""An address of nobody (RFC 5737); a request to it is seen, and reaches nothing."""

RUNS = "window.hacked=(window.hacked||0)+1"
PAYLOADS = (
    f"<script>{RUNS}</script>",
    f'<script src="{ELSEWHERE}/x.js"></script>',
    f'<img src=x onerror="{RUNS}">',
    f'<img src="{ELSEWHERE}/x.png">',
    f'"><svg onload="{RUNS}">',
    f"' onmouseover='{RUNS}' autofocus onfocus='{RUNS}' x='",
    f'" onmouseover="{RUNS}" autofocus onfocus="{RUNS}" x="',
    f'<iframe srcdoc="<script>parent.{RUNS}</script>"></iframe>',
    f'<iframe src="javascript:parent.{RUNS}"></iframe>',
    f'<a href="javascript:{RUNS}">click</a>',
    f"[click](javascript:{RUNS})",
    f"![picture]({ELSEWHERE}/y.png)",
    f'![picture](x" onerror="{RUNS})',
    f"<{ELSEWHERE}/auto>",
    f'<style>@import "{ELSEWHERE}/x.css"; body{{background:url({ELSEWHERE}/bg.png)}}</style>',
    f'<link rel="stylesheet" href="{ELSEWHERE}/y.css">',
    f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}/">',
    f'<base href="{ELSEWHERE}/">',
    f'<form action="{ELSEWHERE}/"><button>send</button></form>',
    f"</textarea></title></style></script><script>{RUNS}</script>",
    f"<!-- --><script>{RUNS}</script><!--",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUNS}>",
    f"<details open ontoggle={RUNS}>",
    f"{{{{constructor.constructor('{RUNS}')()}}}} ${{{RUNS}}} <%= {RUNS} %> {{@html x}}",
    "\u202egnirts desrever\u202c \u2066isolated\u2069 \u200b\u200f\ufeff",
    "&lt;script&gt; &amp;lt; &#60;b&#62;",
    "$$\\href{javascript:" + RUNS + "}{x}$$ $\\unicode{x3c}$",
    "```html\n<script>" + RUNS + "</script>\n```",
)
QUESTION = "What does the quokka keeper say?"


_KEPT = [
    "aardvarks",
    "badgers",
    "camels",
    "dolphins",
    "elephants",
    "falcons",
    "geese",
    "hamsters",
    "iguanas",
    "jackals",
    "kangaroos",
    "lemurs",
    "moles",
    "newts",
    "otters",
    "penguins",
    "quails",
    "rabbits",
    "seals",
    "tigers",
    "urchins",
    "vultures",
    "walruses",
    "yaks",
    "zebras",
    "bats",
    "crows",
    "deer",
]


def keeper(number: int) -> str:
    """Whom the article with that payload is about, so that a question finds it."""
    return f"keeper of the {_KEPT[number]}"


def text_of(number: int, payload: str) -> str:
    """An article about one payload, that a question about it finds."""
    return (
        f"Keeper {number} {payload}\n\n"
        f"The {keeper(number)} says {payload} every morning.\n\n"
        f"Nobody else says anything.\n"
    )


def write_articles(folder: Path) -> dict[str, str]:
    """One article for each payload, in its text and title; file name → text.

    Some names are payloads too, and a corpus has them in every field.
    """
    texts = {f"keeper-{n:02}.txt": text_of(n, payload) for n, payload in enumerate(PAYLOADS)}
    for n, name in enumerate(
        (
            f"<img src=x onerror={RUNS}>.txt",
            f'" onmouseover="{RUNS}" x=".txt',
            f"' onfocus='{RUNS}' autofocus '.txt",
            "\u202etxt.live.txt",
            "javascript:alert(1).txt",
            "x..%2f..%2f.txt",
            "a&amp;b<b>.txt",
        )
    ):
        texts[name] = f"Named {n}\n\nThe quokka keeper of file {n} says its name is odd.\n"
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8", newline="")
    record = {
        "_id": f'<img src=x onerror="{RUNS}">',
        "title": f'"><script>{RUNS}</script>',
        "text": f"The quokka keeper of the corpus says {PAYLOADS[0]} at noon.",
        "author": f'<img src=x onerror="{RUNS}">',
        "date": "2024-05-01",
        "address": f"javascript:{RUNS}",
        "url": f"javascript:{RUNS}",
    }
    (folder / "corpus.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    (folder / "page.html").write_text(
        f'<html><head><title>T <script>{RUNS}</script></title><meta name="author" content="'
        f'&lt;img src=x onerror={RUNS}&gt;"></head><body><article><h1>&lt;img src=x onerror={RUNS}'
        f"&gt; of the page</h1><p>The quokka keeper of the page says &lt;script&gt;{RUNS}"
        f"&lt;/script&gt; in the evening, and then goes home to rest for a long time.</p>"
        f'<p onclick="{RUNS}">Then <a href="javascript:{RUNS}">nothing</a> more is said of it.</p>'
        "</article></body></html>",
        "utf-8",
    )
    (folder / "marks.md").write_text(
        "---\ntitle: '<img src=x onerror="
        + RUNS
        + ">'\nauthor: '<b onclick=x>'\n---\n# Marks\n\n"
        + f"The quokka keeper of the marks says ![x]({ELSEWHERE}/z.png) and [y](javascript:{RUNS})."
        + f"\n\n<div onclick={RUNS}>raw</div>\n",
        "utf-8",
    )
    return texts
