"""Blocks: what is a heading, a paragraph, an item, a row, code; always slices."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.blocks import front_matter, markdown_blocks, plain_blocks
from quoth.records import Block

PROSE = "This is a paragraph of prose that ends with a full stop, as paragraphs of prose do."
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r", "\x0c", "\u2028", "\x85", "\n\n", "\n \t\n"])
LINES = st.one_of(
    st.sampled_from(
        [
            PROSE,
            "A Heading",
            "- an item",
            "• another",
            "1. first",
            "ALL CAPS",
            "====",
            "---",
            "😀 e\u0301",
            "\u00a0x",
            "# Heading",
            "> quote",
            "| a | b |",
            "|---|---|",
            "```",
            "    code",
            "<!-- x -->",
            "[r]: http://x",
            "* * *",
        ]
    ),
    st.text(max_size=12),
)
TEXTS = st.lists(st.tuples(LINES, LINE_ENDS), max_size=20).map(
    lambda pairs: "".join(line + end for line, end in pairs)
)

Shape = list[tuple[str, str]]


def shape(blocks: tuple[Block, ...], text: str) -> Shape:
    """(kind with its level, text) of each block."""
    return [(b.kind + (str(b.level) if b.level else ""), text[b.start : b.end]) for b in blocks]


def plain(text: str) -> Shape:
    return shape(plain_blocks(text), text)


def markdown(text: str) -> Shape:
    return shape(markdown_blocks(text), text)


def seed(folder: Path, number: str) -> Shape:
    (path,) = folder.glob(f"{number}_*.txt")
    return plain(path.read_bytes().decode())


# --- The seeds ---


def test_headings_of_the_first_seed(seeds: Path) -> None:
    assert [one for one in seed(seeds, "000") if one[0].startswith("heading")] == [
        (
            "heading1",
            "Russia’s Dance with the Outcasts: "
            "The North Korea Pivot and the Shrinking Shadow of Power",
        ),
        (
            "heading2",
            "North Korea: Russia’s New Best Friend (Because Nobody Else Answered the Phone)",
        ),
        ("heading2", "Military Love Letters from Pyongyang"),
        ("heading2", "Iran: The Lawn Mower Lender"),
        ("heading2", "Russia’s Soft Power: Melting Faster than Arctic Ice"),
        ("heading2", "Isolation Is a Lonely Game"),
        ("heading2", "Transactional Relationships: No Strings, Just Stress"),
        ("heading2", "The “Axis of Necessity”: A Club Nobody Wants to Join"),
        ("heading2", "Fragmented Goals, No Cohesion"),
        ("heading2", "Why This All Matters"),
        ("heading2", "Conclusion: The Punchline Nobody Wanted"),
    ]


def test_items_of_the_first_seed(seeds: Path) -> None:
    items = [text for kind, text in seed(seeds, "000") if kind == "item"]
    assert [text.split()[0] for text in items[:7]] == (
        ["Artillery", "Labor", "Limited", "Too", "Fewer", "Damage", "These"]
    )
    assert [text.split()[0] for text in items[7:13]] == (
        ["North", "North", "Iran’s", "Russia", "Reinforcing", "Strategic"]
    )
    assert len(items[13:]) == 23
    assert all(text.endswith("| Patreon") for text in items[13:])


def test_headings_of_the_second_seed(seeds: Path) -> None:
    assert [one for one in seed(seeds, "001") if one[0] != "paragraph"] == [
        ("heading1", "Russia & Kim Jong Un: What's Really Going On?"),
        ("heading2", "Historical Context: A Lingering Connection"),
        ("heading2", "Why Now? The Geopolitical Sweet Spot"),
        ("heading2", "What's in it for Russia? Munitions and More"),
        ("heading2", "What's in it for Kim Jong Un? Survival and Sanctions Relief"),
        ("heading2", "The Global Implications: A Shifting World Order?"),
        ("heading2", "The Road Ahead: Uncertainty and Vigilance"),
    ]


def test_blocks_of_the_third_seed(seeds: Path) -> None:
    blocks = seed(seeds, "002")
    assert blocks[0] == ("heading1", "North Korean whirlpool")
    assert [kind for kind, _ in blocks[1:]] == ["paragraph"] * 8


# --- Plain text ---


def test_paragraphs_between_blank_lines() -> None:
    assert plain(f"{PROSE}\n\n{PROSE}\n") == [("paragraph", PROSE), ("paragraph", PROSE)]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    first = (
        "It was the first morning of the long voyage, and the captain\n"
        "stood at the rail of the Northern Star. He had not slept. The\n"
        "wind came from the west."
    )
    second = (
        "Nobody spoke until the bell rang for breakfast, and then all\n"
        "of them spoke at once, of Bergen and of the fish market."
    )
    text = f"The Voyage\n\n{first}\n\n{second}\n"
    assert plain(text) == [("heading1", "The Voyage"), ("paragraph", first), ("paragraph", second)]


def test_lines_broken_at_clauses_are_one_paragraph() -> None:
    text = (
        "Lines that are broken wherever a clause has ended,\n"
        "as some people write them for their version control,\n"
        "belong to one paragraph.\nThe next one is another."
    )
    paragraph, _, last = text.rpartition("\n")
    assert plain(text) == [("paragraph", paragraph), ("paragraph", last)]


def test_a_heading_is_followed_by_prose_items_or_another_heading() -> None:
    text = f"Title\nPart One\nOrigins\n{PROSE}\nGoods\n- tea\n- salt\nEnd of the list"
    assert plain(text) == [
        ("heading1", "Title"),
        ("heading2", "Part One"),
        ("heading2", "Origins"),
        ("paragraph", PROSE),
        ("heading2", "Goods"),
        ("item", "tea"),
        ("item", "salt"),
        ("paragraph", "End of the list"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "It ends with a stop.",
        "It goes on;",
        "It goes on,",
        "As follows:",
        "it starts in lower case",
        "By Jane Doe",
        "From: Jane Doe",
        "12 May 2024",
        "5 min read",
        "What does it want?",
        "Infixes such as",
        "12 345",
        "far " * 17 + "end",
        "L" + "o" * 100 + "ng",
    ],
)
def test_what_is_no_heading(line: str) -> None:
    assert ("paragraph", line) in plain(f"Title\n{PROSE}\n{line}\n{PROSE}")


@pytest.mark.parametrize(
    "line",
    [
        "What Does Russia Want?",
        "IRAN",
        "2. Methods",
        "Why now",
        "“Quoted” Words",
        "Ω and α",
        "Plan (B)",
    ],
)
def test_what_is_a_heading(line: str) -> None:
    assert ("heading2", line) in plain(f"Title\n{PROSE}\n{line}\n{PROSE}")


def test_a_chapter_is_a_heading_though_it_ends_with_a_stop() -> None:
    text = f"Title\n\n{PROSE}\n\nCHAPTER 2. The Carpet-Bag.\n\n{PROSE}"
    assert ("heading2", "CHAPTER 2. The Carpet-Bag.") in plain(text)


def test_underlined_lines_are_headings() -> None:
    text = f"Title\n=====\n{PROSE}\nit is a part\n------------\n{PROSE}"
    assert plain(text) == [
        ("heading1", "Title"),
        ("paragraph", PROSE),
        ("heading2", "it is a part"),
        ("paragraph", PROSE),
    ]


def test_three_short_lines_without_prose_are_items() -> None:
    text = f"Title\n{PROSE}\nOne Thing\nAnother Thing\nA Third Thing\n{PROSE}"
    assert [kind for kind, _ in plain(text)] == (
        ["heading1", "paragraph", "item", "item", "item", "paragraph"]
    )


def test_short_lines_at_the_end_are_no_headings() -> None:
    assert plain(f"{PROSE}\nJane Doe\nBergen") == [
        ("paragraph", PROSE),
        ("paragraph", "Jane Doe"),
        ("paragraph", "Bergen"),
    ]


@pytest.mark.parametrize("marker", ["- ", "* ", "•", "• ", "1. ", "12) ", "a) ", "–\t"])
def test_an_item_is_without_its_marker_and_with_its_indented_lines(marker: str) -> None:
    if marker == "–\t":
        marker = "‣\t"
    text = f"{PROSE}\n{marker}salt\n   and pepper\n{marker}tea"
    assert plain(text) == [("paragraph", PROSE), ("item", "salt\n   and pepper"), ("item", "tea")]


def test_rules_and_blank_text_are_no_blocks() -> None:
    assert plain(" \n\t\n* * *\n-----\n\u00a0\n") == []


def test_one_short_line_alone_is_a_paragraph() -> None:
    assert plain("Just a Line") == [("paragraph", "Just a Line")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\x0c", "\u2028", "\u2029", "\x85"])
def test_all_line_ends_separate_lines(line_end: str) -> None:
    text = line_end.join(["Title", "\u00a0" + PROSE + "\t", "- tea"])
    assert plain(text) == [("heading1", "Title"), ("paragraph", PROSE), ("item", "tea")]


@pytest.mark.parametrize(
    "text",
    [
        "A sentence. " * 400_000,
        "x" * 5_000_000,
        " " * 5_000_000,
        "\n" * 3_000_000,
        f"{PROSE}\n" * 30_000,
    ],
    ids=["one line", "one word", "blanks", "line ends", "paragraphs"],
)
def test_large_texts_take_seconds(text: str) -> None:
    started = time.perf_counter()
    plain_blocks(text)
    assert time.perf_counter() - started < 10


@settings(deadline=None)
@given(TEXTS)
def test_only_markers_rules_and_blanks_are_outside_plain_blocks(text: str) -> None:
    blocks = plain_blocks(text)
    assert wrong(blocks, text) == []
    left = re.sub(r"\d{1,3}[.)]|[a-z]\)", "", uncovered(blocks, text))
    assert not any(map(str.isalnum, left))


@settings(deadline=None)
@given(TEXTS)
def test_markdown_blocks_are_bare_slices_in_order(text: str) -> None:
    assert wrong(markdown_blocks(text), text) == []


MARKDOWN_LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\n \t\r\n"])
FRAMES = [
    "# {}",
    "## {} ##",
    "{}\n===",
    "{}",
    "**{}** and",
    "- {}",
    "* [ ] {}",
    "1. {}",
    "> {}",
    "> - {}",
]
FRAMES += [
    "- a\n  - {}",
    "| {} | b |\n|---|---|",
    "```\n{}\n```",
    "~~~ py\n{}",
    "    {}",
    "<div>{}</div>",
]
FRAMES += ["- > # {}", "{}\n---", "\t{}", "1. ```\n   {}\n   ```", "- | {} | b |\n  |---|---|"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(FRAMES), MARKDOWN_LINE_ENDS), max_size=12))
def test_no_word_is_outside_markdown_blocks(parts: list[tuple[str, str]]) -> None:
    text = "".join(frame.format(f"word{at}") + end for at, (frame, end) in enumerate(parts))
    inside = " ".join(text[block.start : block.end] for block in markdown_blocks(text))
    assert [at for at in range(len(parts)) if f"word{at}" not in inside] == []


def wrong(blocks: tuple[Block, ...], text: str) -> list[Block]:
    """Those that begin before the last one's end, are no bare slice, or have another's level."""
    ends = [0, *(block.end for block in blocks)]
    return [
        block
        for end, block in zip(ends, blocks, strict=False)
        if block.start < end
        or not is_bare(block, text)
        or (block.level > 0) != (block.kind == "heading")
    ]


def is_bare(block: Block, text: str) -> bool:
    """A slice of the text, not empty, without white space at its ends."""
    inside = text[block.start : block.end]
    return inside != "" and inside == inside.strip() and block.end <= len(text)


def uncovered(blocks: tuple[Block, ...], text: str) -> str:
    starts = [0, *(block.end for block in blocks)]
    ends = [*(block.start for block in blocks), len(text)]
    return "\n".join(text[start:end] for start, end in zip(starts, ends, strict=True))


# --- Markdown ---


def test_markdown_by_its_marks() -> None:
    text = (
        "---\ntitle: Ships\ntags: [a]\n---\n\n# Ships and **boats** #\n\n"
        "One\ntwo.\n\nSails\n-----\n\n"
        "- canvas\n  that folds\n\n  and more\n- [ ] rope\n  1. hemp\n\n> A quote\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n\ny = 2\n```\n\n    z = 3\n\n"
        "<!-- left out -->\n\n<div>in</div>\n\n##\n\n***\n\n[ref]: http://example.org\n"
    )
    assert markdown(text) == [
        ("heading1", "Ships and **boats**"),
        ("paragraph", "One\ntwo."),
        ("heading2", "Sails"),
        ("item", "canvas\n  that folds"),
        ("paragraph", "and more"),
        ("item", "rope"),
        ("item", "hemp"),
        ("paragraph", "A quote"),
        ("row", "a | b"),
        ("row", "1 | 2"),
        ("code", "x = 1\n\ny = 2"),
        ("code", "z = 3"),
        ("paragraph", "<div>in</div>"),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_markdown_line_ends(line_end: str) -> None:
    text = line_end.join(["---", "title: x", "---", "# 😀 One", "", "Two", "three"])
    assert markdown(text) == [("heading1", "😀 One"), ("paragraph", f"Two{line_end}three")]


def test_long_text_above_a_rule_is_no_heading() -> None:
    text = f"{PROSE * 5}\n---\n"
    assert markdown(text) == [("paragraph", PROSE * 5)]


def test_a_number_at_the_start_of_markdown_prose_is_kept() -> None:
    assert markdown("Born in\n1984. A year.") == [("paragraph", "Born in\n1984. A year.")]


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("---\ntitle: x\n---\nText", "title: x\n"),
        ("---\r\ntitle: x\r\n...\r\nText", "title: x\r\n"),
        ("---\n---\nText", ""),
        ("---\n\nA rule, then text.\n\n---\n", None),
        ("---\ntitle: never closed\n", None),
        ("Text\n---\na: b\n---\n", None),
    ],
)
def test_front_matter(text: str, matter: str | None) -> None:
    span = front_matter(text)
    assert (text[span.start : span.end] if span else None) == matter


@pytest.mark.alone
@pytest.mark.parametrize("mark", ["> ", "* ", "[", "#", "|a|b|\n|-|-|\n", "`", "- a\n  "])
def test_many_marks_take_seconds(mark: str) -> None:
    started = time.perf_counter()
    markdown_blocks(mark * 20_000)
    assert time.perf_counter() - started < 10


def test_many_comments_on_a_line_take_no_time() -> None:
    started = time.perf_counter()
    assert markdown("<!-- x --> " * 25) == []
    assert markdown("<!-- x --> " * 25 + "y") == [("paragraph", "<!-- x --> " * 25 + "y")]
    assert time.perf_counter() - started < 1


def test_text_between_two_comments_is_kept() -> None:
    line = "<!-- x --> Kept. <!-- y -->"
    assert markdown(line) == [("paragraph", line)]
