"""The Library tab: what is in the index, adding to it and removing."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import gradio as gr

from quoth.errors import UsageError
from quoth.web.desk import Desk
from quoth.web.events import QUIET, WRITES, guarded, telling
from quoth.web.filter_parts import FilterParts
from quoth.web.intake import Result
from quoth.web.stock import Stock
from quoth.web.stock_html import listing_html, results_html

_STAGES = {
    "comparing": "Looking for what is new",
    "embedding": "Reading",
    "indexing words": "Making it searchable",
}


class Told(NamedTuple):
    """What an event leaves on the tab, in the order of its outputs."""

    results: object
    listing: object
    given: object
    """What stays in the field that was filled."""


class Library:
    """What happens on each event of the tab."""

    def __init__(self, desk: Desk) -> None:
        self.stock = Stock(desk.index, read_only=desk.read_only)

    def listed(self, containing: str) -> str:
        """The first page of the articles with these words."""
        return self._listed(containing, 1)

    def add_files(
        self,
        dropped: list[str] | None,
        replace: bool,
        containing: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  as Gradio wants it
    ) -> Told:
        """Add files that were dropped."""
        paths = [Path(path) for path in dropped or []]

        def added() -> list[Result]:
            return self.stock.add_files(
                paths, replace=replace is True, progress=telling(progress, _STAGES)
            )

        return self._told(added, containing, given=None, otherwise=None)

    def add_address(
        self,
        address: str,
        containing: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Told:
        """Add the page at an address."""

        def added() -> list[Result]:
            if not isinstance(address, str) or not address.strip():
                raise UsageError("no address: paste that of a page, https://…")
            progress(0, desc="Fetching the page")
            return [self.stock.add_address(address)]

        return self._told(added, containing, given="", otherwise=gr.skip())

    def turn(self, containing: str, event: gr.EventData) -> str:
        """The page of the list that was chosen."""
        return self._listed(containing, _of(event, "page"))

    def remove(self, containing: str, event: gr.EventData) -> Told:
        """Remove the articles that were chosen."""
        sources = _of(event, "sources")

        def removed() -> list[Result]:
            if not isinstance(sources, list) or not all(isinstance(one, str) for one in sources):
                raise UsageError("the articles to remove are not named")
            self.stock.remove(sources)
            return [Result(one, "removed") for one in sources]

        return self._told(removed, containing, page=_of(event, "page"))

    def _listed(self, containing: object, page: object) -> str:
        words = containing if isinstance(containing, str) else ""
        shown = self.stock.listing(page if type(page) is int else 1, words)
        return listing_html(shown, containing=words, read_only=self.stock.read_only)

    def _told(
        self,
        work: Callable[[], list[Result]],
        containing: object,
        *,
        page: object = 1,
        given: object = None,
        otherwise: object = None,
    ) -> Told:
        """given: what stays in the field; otherwise: what does if it went wrong."""

        def done() -> Told:
            return Told(results_html(work()), self._listed(containing, page), given)

        def failed(line: str) -> Told:
            told = results_html(problem=line)
            return Told(told, self._listed(containing, page), otherwise)

        return guarded(done, failed)


def lay_out_library(
    app: gr.Blocks, desk: Desk, tab: gr.Tab, tabs: gr.Tabs, asked: FilterParts
) -> bool:
    """Lay out the tab, inside which this is called; False leaves the tab out.

    tab: itself, of `tabs`. asked: which articles are asked, where one can be chosen from here.
    """
    library = Library(desk)
    script = (files("quoth.web") / "library.js").read_text("utf-8")
    with gr.Column(elem_id="library", min_width=0):
        adding = None if desk.read_only else _lay_out_adding()
        results = gr.HTML(results_html(), elem_id="results", apply_default_css=False)
        containing = gr.Textbox(
            label="Find in the library", placeholder="Words of a title or of a file’s name",
            max_length=200, elem_id="find",
        )  # fmt: skip
        listing = gr.HTML(
            library.listed(""), elem_id="listing", js_on_load=script, apply_default_css=False
        )
    containing.change(library.listed, containing, listing, trigger_mode="always_last", **QUIET)
    gr.on([tab.select, app.load], library.listed, containing, listing, **QUIET)
    listing.select(library.turn, containing, listing, **QUIET)
    listing.like(_only, None, [asked.source, tabs], **QUIET)
    if adding is not None:
        _connect(library, adding, containing, results, listing)
    return True


class _Adding(NamedTuple):
    dropped: gr.File
    replace: gr.Checkbox
    address: gr.Textbox
    fetch: gr.Button


def _lay_out_adding() -> _Adding:
    with gr.Row(elem_id="adding"):
        with gr.Column(min_width=0):
            dropped = gr.File(label="Add files", file_count="multiple", height=150, elem_id="drop")
            replace = gr.Checkbox(
                label="Replace what was uploaded under the same name", elem_id="replace"
            )
        with gr.Column(min_width=0):
            address = gr.Textbox(
                label="Add a page of the web", placeholder="https://…", max_length=2_000,
                elem_id="address",
            )  # fmt: skip
            fetch = gr.Button("Add the page", elem_id="fetch")
    return _Adding(dropped, replace, address, fetch)


def _connect(
    library: Library,
    adding: _Adding,
    containing: gr.Textbox,
    results: gr.HTML,
    listing: gr.HTML,
) -> None:
    """What writes waits for what writes already."""
    adding.dropped.upload(
        library.add_files, [adding.dropped, adding.replace, containing],
        [results, listing, adding.dropped], show_progress_on=results, **WRITES,
    )  # fmt: skip
    gr.on(
        [adding.fetch.click, adding.address.submit], library.add_address,
        [adding.address, containing], [results, listing, adding.address],
        show_progress_on=results, **WRITES,
    )  # fmt: skip
    gone = gr.State(None)
    listing.submit(
        library.remove, containing, [results, listing, gone], show_progress_on=results,
        trigger_mode="multiple", **WRITES,
    )  # fmt: skip


def _only(event: gr.EventData) -> tuple[object, object]:
    """Ask one article only: the filter, and the tab where one asks."""
    source = _of(event, "only")
    chosen = source if isinstance(source, str) else gr.skip()
    return chosen, gr.update(selected="ask")


def _of(event: gr.EventData, name: str) -> object:
    return event._data.get(name) if isinstance(event._data, dict) else None
