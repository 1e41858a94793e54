"""Making the reader: splits, pairs, and a run that was stopped and goes on."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from quoth.embedding.files import find_model

TRAINING = Path(__file__).parent.parent / "training"
sys.path.insert(0, str(TRAINING))

import train_reader  # noqa: E402
from batches import Batch, Inputs  # noqa: E402
from losses import soft_losses  # noqa: E402
from network import Output  # noqa: E402
from pairs import group, worn  # noqa: E402

from examples import SHIFTS, Examples, Question, Text, read_split, split_of  # noqa: E402

TITLES = [f"Harbour {n}" for n in range(40)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return question_set(tmp_path_factory.mktemp("data"), TITLES)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So little data that a step takes no time."""
    return question_set(tmp_path_factory.mktemp("few"), TITLES[:8])


def question_set(folder: Path, titles: list[str]) -> Path:
    """A folder of sets in which every title has one paragraph, one answer and one near miss."""
    corpus, spans = [], []
    for n, title in enumerate(titles):
        text = f"{title} is old. Its bridge opened in {1900 + n}. A ferry crosses. It is red."
        corpus.append({"_id": title, "title": title, "text": text})
        place = {"text": str(1900 + n), "answer_start": text.index(str(1900 + n))}
        for question, answers in (("When did it open?", [place]), ("Who built it?", [])):
            spans.append(
                {
                    "id": f"{title} {question}",
                    "question": f"{title}: {question}",
                    "context": text,
                    "answers": answers,
                    "is_impossible": not answers,
                }
            )
    (folder / "squad-v2-dev").mkdir()
    for name, records in (("corpus", corpus), ("spans", spans)):
        with gzip.open(folder / "squad-v2-dev" / f"{name}.jsonl.gz", "wt") as stream:
            stream.write("\n".join(map(json.dumps, records)))
    return folder


def test_no_title_is_in_two_splits(data: Path) -> None:
    titles = [
        {text.title for text in read_split(data, split).texts} for split in ("train", "dev", "test")
    ]
    assert sum(map(len, titles)) == len(set().union(*titles)) == len(TITLES)


def test_titles_only_of_squad_1_are_for_reporting() -> None:
    assert split_of("squad-v1-dev", "Rhine", "The Rhine is long.") == "test"


def test_a_text_of_a_site_without_titles_is_split_by_itself() -> None:
    found = {split_of(SHIFTS[1], "", f"Text number {n}.") for n in range(200)}
    assert found == {"train", "dev"}


def test_a_folder_without_sets_is_told() -> None:
    with pytest.raises(SystemExit, match=r"^no question sets in "):
        read_split(TRAINING, "train")


def two_texts() -> Examples:
    text = "It is old. It opened in 1931. It is red. It is long. Ships pass. Nobody waits."
    ends = [n + 1 for n, one in enumerate(text) if one == "."]
    starts = [0, *(end + 1 for end in ends[:-1])]
    sentences = tuple(zip(starts, ends, strict=True))
    texts = [Text("squad-v2-dev", title, text, sentences) for title in ("Bridge", "Ferry")]
    when = text.index("1931")
    asked = Question("squad-v2-dev", "When did it open?", 0, ((when, when + 4),), near=[1])
    return Examples(texts, [asked])


def test_the_first_window_of_a_question_holds_an_answer_whole() -> None:
    examples = two_texts()
    for seed in range(200):
        first = group(examples.questions[0], examples, random.Random(seed))[0]
        assert [first.text[s:e] for s, e in first.answers] == ["1931"]


def test_the_other_windows_of_a_question_do_not_answer() -> None:
    examples = two_texts()
    for seed in range(200):
        for pair in group(examples.questions[0], examples, random.Random(seed))[1:]:
            assert not pair.relevant


def test_the_sentences_of_a_window_are_slices_of_it() -> None:
    examples = two_texts()
    whole = {examples.texts[0].text[s:e] for s, e in examples.texts[0].sentences}
    for seed in range(200):
        for pair in group(examples.questions[0], examples, random.Random(seed)):
            assert {pair.text[s:e] for s, e in pair.sentences} <= whole


def test_the_same_seed_wears_a_question_the_same_way() -> None:
    question = "When did the old bridge in the harbour open?"
    worn_twice = [[worn(question, random.Random(seed)) for seed in range(50)] for _ in range(2)]
    assert worn_twice[0] == worn_twice[1]
    assert len(set(worn_twice[0])) > 2


def words(data: Path, folder: Path, steps: int, *more: str | Path) -> list[str]:
    """The options of a run of so many steps in that folder."""
    own = ["--out", folder / "out", "--cache", folder / "cache", "--steps", steps, "--threads", 1]
    return [str(word) for word in (data, *own, *more)]


def trained(folder: Path) -> dict[str, np.ndarray]:
    """What the network is after the run."""
    return load_file(folder / "out" / "network.safetensors")


def differ(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    assert one.keys() == other.keys()
    return any((one[name] != other[name]).any() for name in one)


@pytest.fixture(scope="module")
def stopped(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run, by the command itself, that was stopped after one step."""
    folder = tmp_path_factory.mktemp("stopped")
    command = [sys.executable, str(TRAINING / "train_reader.py"), *words(few, folder, 1)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return folder


def test_a_run_that_was_stopped_goes_on_where_it_was(
    few: Path, stopped: Path, tmp_path: Path
) -> None:
    shutil.copytree(stopped, tmp_path, dirs_exist_ok=True)
    train_reader.train(train_reader.parsed(words(few, tmp_path, 2)))
    assert int(load_file(tmp_path / "out" / "checkpoint.safetensors")["done"]) == 2
    assert differ(trained(stopped), trained(tmp_path))


def test_a_teacher_is_listened_to(few: Path, stopped: Path, tmp_path: Path) -> None:
    """Itself after one step, which says something else than the sets do."""
    teacher = ("--teacher", stopped / "out" / "network.safetensors")
    base = ("--teacher-base", find_model(None).path)
    train_reader.train(train_reader.parsed(words(few, tmp_path, 1, *teacher, *base)))
    assert differ(trained(stopped), trained(tmp_path))


def test_nothing_is_nearer_to_the_teacher_than_itself() -> None:
    """Tokens of texts stand at other places for the two; those between do not count."""
    torch.manual_seed(0)
    own = torch.tensor([[False, True, True, True, False], [False, True, True, False, False]])
    theirs = torch.tensor(
        [[False, False, True, True, True, False], [False] * 2 + [True] * 2 + [False] * 2]
    )
    said = Output(torch.randn(2), *(torch.randn(2, 6) for _ in range(3)))
    same = {name: torch.randn(2, 5) for name in ("start", "end", "evidence")}
    for name, tensor in same.items():
        tensor[own] = getattr(said, name)[theirs]
        tensor[:, 0] = getattr(said, name)[:, 0]

    def loss(out: Output) -> float:
        def inputs(text: torch.Tensor) -> Inputs:
            return Inputs(*(torch.zeros_like(text) for _ in range(3)), text)

        empty = torch.zeros(0)
        batch = Batch(inputs(own), inputs(theirs), *(empty for _ in range(7)))
        return float(sum(soft_losses(out, said, batch).values()))

    least = loss(Output(said.relevance, **same))
    for seed in range(20):
        torch.manual_seed(seed)
        moved = {name: tensor + 0.3 * torch.randn(2, 5) for name, tensor in same.items()}
        assert loss(Output(said.relevance + 0.3 * torch.randn(2), **moved)) > least
