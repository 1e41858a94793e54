"""How the app looks: what Gradio is given for it when the app is launched."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import gradio as gr

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "Liberation Mono", "monospace")
_POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"
"""Gradio needs scripts in the page; from other hosts nothing may be loaded, and nothing sent."""

FAVICON = Path(str(files("quoth.web") / "favicon.svg"))


def theme() -> gr.themes.Base:
    """Gradio's own parts in the system's fonts, on the ground that style.css sets."""
    return gr.themes.Base(font=_SANS, font_mono=_MONO).set(
        body_background_fill="#faf9f6",
        body_background_fill_dark="#141719",
        body_text_color="#1f2426",
        body_text_color_dark="#e7e6e1",
    )


def head() -> str:
    """The style, and what the page may load.

    Gradio rewrites the selectors of what it is given as `css`; in the head they stay as written.
    """
    style = (files("quoth.web") / "style.css").read_text("utf-8")
    return (
        '<meta name="color-scheme" content="light dark">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{style}</style>'
    )
