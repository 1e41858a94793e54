"""`quoth ask --llm`: the same quotes, and a language model's words above them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from llm_server import Server, talking

from quoth.cli import main
from quoth.cli.phrasing import phrasing_json, with_phrasing
from quoth.cli.terminal import Look
from quoth.records import Answer, PhrasedSentence, Phrasing, Quote

QUESTION = "What weapons does North Korea send to Russia?"
NOWHERE = "How long does sourdough bread have to bake?"
KEY = "sk-very-secret"
HEAD = "Phrased by the language model liar; the quotes below are the articles’ own words."
STRUCK = (
    "   Kim sold 40 submarines in Boston [2].\n"
    "   [struck: the number 40 is in no cited quote]\n"
    "   They are painted green.\n"
    "   [struck: it cites no quote]\n"
)
TEXT = "It sank in 1931."
QUOTE = Quote(1, TEXT, "a.txt", "A", "", 0, len(TEXT), 0.9, ())

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with talking() as server:
        yield server


@pytest.fixture
def ask(seeds_index: Path, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Exit code, stdout and stderr of `quoth ask`, in this process."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["ask", "--index", str(seeds_index), "--reader", "none", *arguments])
        return (code, *capfd.readouterr())

    return run


def without_time(line: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(line)
    del answer["elapsed_ms"]
    return answer


def test_the_quotes_are_the_same_with_and_without_it(ask: Ask, server: Server) -> None:
    llm = ("--llm", server.address, "--llm-model", "liar")
    code, plain, _ = ask(QUESTION)
    phrased_code, phrased, complaints = ask(QUESTION, *llm)
    assert (code, phrased_code, complaints) == (0, 0, "")
    assert phrased.endswith(f"\n{STRUCK}\n{plain}")
    assert phrased.startswith(f"{HEAD}\n   ")
    assert phrased.count("[struck: ") == 2

    as_json, with_llm = without_time(ask(QUESTION, "--json")[1]), ask(QUESTION, "--json", *llm)[1]
    told = without_time(with_llm)
    phrasing = told.pop("phrasing")
    assert told == as_json
    assert phrasing["model"] == "liar"
    assert phrasing["sentences"][0]["cites"] == [1]
    assert phrasing["sentences"][1] == {
        "text": "Kim sold 40 submarines in Boston [2].",
        "cites": [2],
        "struck": "the number 40 is in no cited quote",
    }


def test_a_batch_goes_on_without_what_the_model_did_not_say(
    ask: Ask, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked where the articles do not answer, and no key is told."""
    monkeypatch.setenv("QUOTH_LLM_KEY", KEY)
    server.asked.clear()
    batch = tmp_path / "batch.jsonl"
    batch.write_text("".join(json.dumps({"question": q}) + "\n" for q in (QUESTION, NOWHERE)))
    code, printed, complaints = ask("--batch", str(batch), "--llm", server.address,
                                    "--llm-model", "refusing")  # fmt: skip
    answers = [json.loads(line) for line in printed.splitlines()]
    assert [one["status"] for one in answers] == ["answered", "abstained"]
    assert [one["phrasing"] for one in answers] == [None, None]
    assert (code, complaints) == (
        0,
        f"quoth: {batch}:1: no phrasing by '{server.address}': the server says 401 Unauthorized: "
        "set QUOTH_LLM_KEY to its key\n",
    )
    assert len(server.asked) == 1
    assert KEY not in printed + complaints


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--llm-model", "x"], "--llm-model 'x' without --llm: give the model's address too"),
        (["--llm", "localhost:11434"], "the language model's address cannot be used: it does not "
         "begin with http:// or https://: expected one such as http://127.0.0.1:11434/v1"),
        (["--llm", "http://localhost/v1", "--llm-seconds", "0"],
         "--llm-seconds is '0': it must be a whole number from 1 to 3,600"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_before_anything_is_read(ask: Ask, options: list[str], said: str) -> None:
    assert ask(QUESTION, *options) == (2, "", f"quoth: {said}\n")


def phrased(*sentences: PhrasedSentence) -> Answer:
    return Answer("Q", "answered", 0.9, (QUOTE,), (QUOTE,), 5.0,
                  phrasing=Phrasing(sentences, "m\x1b[1m"))  # fmt: skip


def test_on_a_terminal_what_is_struck_has_a_line_through_it() -> None:
    lie = PhrasedSentence("It sank in 1932 \x07[1].", (1,), "the date 1932 is in no cited quote")
    shown = with_phrasing(phrased(lie), "1. It sank.", Look(width=20, styled=True))
    bold = ("Phrased by the", "language model", "m�[1m; the quotes", "below are the")
    head = "".join(f"\x1b[1m{line}\x1b[0m\n" for line in (*bold, "articles’ own words."))
    assert shown == (
        f"{head}"
        "   \x1b[9mIt sank in 1932\x1b[0m\n"
        "   \x1b[9m�[1].\x1b[0m\n"
        "   [struck: the date\n"
        "   1932 is in no cited\n"
        "   quote]\n\n"
        "1. It sank."
    )


def test_an_answer_without_a_phrasing_is_as_it_was() -> None:
    plain = Answer("Q", "answered", 0.9, (QUOTE,), (QUOTE,), 5.0)
    assert with_phrasing(plain, "text", Look()) == "text"
    assert phrasing_json(plain) is None
