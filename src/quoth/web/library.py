"""The Library tab: what is in the index, adding to it and removing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

    from quoth.web.desk import Desk


def lay_out_library(app: gr.Blocks, desk: Desk) -> bool:
    """Lay out the tab, inside which this is called; False leaves the tab out."""
    return False
