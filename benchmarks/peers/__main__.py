"""quoth beside other frameworks → benchmarks/PEERS.md; `make peers` installs them first.

    PYTHONPATH=benchmarks python -m peers [DATA] [--corpora seeds,squad,debian] [--passages 2500]
        [--peers langchain,chroma] [--rounds 1] [--tables]

DATA holds the public question sets (see training/README.md); without it none is compared. Runs are
kept under build/peers/runs: --tables writes the tables of what was run before.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from peers import debian
from peers.arms import BEST, WORKERS, Arm, own, peers
from peers.corpora import PUBLIC, ROOT, Corpus, public, seeds
from peers.corpora import debian as debian_corpus
from peers.environments import ENVIRONMENTS, PEERS, installed, size
from peers.figures import figures
from peers.introduction import introduction
from peers.processes import environment
from peers.rounds import WARM, Place, measure
from peers.tables import part
from quoth.embedding import load_embedder
from quoth.embedding.files import find_model

BUILD = ROOT / "build" / "peers"
OWN = own()
OUT = ROOT / "benchmarks" / "PEERS.md"


def main() -> None:
    chosen = _arguments()
    arms = [*peers(chosen.peers.split(",")), *OWN]
    models = {"": find_model(None).path, BEST: BUILD / "model-openvino"}
    if not chosen.tables:
        _prepare(arms, models)
    parts = []
    for corpus in _corpora(chosen):
        place = Place(BUILD / "runs" / corpus.name, models)
        if not chosen.tables:
            measure(corpus, arms[: -len(OWN)], OWN, place, _tell)
        parts.append(_part(corpus, arms, place))
    OUT.write_text("\n\n".join([introduction(chosen.peers.split(",")), *parts]) + "\n", "utf-8")
    _tell(f"wrote {OUT}")


def _prepare(arms: Sequence[Arm], models: dict[str, Path]) -> None:
    """What is done once after installing, and is not measured: the model converted for OpenVINO, as
    quoth converts it for itself, and a first run of each, which compiles what it imports."""
    if not models[BEST].is_dir():
        convert = WORKERS / "convert_model.py"
        command = [arms[0].python, convert, models[""], models[BEST]]
        subprocess.run(command, check=True, env=environment(), capture_output=True)
    place = Place(BUILD / "first", models)
    few = replace(seeds(place.folder), asked=1, indexed=1)
    few = replace(few, questions=few.questions[: WARM + 1])
    new = [arm for arm in arms if arm.is_own or not _first(arm).exists()]
    if len(new) > len(OWN):
        measure(few, new[: -len(OWN)], new[-len(OWN) :], place, _tell)
    for arm in new[: -len(OWN)]:
        _first(arm).touch()


def _first(arm: Arm) -> Path:
    """Marks that an arm was run since its environment was made."""
    return ENVIRONMENTS / arm.system / f"ran-{arm.configuration}"


def _part(corpus: Corpus, arms: Sequence[Arm], place: Place) -> str:
    count_tokens = load_embedder(None).count_tokens
    return part(corpus, figures(corpus, arms, place, _environments(arms), count_tokens))


def _environments(arms: Sequence[Arm]) -> dict[str, float]:
    """Arm's name → megabytes of all packages that it needs."""
    ours = size(Path(sys.executable), ["quoth"]) / 1e6
    return {
        arm.name: ours if arm.is_own else installed(arm.system).disk[arm.configuration] / 1e6
        for arm in arms
    }


def _corpora(chosen: argparse.Namespace) -> Iterator[Corpus]:
    for name in chosen.corpora.split(","):
        corpus = _corpus(name, chosen)
        if corpus is None:
            _tell(f"left out: {name}, as no folder of public sets was named")
            continue
        asked = chosen.rounds or corpus.asked
        yield replace(corpus, asked=asked, indexed=min(asked, corpus.indexed))


def _corpus(name: str, chosen: argparse.Namespace) -> Corpus | None:
    folder = BUILD / "corpora" / name
    if name == "seeds":
        return seeds(folder)
    if name == "debian":
        text = debian.text(BUILD / "debian")
        return debian_corpus(text, chosen.passages, folder, load_embedder(None))
    return public(name, PUBLIC[name], chosen.data, folder) if chosen.data else None


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--corpora", default="seeds,squad,debian", help=f"also {list(PUBLIC)[-1]}")
    parser.add_argument("--passages", type=int, default=2_500, help="of Debian's documentation")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--rounds", type=int, help="of questions, for every corpus")
    parser.add_argument("--tables", action="store_true", help="of the runs that there are")
    return parser.parse_args()


if __name__ == "__main__":
    main()
