"""What stands before the tables: machine, versions, what was done alike and what was not."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from peers.environments import Environment, installed
from peers.processes import CORES

_SHOWN = (
    "chromadb", "faiss-cpu", "haystack-ai", "sentence-transformers-haystack", "langchain-community",
    "langchain-core", "langchain-huggingface", "langchain-text-splitters", "llama-index-core",
    "llama-index-embeddings-huggingface", "llama-index-retrievers-bm25", "rank-bm25", "txtai",
    "torch", "transformers", "sentence-transformers", "openvino", "optimum-intel",
)  # fmt: skip
_TEXT = """\
# Peers, side by side

Made by `make peers DATA=folder` (what it does: `benchmarks/peers/`), on {cores} cores of
{machine} with Python {python}: a machine shared with others, so compare within one run. Intervals
are 95% bootstrap intervals over rounds and questions.

**Alike for all**: the same articles, read once by quoth's loaders and given as texts with titles,
so that the reading of files is not compared; the same files of all-MiniLM-L6-v2 from disk; the
same questions, ten passages asked for; {cores} cores and as many threads; no network, no
telemetry; every run in a fresh process, in turns with quoth's. Cold start is from the start of
the process to the first answer from an index on disk, with the files in the system's cache; time
to index also begins with the process. Memory is the most that the process and its children had
resident. Not counted: installing, the conversion of the model (once, for quoth and for OpenVINO
in the peers) and a first run of each. Disk of an environment is of what the configuration needs,
without compiled files.

**default** is what the peer's documentation begins with. **best** is what it documents for a CPU:
OpenVINO for the model through sentence-transformers (whose ONNX backend cannot be installed
beside its present version), and vectors with BM25 where it has both. What each does stands at the
head of its `benchmarks/peers/workers/NAME_worker.py`. What a peer needs a language model or
question answering weights for is left out, so no peer gives quotes: what it shows are passages.
quoth is run as `search` (vectors and BM25, passages) and as `ask`, which shows up to three
quotes, without and with its reader.

**Quality** is by the rules of `quoth eval` for all. hit@k: a passage that holds a gold quote
whole (or, where the system's passages cut it apart, some of it) is among the first k. quote@k:
one of the first k texts shown overlaps a gold quote; of a passage that is easier the longer it
is, so *within N*: who reads what is shown from the beginning has come to the end of a gold quote
after at most N characters. *Tokens that the model reads*: the share of the passages' tokens
within its 256; the rest of a longer passage is indexed by nothing but BM25.

Versions:

{versions}"""


def introduction(names: Sequence[str]) -> str:
    """With the versions of the peers of these names."""
    environments = [installed(name) for name in names]
    versions = "\n".join(f"- {one.name}: {_versions(one)}" for one in environments)
    machine, python = processor(), platform.python_version()
    cores = min(CORES, os.cpu_count() or 1)
    return _TEXT.format(cores=cores, machine=machine, python=python, versions=versions)


def processor() -> str:
    """Its name, as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _versions(found: Environment) -> str:
    return ", ".join(f"{name} {found.versions[name]}" for name in _SHOWN if name in found.versions)
