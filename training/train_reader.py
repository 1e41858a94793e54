"""Train the reader's network: python training/train_reader.py DATA --out FOLDER

Shows rounds of (question, window) pairs with near misses; the loss is the sum of
  relevance  does the window answer (binary), and which window of the question's does (listwise),
  evidence   which sentences answer (binary each, and listwise within a window that answers),
  span       first and last token of the answer, or the first token of all where there is none
             (Devlin et al. 2019 for SQuAD 2.0).
Runs on a GPU if there is one, else on the CPU in bfloat16. Writes `--out`/network.safetensors and a
log; a run that was stopped goes on from its last checkpoint there.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from network import Output, from_package
from pairs import Pair, group, showings
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from examples import load
from quoth.embedding.files import find_model
from quoth.embedding.runtime import load_tokenizer
from quoth.reading.layout import Layout

BATCH_TOKENS = 4096
POOL = 256


@dataclass
class Batch:
    ids: Tensor
    types: Tensor
    mask: Tensor
    sentence: Tensor  # (pairs, tokens) number of the token's sentence in the batch, -1 for none
    right: Tensor  # (sentences,) 1.0 where it answers
    home: Tensor  # (sentences,) the pair it is in
    relevant: Tensor  # (pairs,)
    group: Tensor  # (pairs,)
    start: Tensor  # (pairs,) token, 0 for none, -1 for unknown
    end: Tensor


class Encoder:
    """Pairs → token ids with what is right in them; a text that is too long loses its end."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(load_tokenizer((folder / "tokenizer.json").read_text("utf-8")))

    def __call__(self, pair: Pair, chance: random.Random) -> dict[str, list[int]]:
        context = f"{pair.title}." if pair.title else ""
        laid = self.layout(pair.question, context, pair.text)
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
        ids, types = list(window.ids), list(window.types)
        return {"ids": ids, "types": types, "place": place, "right": right, "span": list(span)}

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
    shown: Sequence[object], examples: object, encoder: Encoder, chance: random.Random
) -> Iterator[Batch]:
    """Batches of like length; groups are never split."""
    for at in range(0, len(shown), POOL):
        groups = []
        for question in shown[at : at + POOL]:
            pairs = group(question, examples, chance)
            groups.append([(pair, encoder(pair, chance)) for pair in pairs])
        longest = [max(len(e["ids"]) for _, e in some) for some in groups]
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
        yield from map(collate, cut)


def collate(groups: Sequence[Sequence[tuple[Pair, dict[str, list[int]]]]]) -> Batch:
    flat = [(n, pair, e) for n, some in enumerate(groups) for pair, e in some]
    size = (len(flat), max(len(e["ids"]) for _, _, e in flat))
    ids, types = torch.ones(size, dtype=torch.long), torch.zeros(size, dtype=torch.long)
    mask, sentence = torch.zeros(size, dtype=torch.bool), torch.full(size, -1)
    right: list[int] = []
    home: list[int] = []
    for row, (_, _, e) in enumerate(flat):
        length = len(e["ids"])
        ids[row, :length] = torch.tensor(e["ids"])
        types[row, :length] = torch.tensor(e["types"])
        mask[row, :length] = True
        place = torch.tensor(e["place"])
        sentence[row, :length] = torch.where(place >= 0, place + len(right), -1)
        right += e["right"]
        home += [row] * len(e["right"])
    return Batch(
        ids, types, mask, sentence, torch.tensor(right).float(), torch.tensor(home),
        torch.tensor([float(pair.relevant) for _, pair, _ in flat]),
        torch.tensor([n for n, _, _ in flat]),
        torch.tensor([e["span"][0] for _, _, e in flat]),
        torch.tensor([e["span"][1] for _, _, e in flat]),
    )  # fmt: skip


def losses(out: Output, batch: Batch) -> dict[str, Tensor]:
    found = {
        "relevance": functional.binary_cross_entropy_with_logits(out.relevance, batch.relevant),
        "list": _listwise(out.relevance, batch.relevant, batch.group),
    }
    scores, seen = sentence_scores(out.evidence, batch)
    right, home = batch.right[seen], batch.home[seen]
    each = functional.binary_cross_entropy_with_logits(scores[seen], right, reduction="none")
    share = torch.bincount(home, minlength=len(batch.ids)).float()
    found["evidence"] = (each / share[home]).sum() / len(batch.ids)
    found["sentence"] = _listwise(scores[seen], right, home)
    known = batch.start >= 0
    blocked = ~(
        (batch.sentence >= 0) | (torch.arange(batch.ids.shape[1]) == 0).to(batch.ids.device)
    )
    for name, logits, gold in (("start", out.start, batch.start), ("end", out.end, batch.end)):
        logits = logits.masked_fill(blocked, -1e4)[known]
        each = functional.cross_entropy(logits, gold[known], reduction="sum")
        found[name] = each / len(known) / 2
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


def train(options: argparse.Namespace) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(options.threads)
    examples = load(options.data, "train", options.cache)
    encoder = Encoder(options.base)
    network = from_package(options.base, options.seed, options.frozen, options.rank).to(device)
    if options.start:
        network.load_state_dict(load_file(options.start), strict=False)
    network.dropout = options.dropout
    network.train()
    learnt = {n: p for n, p in network.named_parameters() if p.requires_grad}
    still = {n: p.bfloat16() for n, p in network.named_parameters() if not p.requires_grad}
    optimiser = torch.optim.AdamW(learnt.values(), lr=options.rate, weight_decay=0.01, fused=True)
    done = _resume(options.out, learnt, optimiser)
    began, told, pairs = time.time(), dict[str, float](), 0
    bar = tqdm(total=options.steps, initial=done, disable=None)
    stream = _stream(options, examples, encoder, done)
    log = (options.out / "log.jsonl").open("a", encoding="utf-8")
    for step in range(done, options.steps):
        for part in optimiser.param_groups:
            part["lr"] = options.rate * schedule(step, options.steps)
        batch = Batch(**{name: value.to(device) for name, value in vars(next(stream)).items()})
        # All of it in bfloat16, on copies of the weights: autocast takes a third longer on CPUs.
        state = still | {name: weight.bfloat16() for name, weight in learnt.items()}
        out = torch.func.functional_call(network, state, (batch.ids, batch.types, batch.mask))
        found = losses(out, batch)
        sum(found.values()).backward()
        torch.nn.utils.clip_grad_norm_(list(learnt.values()), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        pairs += len(batch.ids)
        bar.update()
        for name, value in found.items():
            value = float(value.detach())
            told[name] = 0.98 * told.get(name, value) + 0.02 * value
        if (step + 1) % 50 == 0:
            rate = pairs / (time.time() - began)
            line = {"step": step + 1, "pairs": pairs, "rate": round(rate, 1)}
            log.write(json.dumps(line | {n: round(v, 4) for n, v in told.items()}) + "\n")
            log.flush()
        if (step + 1) % options.every == 0 or step + 1 == options.steps:
            _save(options.out, learnt, optimiser, step + 1)


def schedule(step: int, steps: int) -> float:
    """Share of the highest learning rate: up over the first 5%, then down to nothing."""
    warm = max(1, steps // 20)
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))


def _stream(
    options: argparse.Namespace, examples: object, encoder: Encoder, skip: int
) -> Iterator[Batch]:
    """Batches without end; where a run goes on, other ones than those it has seen."""
    chance = random.Random(f"{options.seed} {skip}")
    while True:
        yield from batches(showings(examples, chance), examples, encoder, chance)


def _resume(out: Path, learnt: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> int:
    out.mkdir(parents=True, exist_ok=True)
    file = out / "checkpoint.safetensors"
    if not file.exists():
        return 0
    stored = load_file(file)
    with torch.no_grad():
        for name, parameter in learnt.items():
            parameter.copy_(stored[name])
            optimiser.state[parameter] = {
                key: stored[f"{name}/{key}"].to(parameter.device)
                for key in ("step", "exp_avg", "exp_avg_sq")
            }
    return int(stored["done"])


def _save(
    out: Path, learnt: dict[str, Tensor], optimiser: torch.optim.Optimizer, step: int
) -> None:
    state = {"done": torch.tensor(step)} | {n: p.detach() for n, p in learnt.items()}
    for name, parameter in learnt.items():
        state |= {f"{name}/{key}": value for key, value in optimiser.state[parameter].items()}
    save_file({n: t.contiguous() for n, t in state.items()}, out / "checkpoint.new")
    (out / "checkpoint.new").rename(out / "checkpoint.safetensors")
    kept = {n: p.detach().half().contiguous() for n, p in learnt.items()}
    save_file(kept, out / "network.new")
    (out / "network.new").rename(out / "network.safetensors")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--base", type=Path, default=find_model(None).path, help="a model folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("build/reader"))
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--steps", type=int, default=2300)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--frozen", type=int, default=0, help="lower layers left as they are")
    parser.add_argument("--rank", type=int, default=0, help="of low-rank changes; 0: any change")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    train(_options())
