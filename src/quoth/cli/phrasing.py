"""`--llm`: a language model's words above the quotes, as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from quoth.cli.failures import tell
from quoth.cli.options import Whole
from quoth.cli.output import Json
from quoth.cli.terminal import Look, blocks, laid_out
from quoth.errors import PhrasingError, UsageError

if TYPE_CHECKING:
    from quoth.phrasing import Phraser
    from quoth.records import Answer, PhrasedSentence

_INDENT = 3
_STRIKE, _RESET = "\x1b[9m", "\x1b[0m"


def llm_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --llm, --llm-model and --llm-seconds."""
    address = click.option(
        "--llm",
        metavar="ADDRESS",
        help="Let the language model there (OpenAI-compatible, such as http://127.0.0.1:11434/v1) "
        "phrase an answer above the quotes; what they do not bear out is struck.",
    )
    model = click.option(
        "--llm-model", metavar="NAME", help="Which of its models; the first if none is named."
    )
    seconds = click.option(
        "--llm-seconds",
        metavar="N",
        type=Whole(1, 3600),
        default=60,
        show_default=True,
        help="Wait for it no longer than this.",
    )
    return address(model(seconds(command)))


def phraser_of(llm: str | None, model: str | None, seconds: int) -> Phraser | None:
    """The phraser that the options name; None where there is none. Raises UsageError."""
    if llm is None:
        if model is not None:
            raise UsageError(f"--llm-model {model!r} without --llm: give the model's address too")
        return None
    from quoth.phrasing import Phraser

    return Phraser(llm, model=model, seconds=seconds)


def phrased(phraser: Phraser | None, answer: Answer, place: str) -> Answer:
    """The answer with the model's words; where there are none, a line on stderr says why.

    place: `file:line` in a batch, "" on the command line.
    """
    if phraser is None:
        return answer
    try:
        return phraser.phrase(answer)
    except PhrasingError as error:
        tell(f"{place}: {error}" if place else str(error))
        return answer


def phrasing_json(answer: Answer) -> Json | None:
    """What stands under the key `phrasing`."""
    if answer.phrasing is None:
        return None
    sentences = [
        {"text": one.text, "cites": list(one.cites), "struck": one.struck}
        for one in answer.phrasing.sentences
    ]
    return {"model": answer.phrasing.model, "sentences": sentences}


def with_phrasing(answer: Answer, text: str, look: Look) -> str:
    """The model's sentences above the quotes; `text` alone where there are none."""
    if answer.phrasing is None:
        return text
    model = answer.phrasing.model
    head = f"Phrased by the language model {model}; the quotes below are the articles’ own words."
    lines = laid_out(head, [(0, len(head))], look, 0)
    for sentence in answer.phrasing.sentences:
        lines += [f"{' ' * _INDENT}{line}" for line in _sentence(sentence, look)]
    return blocks(["\n".join(lines), text])


def _sentence(sentence: PhrasedSentence, look: Look) -> list[str]:
    lines = laid_out(sentence.text, (), look, _INDENT)
    if not sentence.struck:
        return lines
    if look.styled:
        lines = [f"{_STRIKE}{line}{_RESET}" for line in lines]
    return lines + laid_out(f"[struck: {sentence.struck}]", (), look, _INDENT)
