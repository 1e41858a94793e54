"""The Ask tab: what stands on it. What happens on it is in `desk.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib.resources import files

import gradio as gr

from quoth.retrieval import MAX_QUESTION
from quoth.services.turns import AT_ONCE
from quoth.web import render
from quoth.web.conversation import Conversation
from quoth.web.desk import Desk, Steps
from quoth.web.filter_parts import FilterParts, lay_out_filter
from quoth.web.pane import placeholder_html
from quoth.web.phrasing import PhrasingDesk

PHRASED_AT_ONCE = 2
"""Answers that a language model phrases at the same time; no question waits for them."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands on the tab."""

    question: gr.Textbox
    button: gr.Button
    compare: gr.Checkbox
    status: gr.HTML
    answer: gr.HTML
    article: gr.HTML
    phrased: gr.HTML
    conversation: gr.State
    asked_of: FilterParts


def lay_out_asking(app: gr.Blocks, desk: Desk) -> Parts:
    """Lay out the tab, inside which this is called."""
    welcome = desk.welcome()
    conversation = gr.State(Conversation())
    with gr.Row(elem_id="asking"):
        with gr.Column(elem_id="left", min_width=0):
            with gr.Row(elem_id="ask"):
                question, button = _question(), _button()
            with gr.Row(elem_id="options"):
                compare = gr.Checkbox(
                    label="Compare sources", container=False, elem_id="compare", min_width=0
                )
                asked_of = lay_out_filter()
            status = _html(render.status_html(), "status")
            answer = _html(welcome, "answer")
            phrased = _html("", "phrased")  # never seen: its script puts it into the answer
        with gr.Column(elem_id="right", min_width=0):
            article = _html(placeholder_html(), "article")
    parts = Parts(
        question, button, compare, status, answer, article, phrased, conversation, asked_of
    )
    _connect(app, desk, parts, welcome)
    return parts


def _question() -> gr.Textbox:
    return gr.Textbox(
        label="Question",
        placeholder="Ask your articles",
        max_length=MAX_QUESTION,
        max_lines=6,
        autofocus=True,
        interactive=True,  # its script asks (answer.js), so that Gradio knows of no event
        elem_id="question",
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="search"),
    )


def _button() -> gr.Button:
    return gr.Button("Ask", variant="primary", elem_id="ask-button")


def _html(value: str, name: str) -> gr.HTML:
    """A part that is filled with HTML and has its script, `shared.js` and `<name>.js`."""
    folder = files("quoth.web")
    script = "".join((folder / f"{one}.js").read_text("utf-8") for one in ("shared", name))
    return gr.HTML(value, elem_id=name, js_on_load=script, apply_default_css=False)


def _connect(app: gr.Blocks, desk: Desk, parts: Parts, welcome: str) -> None:
    """What happens on the page leads to the desk."""
    # In the order of Shown:
    outputs = [parts.status, parts.question, parts.answer, parts.article, parts.conversation]
    on = partial(gr.on, outputs=outputs, show_progress="hidden", api_visibility="private")
    asking = partial(on, concurrency_id="ask", concurrency_limit=AT_ONCE)

    def load(request: gr.Request) -> Steps:
        yield from desk.load(welcome, request)

    on([app.load], load)
    asking(
        [parts.compare.input],
        desk.switch,
        [parts.compare, parts.conversation],
        trigger_mode="always_last",
    )
    clicked = asking(
        [parts.answer.select, parts.article.select],
        desk.click,
        [parts.conversation, parts.compare, *parts.asked_of.inputs],
        trigger_mode="multiple",  # shared.js sees to it that they come one by one
    )
    for ended in (clicked.success, clicked.failure):
        ended(None, js="() => window.clicked()", api_visibility="private")
    parts.answer.submit(
        PhrasingDesk(desk.phraser).phrase,
        [parts.conversation],
        [parts.phrased],
        show_progress="hidden",
        api_visibility="private",
        concurrency_id="phrase",
        concurrency_limit=PHRASED_AT_ONCE,
        trigger_mode="multiple",
    )
