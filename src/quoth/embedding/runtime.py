"""Running an embedding model: token ids → vectors.

OpenVINO runs a model that `conversion` prepared, from the cache and without torch: half a second
to start, 5 ms a question. What cannot be converted runs in torch (`torch_encoder`).
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
from quoth.embedding.side_by_side import PADDING, LaidOut, lay_out, part_vectors
from quoth.processor import has_tiles
from quoth.records import Floats, Ints, Span
from quoth.text import encodable

if TYPE_CHECKING:
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
    pools: it gives each token's vector, and the mean of these is a text's, so that its parts have
        one as well (`side_by_side`).
    """

    dimension: int
    length: int
    special_tokens: int
    inputs: tuple[str, ...] = ()
    pad_id: int = 0
    pad_left: bool = False
    pools: bool = False


class Encoder(Protocol):
    """A model that runs. All methods may be called from several threads."""

    @property
    def shape(self) -> Shape: ...

    def encode(self, texts: Sequence[str], prompt: str, advance: Advance) -> Floats:
        """(n,) texts, each after `prompt` → (n, dimension), not yet of length 1."""
        ...

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], prompt: str, advance: Advance
    ) -> list[Floats]:
        """Of each text (1 + parts, dimension): its own vector, then its parts', side by side.

        Only of a model that `pools`. Not yet of length 1.
        """
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
        for rows, some, found in self._run(texts, [()] * len(texts), prompt, advance):
            vectors[rows] = _whole(found, some) if self.shape.pools else found
        return vectors

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], prompt: str, advance: Advance
    ) -> list[Floats]:
        vectors: dict[int, Floats] = {}
        for rows, some, found in self._run(texts, parts, prompt, advance):
            for row, text, tokens in zip(rows.tolist(), some, found, strict=True):
                vectors[row] = part_vectors(tokens, text.groups, len(parts[row]))
        return [vectors[row] for row in range(len(texts))]

    def _run(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], prompt: str, advance: Advance
    ) -> Iterator[tuple[Ints, list[LaidOut], Floats]]:
        """Batches: which of the texts, their tokens, and what the model gives for them."""
        done = 0
        for start in range(0, len(texts), WINDOW):
            window = slice(start, start + WINDOW)
            tokens = laid_out(self._tokenizer, texts[window], parts[window], prompt, self.shape)
            for rows in batches([len(found.ids) for found in tokens]):
                some = [tokens[row] for row in rows]
                yield start + rows, some, self._infer(some)
                done += len(rows)
                advance(done)

    def _infer(self, tokens: Sequence[LaidOut]) -> Floats:
        inputs = padded(tokens, self.shape)
        with self._lock:  # the processor's threads all work on one batch
            return np.array(self._request.infer(inputs)[0], np.float32)


def _whole(tokens: Floats, texts: Sequence[LaidOut]) -> Floats:
    """(texts, dimension) of each text without its parts."""
    found = zip(tokens, texts, strict=True)
    return np.concatenate([part_vectors(one, text.groups, 0) for one, text in found])


def laid_out(
    tokenizer: Tokenizer,
    texts: Sequence[str],
    parts: Sequence[Sequence[Span]],
    prompt: str,
    shape: Shape,
) -> list[LaidOut]:
    """Texts after the prompt → their tokens, the parts side by side."""
    found = tokenizer.encode_batch([prompt + one for one in shortened_to(shape.length, texts)])
    return [
        lay_out(tokens.ids, tokens.offsets, after(prompt, some))
        for tokens, some in zip(found, parts, strict=True)
    ]


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


def padded(tokens: Sequence[LaidOut], shape: Shape) -> dict[str, Ints]:
    """Tokens of texts → the model's inputs, each int64 (batch, longest, filled up)."""
    longest = filled_up(max(len(text.ids) for text in tokens), STEP)
    size = (len(tokens), min(longest, shape.length))
    ids, groups = np.full(size, shape.pad_id, np.int64), np.full(size, PADDING, np.int64)
    positions = np.zeros(size, np.int64)
    for row, text in enumerate(tokens):
        count = len(text.ids)
        place = slice(size[1] - count, None) if shape.pad_left else slice(count)
        ids[row, place], groups[row, place], positions[row, place] = text
    every = {
        "input_ids": ids, "attention_mask": (groups != PADDING).astype(np.int64),
        "token_type_ids": np.zeros_like(ids), "position_ids": positions, "groups": groups,
    }  # fmt: skip
    return {name: every[name] for name in shape.inputs}


def shortened_to(length: int, texts: Sequence[str]) -> list[str]:
    """Texts as a tokenizer takes them, without what a model of that length never sees."""
    return [encodable(text[: length * CHARACTERS_A_TOKEN]) for text in texts]


def after(prompt: str, parts: Sequence[Span]) -> list[Span]:
    """The parts of a text in the text that follows a prompt."""
    return [Span(start + len(prompt), end + len(prompt)) for start, end in parts]


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
