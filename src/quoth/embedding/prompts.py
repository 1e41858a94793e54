"""What a model was trained to read before a question and before a passage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from quoth.embedding.files import ModelFolder, read_json

_PASSAGE_KEYS = ("document", "passage", "corpus")  # as sentence-transformers looks for them


@dataclass(frozen=True, slots=True)
class Prompts:
    """What is put before a question and before a passage."""

    question: str = ""
    passage: str = ""


FAMILIES = {
    r"(^|[/_-])e5-(small|base|large)(?!.*instruct)": Prompts("query: ", "passage: "),
    r"(^|[/_-])bge-(small|base|large)-en": Prompts(
        "Represent this sentence for searching relevant passages: "
    ),
}
"""Prompts of models that do not carry them in their own files, by a pattern of their names."""


def read_prompts(model: ModelFolder) -> Prompts:
    """The model's prompts: from its own files, else by its family. Raises ModelError."""
    config = read_json(model.path / "config_sentence_transformers.json")
    given = config.get("prompts")
    prompts = given if isinstance(given, dict) else {}
    texts = {str(name): str(text or "") for name, text in prompts.items()}
    default = texts.get(str(config.get("default_prompt_name")), "")
    passage = next((texts[key] for key in _PASSAGE_KEYS if key in texts), default)
    own = Prompts(texts.get("query", default), passage)
    return own if own != Prompts() else family_prompts(names_of(model))


def family_prompts(names: list[str]) -> Prompts:
    """The prompts of the first family that one of the names belongs to."""
    for pattern, prompts in FAMILIES.items():
        if any(re.search(pattern, name, re.IGNORECASE) for name in names):
            return prompts
    return Prompts()


def names_of(model: ModelFolder) -> list[str]:
    """What the model may be called: as given, its folder, its folder in the hub's cache, and
    the model it was trained from."""
    hub = [part for part in model.path.parts if part.startswith("models--")]
    origin = str(read_json(model.path / "config.json").get("_name_or_path", ""))
    own = model.name if model.is_hub else model.path.name
    return [own, *hub, origin]
