"""The Gradio app: what stands on the page. What happens on it is in `desk.py`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.resources import files

import gradio as gr
from gradio.events import api

from quoth.answering import Answerer
from quoth.index import Index
from quoth.retrieval import MAX_QUESTION
from quoth.web import render
from quoth.web.desk import Desk
from quoth.web.endpoints import add_endpoints
from quoth.web.examples import examples_of

AT_ONCE = 4
"""Questions that are answered at the same time; others wait their turn."""
WAITING = 64
"""Questions that may wait; the next is told that the app is busy."""


def create_app(
    index: Index,
    *,
    answerer: Answerer | None = None,
    examples: Sequence[str] | None = None,
    read_only: bool = False,
) -> gr.Blocks:
    """The app over an open index, to launch or to mount.

    Gradio takes an app's looks when it is launched: see `looks.py`. answerer: by default
    `Answerer(index)`. examples: the questions offered; by default those of a question set beside
    the articles, or of their headings. read_only: articles can be neither added nor removed.
    """
    questions = tuple(examples_of(index) if examples is None else examples)
    desk = Desk(index, answerer or Answerer(index), questions)
    app = gr.Blocks(title="quoth", analytics_enabled=False, fill_width=True)
    with app:
        api(desk.answer, api_name="ask", concurrency_id="ask", concurrency_limit=AT_ONCE)
        add_endpoints(index, at_once=AT_ONCE)
        _lay_out(app, desk)
    # api_open=False: nobody gets past the queue
    app.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    return app


def _lay_out(app: gr.Blocks, desk: Desk) -> None:
    script = (files("quoth.web") / "page.js").read_text("utf-8")
    with gr.Row(elem_id="page"):
        with gr.Column(elem_id="left", min_width=0):
            gr.HTML(render.masthead_html(), js_on_load=None, apply_default_css=False)
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
    _connect(app, desk, welcome, question, button, status, answer, article)


def _connect(
    app: gr.Blocks,
    desk: Desk,
    welcome: str,
    question: gr.Textbox,
    button: gr.Button,
    status: gr.HTML,
    answer: gr.HTML,
    article: gr.HTML,
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
        question,
        outputs,
        show_progress="hidden",
        concurrency_id="ask",
        concurrency_limit=AT_ONCE,
        api_visibility="private",
    )
    answer.select(
        desk.click,
        asked,
        outputs,
        show_progress="hidden",
        trigger_mode="always_last",
        concurrency_id="ask",
        api_visibility="private",
    )
