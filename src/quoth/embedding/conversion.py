"""Preparing an embedding model for OpenVINO, once: the only place that loads it in torch.

The prepared model is kept in the cache and made again when it is damaged; the cache may be
deleted at any time. A model that cannot be converted, or whose converted form gives other
vectors, runs in torch.
"""

from __future__ import annotations

import contextlib
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quoth.embedding.prepared import prepared_folder, start_request
from quoth.embedding.runtime import (
    LEAST_COSINE,
    Encoder,
    OpenVinoEncoder,
    Shape,
    laid_out,
    padded,
    read_prepared,
    unit,
    write_prepared,
)
from quoth.embedding.torch_encoder import (
    PARTS_INPUTS,
    TorchEncoder,
    parts_module,
    runs_parts,
    text_module,
    tokenizer_of,
)
from quoth.errors import ModelError
from quoth.new_folder import new_folder
from quoth.records import Floats, Progress, Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FORMAT = 4
"""Counted up when what is in the cache changes."""
STAGE = "preparing the model"
UNLIMITED = 512
"""Tokens taken of a text by a model that names no limit."""
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_LIBRARIES = ("sentence_transformers", "transformers", "torch", "openvino")

CHECK_TEXTS = (
    "Who?",
    "The bridge was closed in March because two of its cables had rusted through.",
    "Zażółć gęślą jaźń – Мост закрыт – 橋は三月から閉鎖されている。",
    "🚲🌧️ no bikes today 😀",
    "",
    "sed $'s/\\t/ /' report.csv | sort -k2,2nr | head # 12,345.67 €",
    "Supercalifragilisticexpialidocious " * 12,
    "A long report on the ferries, their crews and the price of fuel since 1998. " * 60,
)


def load_encoder(path: Path, cache: Path, key: str, progress: Progress | None) -> Encoder:
    """The model in `path`, from the `cache` if it was prepared before.

    key: names everything that decides the vectors. Raises ModelError.
    """
    folder = prepared_folder(cache, key, FORMAT)
    records = cache / "sha256"
    if (ready := read_prepared(folder, records)) is not None:
        return ready
    with _announced(progress), _quiet_libraries():
        model = _load_torch(path)
        shape = _shape(model)
        if (folder / "torch.json").is_file():
            return TorchEncoder(model, shape)
        try:
            return _prepare(model, shape, folder, records)
        except (OSError, MemoryError):  # says nothing about the model
            return TorchEncoder(model, shape)
        except Exception as error:  # the converter has many ways to refuse a model
            _remember_refusal(folder, error)
            return TorchEncoder(model, shape)


def _prepare(model: SentenceTransformer, shape: Shape, folder: Path, records: Path) -> Encoder:
    if not all(getattr(module, "include_prompt", True) for module in model):
        raise ValueError("its pooling leaves the prompt out")  # which is not known when it runs
    converted = _convert(model, shape)
    tokenizer: str = model.tokenizer.backend_tokenizer.to_str()
    encoder = OpenVinoEncoder(start_request(converted), tokenizer, shape)
    _compare(encoder, TorchEncoder(model, shape))
    with contextlib.suppress(OSError), new_folder(folder) as temporary:
        write_prepared(temporary, converted, tokenizer, encoder)
    return read_prepared(folder, records) or encoder


def _convert(model: SentenceTransformer, shape: Shape) -> object:
    """The model as an `openvino.Model`: its inputs → sentence embedding, or the tokens' own."""
    import openvino
    import torch

    # Two texts of unlike length, so that the padding is part of what is traced.
    texts = CHECK_TEXTS[:2]
    if shape.pools:
        tokenizer = tokenizer_of(model, length=shape.length)
        assert tokenizer is not None, "a model that pools has one"
        laid = laid_out(tokenizer, texts, _quarters(texts), "", shape)
        example = {name: torch.from_numpy(one) for name, one in padded(laid, shape).items()}
        return openvino.convert_model(parts_module(model), example_input=example)
    tokens = model.tokenizer(list(texts), padding=True, return_tensors="pt")
    example = {name: tokens[name] for name in shape.inputs}
    return openvino.convert_model(text_module(model), example_input=example)


def _compare(encoder: Encoder, other: Encoder) -> None:
    """Raises ValueError if the two give unlike vectors."""
    ours, theirs = (unit(_check_vectors(one)) for one in (encoder, other))
    least = float(np.min(np.sum(ours * theirs, axis=1)))
    if not least >= LEAST_COSINE:
        raise ValueError(f"cosine {least:.4f} to the vectors of torch")


def _check_vectors(encoder: Encoder) -> Floats:
    whole = encoder.encode(CHECK_TEXTS, "", _ignore)
    if not encoder.shape.pools:
        return whole
    return np.concatenate(
        [whole, *encoder.encode_parts(CHECK_TEXTS, _quarters(CHECK_TEXTS), "", _ignore)]
    )


def _quarters(texts: Sequence[str]) -> list[list[Span]]:
    """The second and the third quarter of each text."""
    return [
        [Span(len(text) // 4, len(text) // 2), Span(len(text) // 2, len(text) * 3 // 4)]
        for text in texts
    ]


def _ignore(done: int) -> None:
    return None


def _load_torch(path: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(str(path), device="cpu", local_files_only=True)
    except Exception as error:  # each library raises its own
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(f"cannot load the model in '{path}': {reason}") from error
    return model.float().eval()


def _shape(model: SentenceTransformer) -> Shape:
    tokenizer = model.tokenizer
    length = model.max_seq_length or UNLIMITED
    special = getattr(tokenizer, "num_special_tokens_to_add", lambda is_pair: 0)
    names = getattr(tokenizer, "model_input_names", ())
    pools = runs_parts(model)
    return Shape(
        dimension=int(np.asarray(model.encode(["one"], prompt="")).shape[1]),
        length=int(length) if length < 1_000_000 else UNLIMITED,
        special_tokens=int(special(False)),
        inputs=PARTS_INPUTS if pools else tuple(name for name in _INPUTS if name in names),
        pad_id=int(getattr(tokenizer, "pad_token_id", None) or 0),
        pad_left=getattr(tokenizer, "padding_side", "right") == "left",
        pools=pools,
    )


def _remember_refusal(folder: Path, error: Exception) -> None:
    """So that the next start need not try again."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    with contextlib.suppress(OSError), new_folder(folder) as temporary:
        (temporary / "torch.json").write_text(json.dumps({"reason": reason}), encoding="utf-8")


@contextlib.contextmanager
def _announced(progress: Progress | None) -> Iterator[None]:
    if progress is not None:
        progress(STAGE, 0, 1)
    yield
    if progress is not None:
        progress(STAGE, 1, 1)


@contextlib.contextmanager
def _quiet_libraries() -> Iterator[None]:
    """No warnings, notices or bars of the libraries; their errors are raised as ever."""
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _no_bars():
                yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def _no_bars() -> Iterator[None]:
    from transformers.utils import logging as bars

    had_bars = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if had_bars:
            bars.enable_progress_bar()  # type: ignore[no-untyped-call]
