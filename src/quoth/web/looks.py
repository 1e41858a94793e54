"""How the app looks: what Gradio is given for it when the app is launched."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import gradio as gr

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "Liberation Mono", "monospace")
_POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
"""Gradio needs scripts in the page; from other hosts nothing may be loaded, and nothing sent."""

_SHEETS = ("frame", "asking", "answers", "article", "library")
"""In this order, so that what comes later may say more."""

FAVICON = Path(str(files("quoth.web") / "favicon.svg"))


def theme() -> gr.themes.Base:
    """Gradio's own parts, and its login page, in the system's fonts and frame.css's colours."""
    ground, sheet, line, ink, accent = "#faf9f6", "#ffffff", "#dedbd2", "#1f2426", "#0b6159"
    dark_ground, dark_sheet, dark_line = "#141719", "#1b1f21", "#34393c"
    dark_ink, dark_accent, on_dark_accent = "#e7e6e1", "#74cbbd", "#0d1a18"
    return gr.themes.Base(font=_SANS, font_mono=_MONO).set(
        body_background_fill=ground,
        body_background_fill_dark=dark_ground,
        body_text_color=ink,
        body_text_color_dark=dark_ink,
        background_fill_primary=ground,
        background_fill_primary_dark=dark_ground,
        background_fill_secondary=ground,
        background_fill_secondary_dark=dark_ground,
        block_background_fill=ground,
        block_background_fill_dark=dark_ground,
        input_background_fill=sheet,
        input_background_fill_dark=dark_sheet,
        input_border_width="1px",
        input_border_color=line,
        input_border_color_dark=dark_line,
        button_primary_background_fill=accent,
        button_primary_background_fill_hover=accent,
        button_primary_background_fill_dark=dark_accent,
        button_primary_background_fill_hover_dark=dark_accent,
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark=on_dark_accent,
    )


def head() -> str:
    """The style, and what the page may load.

    Gradio rewrites the selectors of what it is given as `css`; in the head they stay as written.
    """
    style = "".join((files("quoth.web") / f"{sheet}.css").read_text("utf-8") for sheet in _SHEETS)
    return (
        '<meta name="color-scheme" content="light dark">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{style}</style>'
    )
