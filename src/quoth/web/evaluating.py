"""The Evaluate tab: a question set is run and its report shown."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from quoth.errors import QuothError, UsageError
from quoth.records import Progress
from quoth.web import measured_html, measured_plots
from quoth.web.desk import UNEXPECTED, Desk, sentence
from quoth.web.judging import judgements_path
from quoth.web.measured_html import message_html
from quoth.web.measuring import Bench, CancelledError, Measured

MOST = 100
"""Questions of a set that are asked unless more are wanted."""
_log = logging.getLogger(__name__)
_PRIVATE: dict[str, Any] = {"api_visibility": "private"}
_STAGES = {"asking": "Asking the questions"}


class Shown(NamedTuple):
    """What a run leaves on the tab, in the order of its outputs."""

    message: object
    figures: object
    reliability: object
    risk: object
    failures_plot: object
    history: object
    failures: object
    report: object


class Evaluating:
    """What happens on each event of the tab."""

    def __init__(self, desk: Desk) -> None:
        self.bench = Bench(desk.answerer, read_only=desk.read_only)
        self._folder = tempfile.TemporaryDirectory(prefix="quoth-reports-")

    def choices(self, own: dict[str, str] | None, chosen: str | None) -> tuple[object, object]:
        """The question sets there are, and the judgements to download."""
        names = [*self.bench.sets(), *(own or {})]
        value = chosen if chosen in names else next(iter(names), None)
        return gr.update(choices=names, value=value), self._judgements()

    def take(self, path: str | None, own: dict[str, str] | None) -> tuple[object, ...]:
        """A question set of the visitor's own: the choices, and what is remembered of it."""
        if not path:
            return gr.skip(), own
        mine = {f"Mine: {Path(path).name}": path}
        names = [*self.bench.sets(), *mine]
        return gr.update(choices=names, value=names[-1]), mine

    def evaluate(
        self,
        chosen: str | None,
        most: float | None,
        own: dict[str, str] | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  as Gradio wants it
    ) -> Shown:
        """Run the set that was chosen."""

        def measured() -> Shown:
            found = self.bench.measure(
                self._path(chosen, own), most=_number(most), visitor=str(request.session_hash),
                progress=_telling(progress),
            )  # fmt: skip
            progress(1.0, desc="Working out the figures")
            return self._shown(found)

        nothing = Shown(*[gr.skip()] * len(Shown._fields))
        return _guarded(measured, lambda message: nothing._replace(message=message))

    def cancel(self, request: gr.Request) -> None:
        """End what this visitor runs."""
        self.bench.cancel(str(request.session_hash))

    def calibrate(
        self,
        chosen: str | None,
        own: dict[str, str] | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[object, object, object]:
        """What calibrating on the set would give: shown, kept, and the button that uses it."""

        def found() -> tuple[object, object, object]:
            one = self.bench.calibration(
                self._path(chosen, own), visitor=str(request.session_hash),
                progress=_telling(progress),
            )  # fmt: skip
            return measured_html.calibrated_html(one), one, gr.update(visible=True)

        return _guarded(found, lambda message: (message, None, gr.update(visible=False)))

    def use(self, found: Any) -> tuple[object, object, object]:
        """Answer by the calibration that was found from now on."""

        def used() -> tuple[object, object, object]:
            if found is None:
                raise UsageError("nothing was calibrated yet: calibrate first")
            self.bench.use(found)
            line = "Confidence is calibrated from the next question on."
            return message_html(line), gr.update(visible=False), self.state()

        return _guarded(used, lambda message: (message, gr.skip(), self.state()))

    def forget(self) -> tuple[object, object, object]:
        """Answer by the reader's own confidence again."""

        def forgotten() -> tuple[object, object, object]:
            self.bench.forget()
            return message_html("Confidence is the reader’s own again."), gr.skip(), self.state()

        return _guarded(forgotten, lambda message: (message, gr.skip(), self.state()))

    def state(self) -> str:
        """How confidence is made now."""
        answerer = self.bench.answerer
        return measured_html.state_html(answerer.calibration, answerer.threshold)

    def _path(self, chosen: str | None, own: dict[str, str] | None) -> Path:
        sets = {**self.bench.sets(), **{name: Path(path) for name, path in (own or {}).items()}}
        if chosen not in sets:
            raise UsageError("no question set: choose one, or judge some answers first")
        return sets[str(chosen)]

    def _shown(self, found: Measured) -> Shown:
        run, words = found.run, measured_plots.told(found.run)
        past = measured_plots.history_frame(self.bench.history(run))
        return Shown(
            message=message_html(),
            figures=measured_html.measured_html(found),
            reliability=_plot(measured_plots.reliability_frame(run), words["reliability"]),
            risk=_plot(measured_plots.risk_frame(run), words["risk"]),
            failures_plot=_plot(
                measured_plots.failures_frame(run), words["failures"], visible=bool(run.failures)
            ),
            history=_plot(past, "", visible=past["when"].nunique() > 1),
            failures=measured_html.failures_html(run),
            report=gr.update(value=self._report(found), visible=True),
        )

    def _report(self, found: Measured) -> str:
        from quoth.evaluation.report import write_report

        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        write_report(found.run, folder / "report.html")
        return str(folder / "report.html")

    def _judgements(self) -> object:
        path = judgements_path(self.bench.index)
        if not path.is_file():
            return gr.update(visible=False)
        copy = Path(tempfile.mkdtemp(dir=self._folder.name)) / path.name
        copy.write_bytes(path.read_bytes())
        return gr.update(value=str(copy), visible=True)


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
            most = gr.Number(MOST, label="Questions at most", precision=0, minimum=1, elem_id="most")
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
        show_progress="hidden", **_PRIVATE,
    )  # fmt: skip
    given.upload(
        evaluating.take, [given, own], [chosen, own], show_progress="hidden", **_PRIVATE
    )
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
    with gr.Row(elem_id="plots"):
        reliability = gr.LinePlot(
            x="confidence", y="right", color="line", x_lim=[0, 1], y_lim=[0, 1],
            title="Is it as sure as it should be?", x_title="confidence of the first quote",
            y_title="share that is right", **_PLOT,
        )  # fmt: skip
        risk = gr.LinePlot(
            x="answered", y="wrong", x_lim=[0, 1], y_lim=[0, 1],
            title="What silence is worth", x_title="share answered, surest first",
            y_title="share of those that is wrong", **_PLOT,
        )  # fmt: skip
        failures_plot = gr.BarPlot(
            x="reason", y="questions", title="Why questions failed", x_title=" ", sort=None,
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
    buttons = {"outputs": [start, cancel], "show_progress": "hidden", **_PRIVATE}
    running = start.click(_are_running(True), None, **buttons)
    ended = running.then(
        evaluating.evaluate, given, shown, show_progress_on=shown[0], concurrency_id="evaluate",
        concurrency_limit=4, **_PRIVATE,
    )  # fmt: skip
    ended.then(_are_running(False), None, **buttons)
    cancel.click(evaluating.cancel, None, None, show_progress="hidden", **_PRIVATE)
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
        concurrency_id="evaluate", **_PRIVATE,
    )  # fmt: skip
    writes = {"concurrency_id": "write", "show_progress": "hidden", **_PRIVATE}
    use.click(evaluating.use, found, [told, use, state], **writes)
    forget.click(evaluating.forget, None, [told, use, state], **writes)


def _are_running(running: bool) -> Callable[[], tuple[object, object]]:
    return lambda: (gr.update(interactive=not running), gr.update(interactive=running))


def _plot(frame: Any, caption: str, *, visible: bool = True) -> object:
    return gr.update(value=frame if visible else None, caption=caption, visible=visible)


def _number(most: object) -> int | None:
    if most is None:
        return None
    if not isinstance(most, int | float) or most < 1:
        raise UsageError(f"at most {most} questions: choose a number from 1")
    return int(most)


def _telling(progress: gr.Progress) -> Progress:
    def told(stage: str, done: int, total: int) -> None:
        progress(done / max(total, 1), desc=f"{_STAGES.get(stage, stage)} ({done:,} of {total:,})")

    return told


def _guarded(work: Callable[[], Any], otherwise: Callable[[str], Any]) -> Any:
    """What `work` gives, or what is shown with the HTML of what went wrong."""
    try:
        return work()
    except CancelledError:
        return otherwise(message_html("Cancelled."))
    except QuothError as error:
        return otherwise(message_html(problem=sentence(str(error))))
    except Exception:
        _log.exception("an event failed")
        return otherwise(message_html(problem=UNEXPECTED))
