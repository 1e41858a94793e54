"""Train the reader's network: python training/train_reader.py DATA --out FOLDER

Shows rounds of (question, window) pairs with near misses; the loss is the sum of
  relevance  does the window answer (binary), and which window of the question's does (listwise),
  evidence   which sentences answer (binary each, and listwise within a window that answers),
  span       first and last token of the answer, or the first token of all where there is none
             (Devlin et al. 2019 for SQuAD 2.0).
With --teacher, half of the loss asks instead for what a larger network says of the same pairs
(Hinton et al. 2015): its relevance, evidence and span as probabilities.

Runs on a GPU if there is one, else on the CPU in bfloat16. Writes `--out`/network.safetensors and a
log; a run that was stopped goes on from its last checkpoint there.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from batches import Batch, Encoder, batches
from losses import losses, soft_losses
from network import Output, from_package, trained
from pairs import showings
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import tqdm

from examples import load
from quoth.embedding.files import find_model


class Teacher:
    """A network that was trained before, in bfloat16; its tokenizer gives the same tokens."""

    def __init__(self, options: argparse.Namespace, device: str) -> None:
        self.encoder = Encoder(options.teacher_base)
        network = trained(options.teacher, options.teacher_base, options.seed)
        self._network = network.to(device, torch.bfloat16)

    @torch.no_grad()
    def __call__(self, batch: Batch) -> Output:
        assert batch.taught is not None
        return self._network(batch.taught.ids, batch.taught.types, batch.taught.mask)


def train(options: argparse.Namespace) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(options.threads)
    examples = load(options.data, "train", options.cache)
    encoder = Encoder(options.base)
    teacher = Teacher(options, device) if options.teacher else None
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
    stream = _stream(options, examples, encoder, teacher and teacher.encoder, done)
    for step in range(done, options.steps):
        for part in optimiser.param_groups:
            part["lr"] = options.rate * schedule(step, options.steps)
        batch = next(stream).to(device)
        own = batch.inputs
        # All of it in bfloat16, on copies of the weights: autocast takes a third longer on CPUs.
        state = still | {name: weight.bfloat16() for name, weight in learnt.items()}
        out = torch.func.functional_call(network, state, (own.ids, own.types, own.mask))
        found = losses(out, batch)
        if teacher is not None:
            found |= soft_losses(out, teacher(batch), batch)
        sum(found.values()).backward()
        torch.nn.utils.clip_grad_norm_(list(learnt.values()), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        pairs += len(batch.relevant)
        bar.update()
        for name, value in found.items():
            value = float(value.detach())
            told[name] = 0.98 * told.get(name, value) + 0.02 * value
        if (step + 1) % 50 == 0:
            rate = pairs / (time.time() - began)
            line = {"step": step + 1, "pairs": pairs, "rate": round(rate, 1)}
            with (options.out / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line | {n: round(v, 4) for n, v in told.items()}) + "\n")
        if (step + 1) % options.every == 0 or step + 1 == options.steps:
            _save(options.out, learnt, optimiser, step + 1)


def schedule(step: int, steps: int) -> float:
    """Share of the highest learning rate: up over the first 5%, then down to nothing."""
    warm = max(1, steps // 20)
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))


def _stream(
    options: argparse.Namespace,
    examples: object,
    encoder: Encoder,
    teacher: Encoder | None,
    skip: int,
) -> Iterator[Batch]:
    """Batches without end; where a run goes on, other ones than those it has seen."""
    chance = random.Random(f"{options.seed} {skip}")
    while True:
        yield from batches(showings(examples, chance), examples, encoder, teacher, chance)


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


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of the command line, or of those words."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--base", type=Path, default=find_model(None).path, help="a model folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("build/reader"))
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--teacher", type=Path, help="weights of a larger network to learn from")
    parser.add_argument("--teacher-base", type=Path, help="the model folder that it was made of")
    parser.add_argument("--steps", type=int, default=2300)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--frozen", type=int, default=0, help="lower layers left as they are")
    parser.add_argument("--rank", type=int, default=0, help="of low-rank changes; 0: any change")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(words)


if __name__ == "__main__":
    train(parsed())
