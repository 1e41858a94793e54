"""The Evaluate tab: a question set is run and its report shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

    from quoth.web.desk import Desk


def lay_out_evaluating(app: gr.Blocks, desk: Desk) -> bool:
    """Lay out the tab, inside which this is called; False leaves the tab out."""
    return False
