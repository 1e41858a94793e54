"""Models in OpenVINO: what they leave of the process that they are loaded into."""

from __future__ import annotations

import locale
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from quoth.embedding.prepared import read_graph, write_graph


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small graph as it is kept: its input times two."""
    from openvino import Model, opset13

    given = opset13.parameter([-1, 4], np.float32, name="given")
    write_graph(tmp_path, Model([opset13.multiply(given, np.float32(2))], [given], "two"), {})
    return tmp_path


def test_a_graph_does_what_it_did_before_it_was_kept(folder: Path, tmp_path: Path) -> None:
    request, record = read_graph(folder, tmp_path / "sha256")
    assert request.infer({"given": np.ones((1, 4))})[0].tolist() == [[2.0] * 4]
    assert set(record["files"]) == {"model.bin", "model.xml"}


def test_models_that_are_loaded_side_by_side_leave_the_locale_as_it_was(
    folder: Path, tmp_path: Path
) -> None:
    """OpenVINO sets it to "C", in which a script's own `open(…)` cannot read UTF-8."""
    before = locale.setlocale(locale.LC_ALL)
    assert before != "C"
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            list(pool.map(lambda _: read_graph(folder, tmp_path / "sha256"), range(2)))
            assert locale.setlocale(locale.LC_ALL) == before
