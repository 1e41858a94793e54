"""The Ask tab: what stands on it. What happens on it is in `desk.py`."""

from __future__ import annotations

from functools import partial
from importlib.resources import files

import gradio as gr

from quoth.retrieval import MAX_QUESTION
from quoth.web import render
from quoth.web.desk import Desk
from quoth.web.filtering import FilterParts, lay_out_filter

AT_ONCE = 4
"""Questions that are answered at the same time; others wait their turn."""


def lay_out_asking(app: gr.Blocks, desk: Desk) -> FilterParts:
    """Lay out the tab, inside which this is called; where one chooses which articles are asked."""
    script = (files("quoth.web") / "page.js").read_text("utf-8")
    with gr.Row(elem_id="asking"):
        with gr.Column(elem_id="left", min_width=0):
            with gr.Row(elem_id="ask"):
                question = gr.Textbox(
                    label="Question",
                    placeholder="Ask your articles",
                    max_length=MAX_QUESTION,
                    max_lines=6,
                    autofocus=True,
                    elem_id="question",
                    html_attributes=gr.InputHTMLAttributes(enterkeyhint="search"),
                )
                button = gr.Button("Ask", variant="primary", elem_id="ask-button")
            asked_of = lay_out_filter()
            status = gr.HTML(render.status_html(), elem_id="status", apply_default_css=False)
            welcome = desk.welcome()
            answer = gr.HTML(welcome, elem_id="answer", js_on_load=script, apply_default_css=False)
        with gr.Column(elem_id="right", min_width=0):
            article = gr.HTML(
                render.placeholder_html(),
                elem_id="article",
                js_on_load=script,
                apply_default_css=False,
            )
    _connect(app, desk, welcome, question, button, status, answer, article, asked_of)
    return asked_of


def _connect(
    app: gr.Blocks,
    desk: Desk,
    welcome: str,
    question: gr.Textbox,
    button: gr.Button,
    status: gr.HTML,
    answer: gr.HTML,
    article: gr.HTML,
    asked_of: FilterParts,
) -> None:
    """What happens on the page leads to the desk."""
    asked = gr.State(None)
    # Articles may have come in since the app was started.
    app.load(
        partial(desk.welcome_again, welcome), None, answer,
        show_progress="hidden", api_visibility="private",
    )  # fmt: skip
    outputs = [status, question, answer, article, asked]  # in the order of Shown
    gr.on(
        [button.click, question.submit],
        desk.ask,
        [question, *asked_of.inputs],
        outputs,
        show_progress="hidden",
        concurrency_id="ask",
        concurrency_limit=AT_ONCE,
        api_visibility="private",
    )
    answer.select(
        desk.click,
        [asked, *asked_of.inputs],
        outputs,
        show_progress="hidden",
        trigger_mode="always_last",
        concurrency_id="ask",
        api_visibility="private",
    )
