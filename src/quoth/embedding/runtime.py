"""Running an embedding model: token ids → vectors.

OpenVINO runs a model that `conversion` prepared, from the cache and without torch: half a second
to start, 5 ms a question. What cannot be converted runs in torch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from quoth.embedding.prepared import Compiled, read_graph, write_graph
from quoth.processor import has_tiles
from quoth.records import Floats, Ints
from quoth.text import encodable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

BATCH_TOKENS = 2560
"""Tokens run at once, padding included: 16 passages of 160."""
SAFE_STEP = 32
"""Tokens: matrix products in bfloat16 on AMX over what is no multiple of it may give NaN (oneDNN
issue 5717; seen once with OpenVINO 2026.4)."""
STEP = SAFE_STEP if has_tiles() else 8
"""Tokens: texts are filled up to a multiple of it. With 8 an index takes 0.78 to 0.92 of the time
that it takes with 32."""
MOST_PADDING = 32
"""Tokens that one text more may add to those before it in a batch: as long as another run takes."""
WINDOW = 1024
"""Texts tokenised and sorted by length at once."""
CHARACTERS_A_TOKEN = 100
"""A text is cut to this many characters for each token the model takes, then tokenised: a
million characters would take a second, and the model would see none of them."""
PROBE = "Quoth the Raven: “Nevermore” – and nothing more (1845)."
LEAST_COSINE = 0.999

Advance = Callable[[int], None]
"""Called with the number of texts done so far."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model takes and gives.

    length: most tokens of one text, the `special_tokens` around it included.
    inputs: names of the model's inputs, all int64 (batch, tokens).
    """

    dimension: int
    length: int
    special_tokens: int
    inputs: tuple[str, ...] = ()
    pad_id: int = 0
    pad_left: bool = False


class Encoder(Protocol):
    """A model that runs. Both methods may be called from several threads."""

    @property
    def shape(self) -> Shape: ...

    def encode(self, texts: Sequence[str], prompt: str, advance: Advance) -> Floats:
        """(n,) texts, each after `prompt` → (n, dimension), not yet of length 1."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


class OpenVinoEncoder:
    """A converted model on the CPU plugin, which takes bfloat16 where the processor has it."""

    def __init__(self, request: Compiled, tokenizer: str, shape: Shape) -> None:
        """`tokenizer` is the text of a tokenizer.json."""
        self.shape = shape
        self._request = request
        self._tokenizer_json = tokenizer
        self._tokenizer = load_tokenizer(tokenizer, length=shape.length)
        self._lock = threading.Lock()

    @cached_property
    def _counter(self) -> Tokenizer:
        return load_tokenizer(self._tokenizer_json)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return count_with(self._counter, texts)

    def encode(self, texts: Sequence[str], prompt: str, advance: Advance) -> Floats:
        vectors = np.zeros((len(texts), self.shape.dimension), np.float32)
        done = 0
        for start in range(0, len(texts), WINDOW):
            tokens = self._tokenise(texts[start : start + WINDOW], prompt)
            for rows in batches([len(ids) for ids in tokens]):
                vectors[start + rows] = self._infer([tokens[row] for row in rows])
                done += len(rows)
                advance(done)
        return vectors

    def _tokenise(self, texts: Sequence[str], prompt: str) -> list[list[int]]:
        limit = self.shape.length * CHARACTERS_A_TOKEN
        shortened = [prompt + encodable(text[:limit]) for text in texts]
        return [list(found.ids) for found in self._tokenizer.encode_batch_fast(shortened)]

    def _infer(self, tokens: Sequence[Sequence[int]]) -> Floats:
        inputs = padded(tokens, self.shape)
        with self._lock:  # the processor's threads all work on one batch
            return np.array(self._request.infer(inputs)[0], np.float32)


class TorchEncoder:
    """A model as sentence-transformers runs it: any of its models, but slow to start."""

    def __init__(self, model: SentenceTransformer, shape: Shape) -> None:
        self.shape = shape
        self._model = model
        self._lock = threading.Lock()

    @cached_property
    def _counter(self) -> Tokenizer | None:
        from tokenizers import Tokenizer

        backend = getattr(self._model.tokenizer, "backend_tokenizer", self._model.tokenizer)
        return load_tokenizer(backend.to_str()) if isinstance(backend, Tokenizer) else None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if self._counter is None:
            return [len(text.split()) for text in texts]
        return count_with(self._counter, texts)

    def encode(self, texts: Sequence[str], prompt: str, advance: Advance) -> Floats:
        limit = self.shape.length * CHARACTERS_A_TOKEN
        vectors = np.zeros((len(texts), self.shape.dimension), np.float32)
        for start in range(0, len(texts), 64):
            some = [encodable(text[:limit]) for text in texts[start : start + 64]]
            with self._lock:
                found = self._model.encode(
                    some, prompt=prompt, batch_size=16, show_progress_bar=False
                )
            vectors[start : start + len(some)] = found
            advance(start + len(some))
        return vectors


def batches(lengths: Sequence[int]) -> Iterator[Ints]:
    """Row numbers in batches of like length, short ones first, of up to BATCH_TOKENS tokens."""
    order = np.argsort(np.asarray(lengths, np.int64), kind="stable")
    size = [filled_up(lengths[row], STEP) for row in order]
    start = 0
    for end in range(1, len(order)):
        padding = (size[end] - size[end - 1]) * (end - start)
        if padding > MOST_PADDING or (end + 1 - start) * size[end] > BATCH_TOKENS:
            yield order[start:end]
            start = end
    if len(order):
        yield order[start:]


def padded(tokens: Sequence[Sequence[int]], shape: Shape) -> dict[str, Ints]:
    """Lists of token ids → the model's inputs, each int64 (batch, longest, filled up)."""
    longest = filled_up(max(len(ids) for ids in tokens), STEP)
    size = (len(tokens), min(longest, shape.length))
    input_ids = np.full(size, shape.pad_id, np.int64)
    mask = np.zeros(size, np.int64)
    for row, ids in enumerate(tokens):
        place = slice(size[1] - len(ids), None) if shape.pad_left else slice(len(ids))
        input_ids[row, place] = ids
        mask[row, place] = 1
    every = {"input_ids": input_ids, "attention_mask": mask, "token_type_ids": np.zeros_like(mask)}
    return {name: every[name] for name in shape.inputs}


def filled_up(tokens: int, step: int) -> int:
    """The next multiple of `step`."""
    return -(-tokens // step) * step


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def load_tokenizer(tokenizer: str, *, length: int | None = None) -> Tokenizer:
    """From the text of a tokenizer.json; without padding, and truncating only to a `length`."""
    from tokenizers import Tokenizer

    loaded = Tokenizer.from_str(tokenizer)
    loaded.no_padding()
    loaded.no_truncation()
    if length is not None:
        loaded.enable_truncation(length)
    return loaded


def count_with(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Tokens in each text, without special ones."""
    clean = [encodable(text) for text in texts]
    found = tokenizer.encode_batch_fast(clean, add_special_tokens=False)
    return [len(tokens.ids) for tokens in found]


def probe(encoder: Encoder) -> Floats:
    """(dimension,) the vector of a fixed text, by which a prepared model is recognised."""
    vector: Floats = unit(encoder.encode([PROBE], "", lambda done: None))[0]
    return vector


def write_prepared(folder: Path, converted: object, tokenizer: str, encoder: Encoder) -> None:
    """Put into `folder` all that `read_prepared` needs. Raises OSError."""
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    about = {"shape": asdict(encoder.shape), "probe": probe(encoder).tolist()}
    write_graph(folder, converted, about)


def read_prepared(folder: Path, records: Path) -> OpenVinoEncoder | None:
    """The model that `write_prepared` left in `folder`; None if it is missing or damaged.

    Files that have changed and a compiled form that gives another vector of the fixed text are
    not used.
    """
    try:
        request, record = read_graph(folder, records)
        shape = Shape(**record["shape"] | {"inputs": tuple(record["shape"]["inputs"])})
        tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
        encoder = OpenVinoEncoder(request, tokenizer, shape)
        likeness = float(probe(encoder) @ np.asarray(record["probe"], np.float32))
        return encoder if likeness >= LEAST_COSINE else None
    except Exception:  # whatever a damaged file makes the libraries raise: it is made again
        return None
