"""The browser app: a question box, the answer as quote cards, and the whole article beside it.

`serve` is all that most callers need; `quoth.web.app.create_app` gives the Gradio app itself.
Gradio is imported when one of them is called, not here.
"""

from __future__ import annotations

from quoth.web.server import serve

__all__ = ["serve"]
