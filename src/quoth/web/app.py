"""The Gradio app: what stands on the page. What happens on it is in `desk.py`."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr
from gradio.events import api

from quoth.answering import Answerer
from quoth.index import Index
from quoth.phrasing import Phraser
from quoth.services.turns import AT_ONCE, WAITING
from quoth.web import render
from quoth.web.asking import lay_out_asking
from quoth.web.desk import Desk
from quoth.web.endpoints import add_endpoints
from quoth.web.evaluating import lay_out_evaluating
from quoth.web.examples import examples_of
from quoth.web.library import lay_out_library


def create_app(
    index: Index,
    *,
    answerer: Answerer | None = None,
    examples: Sequence[str] | None = None,
    read_only: bool = False,
    phraser: Phraser | None = None,
) -> gr.Blocks:
    """The app over an open index, to launch or to mount.

    Gradio takes an app's looks when it is launched: see `looks.py`. answerer: by default
    `Answerer(index)`. examples: the questions offered; by default those of a question set beside
    the articles, or of their headings. read_only: nothing can be added, removed or judged.
    phraser: what phrases an answer above the quotes; None for nothing.
    """
    questions = tuple(examples_of(index) if examples is None else examples)
    desk = Desk(index, answerer or Answerer(index), questions, read_only, phraser=phraser)
    app = gr.Blocks(title="quoth", analytics_enabled=False, fill_width=True)
    with app:
        api(desk.answer, api_name="ask", concurrency_id="ask", concurrency_limit=AT_ONCE)
        add_endpoints(index, at_once=AT_ONCE)
        _lay_out(app, desk)
    # api_open=False: nobody gets past the queue
    app.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    return app


def _lay_out(app: gr.Blocks, desk: Desk) -> None:
    kind = "read-only" if desk.read_only else None
    with gr.Column(elem_id="page", elem_classes=kind, min_width=0):
        gr.HTML(render.masthead_html(), js_on_load=None, apply_default_css=False)
        with gr.Tabs(selected="ask", elem_id="tabs") as tabs:
            with gr.Tab("Ask", id="ask", elem_id="tab-ask"):
                asked = lay_out_asking(app, desk)
            with gr.Tab("Library", id="library", elem_id="tab-library") as library:
                library.visible = lay_out_library(app, desk, library, tabs, asked.asked_of)
            with gr.Tab("Evaluate", id="evaluate", elem_id="tab-evaluate") as evaluate:
                evaluate.visible = lay_out_evaluating(app, desk, evaluate)
