"""Where a visitor says which articles are asked."""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr

from quoth.web.events import QUIET
from quoth.web.filtering import NO_FILTER, filter_label


class FilterParts(NamedTuple):
    """Where a filter is typed; the values of the first three are what `chosen_filter` takes."""

    source: gr.Textbox
    after: gr.Textbox
    before: gr.Textbox
    fold: gr.Accordion

    @property
    def inputs(self) -> list[gr.Textbox]:
        return [self.source, self.after, self.before]


def lay_out_filter() -> FilterParts:
    """A part that folds away, below the question."""
    with gr.Accordion(NO_FILTER, open=False, elem_id="filter") as fold:
        source = gr.Textbox(
            label="Article", placeholder="Words of its title or file name, or *.pdf",
            max_length=300, elem_id="filter-source",
        )  # fmt: skip
        with gr.Row():
            after = _date("From", "filter-after")
            before = _date("Before", "filter-before")
        clear = gr.Button("Ask all articles again", elem_id="filter-clear", scale=0)
    parts = FilterParts(source, after, before, fold)
    gr.on(
        [one.change for one in parts.inputs],
        lambda *given: gr.update(label=filter_label(*given)),
        parts.inputs, fold, trigger_mode="always_last", **QUIET,
    )  # fmt: skip
    clear.click(lambda: ("", "", ""), None, parts.inputs, **QUIET)
    return parts


def _date(label: str, name: str) -> gr.Textbox:
    return gr.Textbox(
        label=label, placeholder="year-month-day", max_length=10, max_lines=1, elem_id=name,
        min_width=140,
    )  # fmt: skip
