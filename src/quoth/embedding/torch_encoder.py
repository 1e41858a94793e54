"""A model as sentence-transformers runs it: any of its models, but slow to start."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from quoth.embedding.runtime import (
    Advance,
    Shape,
    count_with,
    laid_out,
    load_tokenizer,
    padded,
    shortened_to,
)
from quoth.embedding.side_by_side import SHARED, part_vectors
from quoth.records import Floats, Span

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

PARTS_INPUTS = ("input_ids", "position_ids", "groups")
"""Of `parts_module`."""
_TEXTS = 64
"""Embedded between two calls of `Advance`."""
_BATCH = 16
_UNSEEN = -1e4


class TorchEncoder:
    """An `Encoder` for what cannot be converted."""

    def __init__(self, model: SentenceTransformer, shape: Shape) -> None:
        self.shape = shape
        self._model = model
        self._lock = threading.Lock()

    @cached_property
    def _counter(self) -> Tokenizer | None:
        return tokenizer_of(self._model)

    @cached_property
    def _parts(self) -> tuple[Tokenizer, torch.nn.Module]:
        tokenizer = tokenizer_of(self._model, length=self.shape.length)
        assert tokenizer is not None, "a model that pools has one"
        return tokenizer, parts_module(self._model)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if self._counter is None:
            return [len(text.split()) for text in texts]
        return count_with(self._counter, texts)

    def encode(self, texts: Sequence[str], prompt: str, advance: Advance) -> Floats:
        vectors = np.zeros((len(texts), self.shape.dimension), np.float32)
        for some in _slices(len(texts), _TEXTS):
            given = shortened_to(self.shape.length, texts[some])
            with self._lock:
                vectors[some] = self._model.encode(
                    given, prompt=prompt, batch_size=_BATCH, show_progress_bar=False
                )
            advance(some.stop)
        return vectors

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], prompt: str, advance: Advance
    ) -> list[Floats]:
        import torch

        tokenizer, module = self._parts
        vectors: list[Floats] = []
        for some in _slices(len(texts), _BATCH):
            laid = laid_out(tokenizer, texts[some], parts[some], prompt, self.shape)
            inputs = [torch.from_numpy(one) for one in padded(laid, self.shape).values()]
            with self._lock, torch.no_grad():
                found = module(*inputs).float().cpu().numpy()
            vectors += [
                part_vectors(tokens, text.groups, len(spans))
                for tokens, text, spans in zip(found, laid, parts[some], strict=True)
            ]
            advance(some.stop)
        return vectors


def runs_parts(model: SentenceTransformer) -> bool:
    """Whether a text's vector is the mean of its tokens', prompt and special ones included, and
    each token can be told what it sees and where it stands, as in BERT."""
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    encoder, *rest = model
    pooling = [module for module in rest if not isinstance(module, Normalize)]
    if not isinstance(encoder, Transformer) or len(pooling) != 1:
        return False
    (last,), configuration = pooling, encoder.auto_model.config
    return (
        isinstance(last, Pooling)
        and last.pooling_mode == "mean"
        and last.include_prompt
        and configuration.model_type == "bert"
        and not getattr(configuration, "is_decoder", False)
        and tokenizer_of(model) is not None
        and getattr(model.tokenizer, "padding_side", "right") == "right"
    )


def parts_module(model: SentenceTransformer) -> torch.nn.Module:
    """`PARTS_INPUTS`, each (texts, tokens) int64 → (texts, tokens, dimension).

    Of a model that `runs_parts`; the groups are those of `side_by_side`.
    """
    import torch

    class Parts(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder: Any = model[0].auto_model

        def forward(
            self, input_ids: torch.Tensor, position_ids: torch.Tensor, groups: torch.Tensor
        ) -> torch.Tensor:
            keys, queries = groups[:, None, None, :], groups[:, None, :, None]
            seen = (keys == SHARED) | (keys == queries)
            mask = (~seen).to(torch.float32) * _UNSEEN
            found: torch.Tensor = self.encoder(
                input_ids=input_ids, attention_mask=mask, position_ids=position_ids
            ).last_hidden_state
            return found

    return Parts().eval()


def text_module(model: SentenceTransformer) -> torch.nn.Module:
    """ids, mask and, of some models, types, each (texts, tokens) int64 → (texts, dimension)."""
    import torch

    class Text(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor | None = None,
        ) -> torch.Tensor:
            given = {"input_ids": input_ids, "attention_mask": attention_mask}
            if token_type_ids is not None:
                given["token_type_ids"] = token_type_ids
            found: torch.Tensor = self.model(given)["sentence_embedding"]
            return found

    return Text().eval()


def tokenizer_of(model: SentenceTransformer, *, length: int | None = None) -> Tokenizer | None:
    """Without padding, truncating only to a `length`; None if the model has another kind."""
    from tokenizers import Tokenizer

    backend = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    if not isinstance(backend, Tokenizer):
        return None
    return load_tokenizer(backend.to_str(), length=length)


def _slices(count: int, step: int) -> Iterator[slice]:
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
