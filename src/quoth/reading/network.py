"""The reader's network in OpenVINO: weights → graph, windows → log-odds.

An encoder under three heads, BERT (Devlin et al. 2019) or MPNet (Song et al. 2020), built
operation by operation from arrays, so that nothing is converted or kept. The two differ in what
is added to the attention's scores: nothing, or a learnt bias for the distance of two tokens.
`training/network.py` is the same in torch.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from quoth.embedding.prepared import Compiled
from quoth.embedding.runtime import SAFE_STEP, filled_up
from quoth.reading.base_weights import Weights
from quoth.reading.layout import WINDOW, Layout, Window
from quoth.reading.token_scores import TokenScores, merged
from quoth.reading.whole_numbers import INPUT_LEVELS, Ranges, Rounded, rounded
from quoth.records import Floats, Ints

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HEADS = 12
EPSILON = {"bert": 1e-12, "mpnet": 1e-5}
"""Of layer normalisation."""
MPNET_SHIFT = 2
"""MPNet's first position: those before it were for padding."""
STEP = SAFE_STEP
"""Tokens that windows are filled up to a multiple of. With 8 or 16 a question takes as long, and
OpenVINO keeps 20 to 60 MB more for the shapes."""
_MASKED = -1e4


class Network:
    """A compiled network with its tokenizer. Safe to use from several threads."""

    def __init__(self, request: Compiled, tokenizer: Tokenizer) -> None:
        """request: a `graph`, ready to run."""
        self._layout = Layout(tokenizer)
        self._request = request
        self._lock = threading.Lock()

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[TokenScores]:
        """texts: (context, text) each."""
        laid = [self._layout(question, context, text) for context, text in texts]
        return [merged(one, [self._run(window) for window in one.windows]) for one in laid]

    def _run(self, window: Window) -> tuple[float, Floats]:
        """Its relevance and (its tokens, 3) start, end, evidence.

        One window at a time, so that it says the same whatever is read with it: several at once
        are no faster, and each number of them is one more shape that OpenVINO keeps memory for.
        """
        inputs = padded(window, self._layout.pad_id)
        with self._lock:  # the processor's threads all work on one window
            outputs = self._request.infer(inputs)
            relevance, tokens = (np.array(outputs[n][0], np.float32) for n in range(2))
        return float(relevance), tokens[: len(window.ids)]


def padded(window: Window, pad_id: int) -> dict[str, Ints]:
    """The graph's inputs, each int64 (1, the window's tokens, filled up)."""
    count = len(window.ids)
    size = (1, filled_up(count, STEP))
    ids, types = np.full(size, pad_id, np.int64), np.zeros(size, np.int64)
    mask = np.zeros(size, np.int64)
    ids[0, :count], types[0, :count], mask[0, :count] = window.ids, window.types, 1
    return {"ids": ids, "types": types, "mask": mask}


def graph(weights: Weights, ranges: Ranges | None = None) -> Any:
    """The `openvino.Model`: ids, types, mask (windows, tokens) → relevance, token log-odds.

    weights: of a whole network, as `training/network.py` names them.
    ranges: of what its layers multiply; with them they do so in whole numbers of 8 bits.
    relevance (windows,); tokens (windows, tokens, 3): start, end, evidence.
    """
    from openvino import Model

    return _Graph(weights, ranges or {}).model(Model)


def distance_buckets(tokens: int) -> Ints:
    """MPNet's bucket, 0 to 31, for the distance of each two tokens: (tokens, tokens) int64.

    As in T5 (Raffel et al. 2020): 16 for each direction, of which 8 are for one distance each and
    the others ever wider, up to 128 tokens.
    """
    place = np.arange(tokens)
    distance = place[:, None] - place[None, :]
    behind = np.where(distance < 0, 16, 0)
    distance = np.abs(distance)
    wider = np.log(np.maximum(distance, 1).astype(np.float32) / 8) / math.log(128 / 8) * 8
    far = np.minimum(8 + wider.astype(np.int64), 15)
    return np.asarray(behind + np.where(distance < 8, distance, far), np.int64)


class _Graph:
    def __init__(self, weights: Weights, ranges: Ranges) -> None:
        from openvino import opset13

        self._op = opset13
        self._ranges = ranges
        self._kind = "bert" if "types.weight" in weights else "mpnet"
        self._weights = weights
        self._size = len(weights["norm.weight"])
        self._layers = len({name.split(".")[1] for name in weights if name.startswith("layers.")})

    def model(self, model: Any) -> Any:
        op = self._op
        inputs = [op.parameter([-1, -1], np.int64, name=name) for name in ("ids", "types", "mask")]
        x = self._embedded(inputs[0], inputs[1])
        masked = self._constant(np.float32(_MASKED))
        seen = op.convert(inputs[2], "f32")
        hidden = op.multiply(op.subtract(self._constant(np.float32(1)), seen), masked)
        bias = op.unsqueeze(hidden, self._constant([1, 2]))
        if self._kind == "mpnet":
            bias = op.add(bias, self._distances(inputs[0]))
        for n in range(self._layers):
            x = self._layer(x, bias, f"layers.{n}.")
        first = op.gather(x, self._constant(0), self._constant(1))
        pooled = op.tanh(self._linear(first, "pool"))
        relevance = op.squeeze(self._linear(pooled, "relevance"), self._constant([1]))
        results = [op.result(relevance), op.result(self._linear(x, "tokens"))]
        for result, name in zip(results, ("relevance", "tokens"), strict=True):
            result.output(0).get_tensor().set_names({name})
        return model(results, inputs, "reader")

    def _embedded(self, ids: Any, types: Any) -> Any:
        op, zero = self._op, self._constant(0)
        # Largest by far: in memory it stays in 16 bits if it is converted before it is gathered.
        words = self._constant(self._weights["words.weight"].astype(np.float16))
        x = op.gather(op.convert(words, "f32"), ids, zero)
        first = MPNET_SHIFT if self._kind == "mpnet" else 0
        positions = self._weights["positions.weight"][first : first + WINDOW].astype(np.float32)
        x = op.add(x, self._first(positions, self._tokens(ids), [0]))
        if self._kind == "bert":
            x = op.add(x, op.gather(self._floats("types.weight"), types, zero))
        return self._normal(x, "norm")

    def _distances(self, ids: Any) -> Any:
        """(heads, tokens, tokens) what each head adds for the distance of two tokens."""
        each = self._weights["distances.weight"].astype(np.float32)[distance_buckets(WINDOW)]
        count = self._tokens(ids)
        both = self._op.concat([count, count], 0)
        return self._first(each.transpose(2, 0, 1), both, [1, 2])

    def _tokens(self, ids: Any) -> Any:
        """(1,) tokens of each window."""
        return self._op.gather(self._op.shape_of(ids), self._constant([1]), self._constant(0))

    def _first(self, array: Any, count: Any, axes: list[int]) -> Any:
        """The first `count` along each axis."""
        start, step = self._constant([0] * len(axes)), self._constant([1] * len(axes))
        array = self._constant(np.ascontiguousarray(array))
        return self._op.slice(array, start, count, step, self._constant(axes))

    def _layer(self, x: Any, bias: Any, name: str) -> Any:
        op = self._op
        q, k, v = map(self._head, self._split(x, f"{name}qkv", 3))
        scale = self._constant(np.float32((self._size // HEADS) ** -0.5))
        scores = op.add(op.multiply(op.matmul(q, k, False, True), scale), bias)
        mixed = op.matmul(op.softmax(scores, -1), v, False, False)
        joined = op.reshape(
            op.transpose(mixed, self._constant([0, 2, 1, 3])),
            self._constant([0, 0, self._size]), True,
        )  # fmt: skip
        x = self._normal(op.add(x, self._linear(joined, f"{name}out")), f"{name}norm1")
        wide = op.gelu(self._linear(x, f"{name}wide"), "erf")
        return self._normal(op.add(x, self._linear(wide, f"{name}narrow")), f"{name}norm2")

    def _head(self, y: Any) -> Any:
        """(windows, heads, tokens, size / heads)."""
        y = self._op.reshape(y, self._constant([0, 0, HEADS, self._size // HEADS]), True)
        return self._op.transpose(y, self._constant([0, 2, 1, 3]))

    def _linear(self, x: Any, name: str) -> Any:
        (y,) = self._split(x, name, 1)
        return y

    def _split(self, x: Any, name: str, parts: int) -> list[Any]:
        """A linear layer in that many products, each of as many outputs."""
        op = self._op
        weight, bias = (self._array(f"{name}.{what}") for what in ("weight", "bias"))
        whole = None
        if name in self._ranges:
            whole = rounded(weight, self._ranges[name].astype(np.float32))
            x = self._levels(x, whole)
        products = []
        for n in range(parts):
            own = slice(n * len(bias) // parts, (n + 1) * len(bias) // parts)
            matrix = self._matrix(whole, own) if whole else self._constant(weight[own])
            y = op.matmul(x, matrix, False, True)
            products.append(op.add(y, self._constant(bias[own])))
        return products

    def _levels(self, x: Any, whole: Rounded) -> Any:
        """x smoothed, and rounded to 8 bits."""
        x = self._op.multiply(x, self._constant(whole.smoothing))
        ends = [self._constant(np.float32(end)) for end in (whole.low, whole.high)]
        return self._op.fake_quantize(x, *ends, *ends, INPUT_LEVELS)

    def _matrix(self, whole: Rounded, own: slice) -> Any:
        """Weights that are stored in 8 bits."""
        weight = self._op.convert(self._constant(whole.weight[own]), "f32")
        return self._op.multiply(weight, self._constant(whole.step[own]))

    def _normal(self, x: Any, name: str) -> Any:
        """Layer normalisation."""
        op = self._op
        y = op.mvn(x, self._constant([-1]), True, EPSILON[self._kind], "INSIDE_SQRT")
        return op.add(op.multiply(y, self._floats(f"{name}.weight")), self._floats(f"{name}.bias"))

    def _floats(self, name: str) -> Any:
        return self._constant(self._array(name))

    def _array(self, name: str) -> Floats:
        return self._weights[name].astype(np.float32)

    def _constant(self, value: Any) -> Any:
        return self._op.constant(np.asarray(value))
