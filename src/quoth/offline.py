"""quoth asks nothing of the network: the switches that keep its libraries silent.

The Hugging Face libraries, Gradio and OpenVINO would otherwise look for newer files or send
statistics. Their switches are read when they are imported, so set them first.
"""

from __future__ import annotations

import os
import sys

_ALWAYS = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
}
_UNLESS_SET = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
}


def set_offline() -> None:
    """Turn off downloads and telemetry for this process and those it starts.

    Call it before transformers, sentence_transformers, gradio or openvino is imported. OpenVINO
    has no switch of its own: with its `openvino_telemetry` marked as absent, it uses the stub
    that it ships for that case. A module that something else has imported already is left alone.
    """
    os.environ.update(_ALWAYS)
    for name, value in _UNLESS_SET.items():
        os.environ.setdefault(name, value)
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
