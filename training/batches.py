"""Pairs → batches of token ids with what is right in them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pairs import Pair, group
from torch import Tensor

from quoth.embedding.runtime import load_tokenizer
from quoth.reading.layout import Laid, Layout, Window

BATCH_TOKENS = 4096
POOL = 256


@dataclass
class Inputs:
    """ids, types, mask and text: (pairs, tokens). text: whether the token is the text's own."""

    ids: Tensor
    types: Tensor
    mask: Tensor
    text: Tensor

    def to(self, device: str) -> Inputs:
        return Inputs(**{name: value.to(device) for name, value in vars(self).items()})


@dataclass
class Batch:
    inputs: Inputs
    taught: Inputs | None  # the same pairs as the teacher takes them
    sentence: Tensor  # (pairs, tokens) number of the token's sentence in the batch, -1 for none
    right: Tensor  # (sentences,) 1.0 where it answers
    home: Tensor  # (sentences,) the pair it is in
    relevant: Tensor  # (pairs,)
    group: Tensor  # (pairs,)
    start: Tensor  # (pairs,) token, 0 for none, -1 for unknown
    end: Tensor

    def to(self, device: str) -> Batch:
        return Batch(**{n: None if v is None else v.to(device) for n, v in vars(self).items()})


class Encoder:
    """Pairs → token ids with what is right in them; a text that is too long loses its end."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(load_tokenizer((folder / "tokenizer.json").read_text("utf-8")))

    def laid(self, pair: Pair) -> Laid:
        return self.layout(pair.question, f"{pair.title}." if pair.title else "", pair.text)

    def __call__(self, pair: Pair, chance: random.Random) -> dict[str, Any]:
        laid = self.laid(pair)
        window = laid.windows[0]
        offsets = laid.offsets[: window.count]
        place = [-1] * len(window.ids)
        number = 0
        for n, (s, _) in enumerate(offsets):
            while number < len(pair.sentences) - 1 and s >= pair.sentences[number + 1][0]:
                number += 1
            place[window.head + n] = number
        right = [int(any(a < e and s < b for a, b in pair.answers)) for s, e in pair.sentences]
        span = self._span(pair, offsets, window.head, chance)
        return {"pair": pair, "window": window, "place": place, "right": right, "span": span}

    def _span(
        self, pair: Pair, offsets: Sequence[tuple[int, int]], shift: int, chance: random.Random
    ) -> tuple[int, int]:
        if not pair.exact:
            return -1, -1
        if not pair.answers:
            return 0, 0
        start, end = chance.choice(pair.answers)
        inside = [n for n, (s, e) in enumerate(offsets) if s < end and start < e]
        return (shift + inside[0], shift + inside[-1]) if inside else (-1, -1)


def batches(
    shown: Sequence[object],
    examples: object,
    encoder: Encoder,
    teacher: Encoder | None,
    chance: random.Random,
) -> Iterator[Batch]:
    """Batches of like length; groups are never split."""
    for at in range(0, len(shown), POOL):
        groups = []
        for question in shown[at : at + POOL]:
            pairs = group(question, examples, chance)
            groups.append([encoder(pair, chance) for pair in pairs])
        longest = [max(len(one["window"].ids) for one in some) for some in groups]
        order = sorted(range(len(groups)), key=lambda n: longest[n])
        cut, some, count = [], [], 0
        for n in order:
            if some and (count + len(groups[n])) * longest[n] > BATCH_TOKENS:
                cut.append(some)
                some, count = [], 0
            some.append(groups[n])
            count += len(groups[n])
        cut.append(some)
        chance.shuffle(cut)
        yield from (collate(some, encoder, teacher) for some in cut)


def collate(
    groups: Sequence[Sequence[dict[str, Any]]], encoder: Encoder, teacher: Encoder | None
) -> Batch:
    flat = [(n, one) for n, some in enumerate(groups) for one in some]
    windows, counts = [one["window"] for _, one in flat], None
    taught = None
    if teacher is not None:
        theirs = [teacher.laid(one["pair"]).windows[0] for _, one in flat]
        # The tokens are the same, but the marks between take room: a long text's last may differ.
        counts = [min(a.count, b.count) for a, b in zip(windows, theirs, strict=True)]
        taught = inputs(theirs, teacher.layout.pad_id, counts)
    own = inputs(windows, encoder.layout.pad_id, counts)
    sentence = torch.full(own.ids.shape, -1)
    right: list[int] = []
    home: list[int] = []
    for row, (_, one) in enumerate(flat):
        place = torch.tensor(one["place"])
        sentence[row, : len(place)] = torch.where(place >= 0, place + len(right), -1)
        right += one["right"]
        home += [row] * len(one["right"])
    return Batch(
        own, taught, sentence, torch.tensor(right).float(), torch.tensor(home),
        torch.tensor([float(one["pair"].relevant) for _, one in flat]),
        torch.tensor([n for n, _ in flat]),
        torch.tensor([one["span"][0] for _, one in flat]),
        torch.tensor([one["span"][1] for _, one in flat]),
    )  # fmt: skip


def inputs(windows: Sequence[Window], pad_id: int, counts: Sequence[int] | None) -> Inputs:
    """counts: how many of each text's tokens `text` marks; None is all."""
    size = (len(windows), max(len(window.ids) for window in windows))
    ids, types = torch.full(size, pad_id), torch.zeros(size, dtype=torch.long)
    mask, text = (torch.zeros(size, dtype=torch.bool) for _ in range(2))
    for row, window in enumerate(windows):
        length = len(window.ids)
        ids[row, :length] = torch.tensor(window.ids)
        types[row, :length] = torch.tensor(window.types)
        mask[row, :length] = True
        count = window.count if counts is None else counts[row]
        text[row, window.head : window.head + count] = True
    return Inputs(ids, types, mask, text)
