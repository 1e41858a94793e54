"""What the network is asked for, and how far its output is from it."""

from __future__ import annotations

import torch
from batches import Batch
from network import Output
from torch import Tensor
from torch.nn import functional


def losses(out: Output, batch: Batch) -> dict[str, Tensor]:
    found = {
        "relevance": functional.binary_cross_entropy_with_logits(out.relevance, batch.relevant),
        "list": _listwise(out.relevance, batch.relevant, batch.group),
    }
    scores, seen = sentence_scores(out.evidence, batch)
    right, home = batch.right[seen], batch.home[seen]
    each = functional.binary_cross_entropy_with_logits(scores[seen], right, reduction="none")
    count = len(batch.relevant)
    share = torch.bincount(home, minlength=count).float()
    found["evidence"] = (each / share[home]).sum() / count
    found["sentence"] = _listwise(scores[seen], right, home)
    known = batch.start >= 0
    blocked = ~(
        (batch.sentence >= 0) | (torch.arange(batch.sentence.shape[1]) == 0).to(known.device)
    )
    for name, logits, gold in (("start", out.start, batch.start), ("end", out.end, batch.end)):
        logits = logits.masked_fill(blocked, -1e4)[known]
        each = functional.cross_entropy(logits, gold[known], reduction="sum")
        found[name] = each / len(known) / 2
    return found


def soft_losses(out: Output, said: Output, batch: Batch) -> dict[str, Tensor]:
    """How far `out` is from what the teacher `said` of the same pairs."""
    assert batch.taught is not None
    own, theirs = batch.inputs.text, batch.taught.text
    found = {
        "soft relevance": functional.binary_cross_entropy_with_logits(
            out.relevance, torch.sigmoid(said.relevance)
        ),
        "soft evidence": functional.binary_cross_entropy_with_logits(
            out.evidence[own], torch.sigmoid(said.evidence[theirs])
        ),
    }
    for name in ("start", "end"):
        a, b = getattr(out, name), getattr(said, name)
        places = torch.zeros_like(a, dtype=torch.bool)
        each = torch.full_like(a, -1e4)
        each[own] = b[theirs]
        each[:, 0] = b[:, 0]
        places[own] = True
        places[:, 0] = True
        log = torch.log_softmax(a.masked_fill(~places, -1e4), -1)
        share = torch.softmax(each, -1)
        found[f"soft {name}"] = -(share * log).sum() / len(a) / 2
    return found


def sentence_scores(evidence: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Mean evidence of each sentence's tokens, and which sentences have any: both (sentences,)."""
    inside = batch.sentence >= 0
    numbers = batch.sentence[inside]
    total = torch.zeros(len(batch.right), device=evidence.device).index_add(
        0, numbers, evidence[inside]
    )
    count = torch.bincount(numbers, minlength=len(batch.right))
    return total / count.clamp(min=1), count > 0


def _listwise(scores: Tensor, right: Tensor, group: Tensor) -> Tensor:
    """Minus the log of the share of `right` in the softmax of each group that has both kinds."""
    size = int(group.max()) + 1
    exp = torch.exp(scores - scores.max().detach())
    total = torch.zeros(size, device=scores.device).index_add(0, group, exp)
    good = torch.zeros(size, device=scores.device).index_add(0, group, exp * right)
    count = torch.bincount(group, minlength=size)
    rights = torch.zeros(size, device=scores.device).index_add(0, group, right)
    both = (rights > 0) & (rights < count)
    if not both.any():
        return scores.sum() * 0
    return -(torch.log(good[both] + 1e-9) - torch.log(total[both] + 1e-9)).sum() / size
