"""Write benchmarks/RESULTS.md: what `quoth eval` finds on each set, with the commands.

    python benchmarks/results.py

Reads what `benchmarks/public_sets.py DATA build/sets` wrote; `make results DATA=folder` does both.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from pathlib import Path

from tqdm import tqdm

SETS = {
    "This project's own questions, the part that helped to choose how passages are compared": (
        "seeds", "seeds/questions.jsonl --split dev",
    ),
    "This project's own questions, the other part": ("seeds", "seeds/questions.jsonl --split test"),
    "SQuAD 1.1, the thirteen titles that 2.0 lacks, a quarter of the paragraphs left out": (
        "build/sets/squad/corpus.jsonl", "build/sets/squad/questions.jsonl",
    ),
    "SelQA, sections of its test split, a quarter of them left out": (
        "build/sets/selqa/corpus.jsonl", "build/sets/selqa/questions.jsonl",
    ),
    "TIME, news of 1963; whole articles are gold": (
        "build/sets/time-ir/corpus.jsonl", "build/sets/time-ir",
    ),
}  # fmt: skip
"""Title → articles, question set."""
OUT = Path("benchmarks/RESULTS.md")
INTRODUCTION = """\
# Results

Made by `make results DATA=folder`, where the folder holds the public question sets (see
[training/README.md](../training/README.md)), on {cores} cores ({machine}), a machine shared with
others: compare times within one run. Nothing was trained or fitted on any of these questions.
Intervals are 95% bootstrap intervals over questions. What each metric is and its range
stand in the report (`--report FILE.html`) and in `quoth.evaluation.METRICS`. quoth beside other
frameworks: [PEERS.md](PEERS.md).
"""


def main() -> None:
    parts = [INTRODUCTION.format(cores=os.cpu_count(), machine=_processor())]
    for title, (articles, questions) in tqdm(SETS.items(), disable=None):
        folder = f"build/indexes/{Path(articles).parent.name or articles}"
        build = f"quoth build {articles} --index {folder}"
        _run(build)
        arms = [_evaluated(f"quoth eval {questions} --index {folder}{more}") for more in ARMS]
        parts.append(f"## {title}\n\n    {build}\n\n" + "\n".join(arms))
    OUT.write_text("\n".join(parts), encoding="utf-8")
    print(f"wrote {OUT}")


ARMS = ("", " --reader none")


def _evaluated(command: str) -> str:
    summary = Path("build/summary.md")
    _run(f"{command} --markdown {summary}")
    return f"    {command}\n\n{summary.read_text('utf-8')}"


def _run(command: str) -> None:
    # What `quoth` on the command line is, whichever environment is active.
    script = Path(".venv/bin") / shlex.split(command)[0]
    subprocess.run([str(script), *shlex.split(command)[1:]], check=True, capture_output=True)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
