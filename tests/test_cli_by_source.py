"""What `quoth ask --compare` prints; as whole outputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from quoth.cli.by_source import by_source_json, by_source_text
from quoth.cli.terminal import Look
from quoth.records import Answer, Difference, Metadata, Quote, Span, Voice

Run = Callable[..., "CompletedProcess[str]"]
TEXT = "Some 10,000 soldiers came."
NEW = Metadata(author="Ann", date="2024-05-17")


def voice(source: str, *differences: Difference, title: str = "News") -> Voice:
    """Its quote stands at 100; the number at 105."""
    quote = Quote(1, TEXT, source, title, "War", 100, 126, 0.834, (Span(105, 111),), metadata=NEW)
    return Voice(source, title, NEW, quote, differences)


def answer(*voices: Voice, answered: bool = True) -> Answer:
    status = "answered" if answered else "abstained"
    return Answer("How many?", status, 0.8, (), (), 1.0, by_source=voices)


NUMBER = Difference("number", Span(105, 111), "b.txt", "30,000")
SILENT = Voice("c.txt", "Cooking", Metadata(date="2020"), None)


def test_each_source_has_a_block_with_its_date_its_quote_and_what_differs() -> None:
    assert by_source_text(answer(voice("a.txt", NUMBER), SILENT), Look()) == (
        "News · 2024-05-17\n"
        "1. Some 10,000 soldiers came.\n"
        "   War · a.txt:100-126\n"
        "   confidence 0.83\n"
        "   differs: 10,000 here, 30,000 in b.txt\n"
        "\n"
        "Cooking · 2020\n"
        "   says nothing on this · c.txt"
    )


def test_a_source_without_a_title_goes_by_its_name() -> None:
    silent = Voice("c.txt", "", Metadata(), None)
    assert by_source_text(answer(silent), Look()) == "c.txt\n   says nothing on this"


def test_a_negation_is_told_on_both_sides() -> None:
    denies = Difference("negation", Span(100, 104), "b.txt", "")
    denied = Difference("negation", Span(121, 125), "a.txt", "not")
    told = by_source_text(answer(voice("a.txt", denies), voice("b.txt", denied)), Look())
    assert "   differs: “Some” here, not so in b.txt\n" in told
    assert told.endswith("   differs: “came” here, with “not” in a.txt")


def test_where_it_abstains_that_is_said_first() -> None:
    told = by_source_text(answer(SILENT, answered=False), Look())
    assert told.startswith("The articles do not answer this.\n\nCooking · 2020\n")


def test_as_json_a_voice_has_its_quote_or_null_and_its_differences() -> None:
    spoken, silent = by_source_json(answer(voice("a.txt", NUMBER), SILENT))
    assert silent == {
        "source": "c.txt", "title": "Cooking", "date": "2020", "quote": None, "differences": [],
    }  # fmt: skip
    assert list(spoken) == ["source", "title", "author", "date", "quote", "differences"]
    assert spoken["differences"] == [
        {
            "kind": "number", "start": 105, "end": 111, "text": "10,000", "other": "b.txt",
            "words": "30,000",
        }
    ]  # fmt: skip
    assert isinstance(spoken["quote"], dict)
    assert spoken["quote"]["text"] == TEXT
    assert spoken["quote"]["highlights"] == [{"start": 105, "end": 111}]


def test_the_key_is_there_only_where_it_is_asked_for(run_here: Run, seeds_index: Path) -> None:
    question = "What does each article say about Iran?"
    plain = run_here("ask", question, "--index", seeds_index, "--json")
    compared = run_here("ask", question, "--index", seeds_index, "--json", "--compare")
    assert (plain.returncode, compared.returncode) == (0, 0)
    one, other = json.loads(plain.stdout), json.loads(compared.stdout)
    voices = other.pop("by_source")
    assert one.keys() == other.keys()
    assert one["quotes"] == other["quotes"]
    assert [voice["source"][:3] for voice in voices] == ["000", "001", "002"]
    assert voices[2]["quote"] is None
    text = run_here("ask", question, "--index", seeds_index, "--compare").stdout
    assert "North Korean whirlpool\n   says nothing on this · 002_25d210e1b67ffbeb.txt" in text
