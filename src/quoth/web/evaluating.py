"""The Evaluate tab: a question set is run and its report shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from quoth.web.desk import Desk
from quoth.web.evaluations import Evaluating
from quoth.web.events import PRIVATE, QUIET, WRITES
from quoth.web.measured_html import message_html

MOST = 100
"""Questions of a set that are asked unless more are wanted."""


def lay_out_evaluating(app: gr.Blocks, desk: Desk, tab: gr.Tab) -> bool:
    """Lay out the tab, inside which this is called; False leaves the tab out."""
    evaluating = Evaluating(desk)
    own = gr.State(None)
    with gr.Column(elem_id="evaluating", min_width=0):
        gr.HTML(_INTRODUCTION, js_on_load=None, apply_default_css=False)
        with gr.Row(elem_id="sets"):
            names = [*evaluating.bench.sets()]
            chosen = gr.Radio(
                names, value=next(iter(names), None), label="Question set", elem_id="chosen-set"
            )
            most = gr.Number(
                MOST, label="Questions at most", precision=0, minimum=1, elem_id="most"
            )
        with gr.Row(elem_id="set-files"):
            given = gr.UploadButton(
                "Use a set of mine", file_types=[".jsonl", ".csv", ".json", ".gz"],
                visible=not desk.read_only, elem_classes="plain",
            )  # fmt: skip
            judgements = gr.DownloadButton(
                "Download what was judged", visible=False, elem_classes="plain"
            )
        with gr.Row(elem_id="running"):
            start = gr.Button("Evaluate", variant="primary", elem_id="evaluate-button")
            cancel = gr.Button("Cancel", interactive=False, elem_id="cancel-button")
        shown = _lay_out_shown()
        if not desk.read_only:
            _lay_out_calibrating(evaluating, chosen, own)
    gr.on(
        [tab.select, app.load], evaluating.choices, [own, chosen], [chosen, judgements],
        **QUIET,
    )  # fmt: skip
    given.upload(evaluating.take, [given, own], [chosen, own], **QUIET)
    _connect_running(app, evaluating, [chosen, most, own], shown, start, cancel)
    return True


_INTRODUCTION = (
    '<p class="soft-line">How good are the answers? A question set says what should be found. Each '
    "time you judge an answer, it goes to a set of this library; a file of your own may be JSON "
    "lines, CSV (question, answer, source) or SQuAD.</p>"
)


def _lay_out_shown() -> list[Any]:
    """In the order of Shown."""
    message = gr.HTML(message_html(), elem_id="evaluated", apply_default_css=False)
    figures = gr.HTML("", elem_id="figures", apply_default_css=False)
    with gr.Row(elem_id="plots", equal_height=False):
        reliability = gr.LinePlot(
            x="confidence", y="right", color="line", x_lim=[0, 1], y_lim=[0, 1],
            color_map={"as it is": "#2f9e8f", "as it should be": "#c98a2b"},
            title="Is it as sure as it should be?", x_title="confidence of the first quote",
            y_title="share that is right", **_PLOT,
        )  # fmt: skip
        risk = gr.LinePlot(
            x="answered", y="wrong", x_lim=[0, 1], y_lim=[0, 1],
            title="What silence is worth", x_title="share answered, surest first",
            y_title="share of those that is wrong", **_PLOT,
        )  # fmt: skip
        failures_plot = gr.BarPlot(
            x="reason", y="questions", title="Why questions failed", x_title=" ", y_lim=[0, None],
            x_label_angle=-35, **_PLOT,
        )  # fmt: skip
        history = gr.LinePlot(
            x="when", y="share", color="measure", y_lim=[0, 1], title="Earlier runs of this set",
            x_title="when", y_title="share of questions", **_PLOT,
        )  # fmt: skip
    failures = gr.HTML("", elem_id="failures", apply_default_css=False)
    report = gr.DownloadButton("Download the report", visible=False, elem_id="report")
    return [message, figures, reliability, risk, failures_plot, history, failures, report]


_PLOT: dict[str, Any] = {"visible": False, "height": 280, "min_width": 280}


def _connect_running(
    app: gr.Blocks,
    evaluating: Evaluating,
    given: list[Any],
    shown: list[Any],
    start: gr.Button,
    cancel: gr.Button,
) -> None:
    running = start.click(_are_running(True), None, [start, cancel], **QUIET)
    ended = running.then(
        evaluating.evaluate, given, shown, show_progress_on=shown[0], concurrency_id="evaluate",
        concurrency_limit=4, **PRIVATE,
    )  # fmt: skip
    ended.then(_are_running(False), None, [start, cancel], **QUIET)
    cancel.click(evaluating.cancel, None, None, **QUIET)
    app.unload(evaluating.cancel)


def _lay_out_calibrating(evaluating: Evaluating, chosen: gr.Radio, own: gr.State) -> None:
    found = gr.State(None)
    with gr.Column(elem_id="calibrating", min_width=0):
        gr.HTML(
            "<h2>Calibrate</h2><p>Fits confidence, and from where on it answers, to all questions "
            "of the set. Nothing changes until you choose to answer by it.</p>",
            js_on_load=None, apply_default_css=False,
        )  # fmt: skip
        state = gr.HTML(evaluating.state(), apply_default_css=False)
        with gr.Row():
            calibrate = gr.Button("Calibrate on this set", elem_id="calibrate-button")
            use = gr.Button("Answer by it", variant="primary", visible=False, elem_id="use-button")
            forget = gr.Button("Forget the calibration", elem_id="forget-button")
        told = gr.HTML(message_html(), elem_id="calibrated", apply_default_css=False)
    calibrate.click(
        evaluating.calibrate, [chosen, own], [told, found, use], show_progress_on=told,
        concurrency_id="evaluate", **PRIVATE,
    )  # fmt: skip
    use.click(evaluating.use, found, [told, use, state], **WRITES)
    forget.click(evaluating.forget, None, [told, use, state], **WRITES)


def _are_running(running: bool) -> Callable[[], tuple[object, object]]:
    return lambda: (gr.update(interactive=not running), gr.update(interactive=running))
