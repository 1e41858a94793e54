"""What happens on the events of the Evaluate tab."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.utils import get_upload_folder

from quoth.errors import UsageError
from quoth.web import measured_html, measured_plots
from quoth.web.desk import Desk
from quoth.web.events import guarded, telling
from quoth.web.judging import judgements_path
from quoth.web.measured_html import message_html
from quoth.web.measuring import CANCELLED, Bench, Measured

_STAGES = {"asking": "Asking the questions"}
_Three = tuple[object, object, object]


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
                progress=telling(progress, _STAGES),
            )  # fmt: skip
            progress(1.0, desc="Working out the figures")
            return self._shown(found)

        nothing = Shown(*[gr.skip()] * len(Shown._fields))
        return guarded(measured, lambda line: nothing._replace(message=_problem(line)))

    def cancel(self, request: gr.Request) -> None:
        """End what this visitor runs."""
        self.bench.cancel(str(request.session_hash))

    def calibrate(
        self,
        chosen: str | None,
        own: dict[str, str] | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> _Three:
        """What calibrating on the set would give: shown, kept, and the button that uses it."""

        def found() -> _Three:
            one = self.bench.calibration(
                self._path(chosen, own), visitor=str(request.session_hash),
                progress=telling(progress, _STAGES),
            )  # fmt: skip
            return measured_html.calibrated_html(one), one, gr.update(visible=True)

        return guarded(found, lambda line: (_problem(line), None, gr.update(visible=False)))

    def use(self, found: Any) -> _Three:
        """Answer by the calibration that was found from now on."""

        def used() -> _Three:
            if found is None:
                raise UsageError("nothing was calibrated yet: calibrate first")
            self.bench.use(found)
            line = "Confidence is calibrated from the next question on."
            return message_html(line), gr.update(visible=False), self.state()

        return guarded(used, lambda line: (_problem(line), gr.skip(), self.state()))

    def forget(self) -> _Three:
        """Answer by the reader's own confidence again."""

        def forgotten() -> _Three:
            self.bench.forget()
            return message_html("Confidence is the reader’s own again."), gr.skip(), self.state()

        return guarded(forgotten, lambda line: (_problem(line), gr.skip(), self.state()))

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
        run = found.run
        past = measured_plots.history_frame(self.bench.history(run))
        return Shown(
            message=message_html(),
            figures=measured_html.measured_html(found),
            reliability=_plot(measured_plots.reliability_frame(run)),
            risk=_plot(measured_plots.risk_frame(run)),
            failures_plot=_plot(measured_plots.failures_frame(run), visible=bool(run.failures)),
            history=_plot(past, visible=past["when"].nunique() > 1),
            failures=measured_html.failures_html(run, measured_plots.told(run)),
            report=gr.update(value=self._report(found), visible=True),
        )

    def _report(self, found: Measured) -> str:
        from quoth.evaluation.report import write_report

        path = Path(tempfile.mkdtemp(prefix="report-", dir=_downloads())) / "report.html"
        write_report(found.run, path)
        return str(path)

    def _judgements(self) -> object:
        """The button that downloads them, where there are any."""
        path = judgements_path(self.bench.index)
        if not path.is_file():
            return gr.update(visible=False)
        status = path.stat()
        copy = _downloads() / f"judged-{status.st_size}-{status.st_mtime_ns}" / path.name
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
        return gr.update(value=str(copy), visible=True)


def _downloads() -> Path:
    """The folder whose files Gradio sends, which ends with the server."""
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _plot(frame: Any, *, visible: bool = True) -> object:
    return gr.update(value=frame if visible else None, visible=visible)


def _number(most: object) -> int | None:
    if most is None:
        return None
    if not isinstance(most, int | float) or most < 1:
        raise UsageError(f"at most {most} questions: choose a number from 1")
    return int(most)


def _problem(line: str) -> str:
    return message_html("Cancelled.") if line == CANCELLED else message_html(problem=line)
