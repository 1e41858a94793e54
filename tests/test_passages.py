"""Passages: slices that cover the article, fit the model, keep to sections; boilerplate apart."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.articles import make_article, read_articles
from quoth.blocks import markdown_blocks, plain_blocks
from quoth.passages import CountTokens, boilerplate_marks, cut, embedding_text
from quoth.records import Article, Passage

PROSE = "The harbour lies in the west. Boats come at noon. They bring fish, salt and news."

PIECES = st.sampled_from(
    [
        "A Heading\n",
        "Another One\n",
        f"{PROSE}\n",
        "- an item. Of two sentences.\n",
        "• short\n",
        "Mr. Smith went. ",
        "😀 ",
        "e\u0301",
        "\r\n",
        "\n\n",
        "\u2028",
        "\u00a0",
        "x" * 700,
        "中文" * 200,
        "word " * 90,
        "# Heading\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "```\ncode\n```\n",
        "1. one\n",
        "Subscribe to my newsletter on Patreon!\n",
        "Title | Site\n",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=10)), max_size=25).map("".join)


def by_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def by_characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def article(text: str, title: str = "The Title", *, markdown: bool = False) -> Article:
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    return make_article(text, "a.txt", title, (markdown_blocks if markdown else plain_blocks)(text))


def texts(passages: Sequence[Passage]) -> list[str]:
    return [passage.text for passage in passages]


def sentence_texts(passage: Passage) -> list[str]:
    start = passage.start
    return [passage.text[one.start - start : one.end - start] for one in passage.sentences]


# --- What always holds ---


@settings(deadline=None)
@given(TEXTS, st.booleans(), st.sampled_from([20, 60, 254]), st.integers(0, 3))
def test_passages_are_whole_sentences_and_cover_every_block(
    text: str, markdown: bool, limit: int, overlap: int
) -> None:
    it = article(text, markdown=markdown)
    passages = cut(it, count_tokens=by_words, limit=limit, target=limit // 2, overlap=overlap)
    for passage in passages:
        assert it.text[passage.start : passage.end] == passage.text
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        assert all(a.end <= b.start for a, b in pairwise(passage.sentences))
        assert all(one.strip() == one != "" for one in sentence_texts(passage))
        assert 0 <= passage.headings <= len(passage.sentences)
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(passages))
    spans = sorted({one for passage in passages for one in passage.sentences})
    for block in it.blocks:
        inside = [it.text[a:b] for a, b in spans if block.start <= a and b <= block.end]
        assert without_blanks("".join(inside)) == without_blanks(it.text[block.start : block.end])


def without_blanks(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None)
@given(TEXTS, st.booleans(), st.sampled_from([by_words, by_characters]), st.integers(30, 300))
def test_what_is_embedded_never_exceeds_the_limit(
    text: str, markdown: bool, counter: CountTokens, limit: int
) -> None:
    it = article(text, "A title that is rather long " * 20, markdown=markdown)

    def count_with_blanks(some: Sequence[str]) -> list[int]:
        return [size + 1 for size in counter(some)]

    for passage in cut(it, count_tokens=count_with_blanks, limit=limit):
        assert counter([embedding_text(passage, limit=limit)])[0] <= limit


@settings(deadline=None)
@given(TEXTS)
def test_cutting_again_gives_the_same(text: str) -> None:
    it = article(text)
    assert cut(it, count_tokens=by_words) == cut(it, count_tokens=by_words)


def test_an_article_is_counted_in_one_call() -> None:
    calls: list[int] = []

    def counting(some: Sequence[str]) -> list[int]:
        calls.append(len(some))
        return by_words(some)

    cut(article(f"Title\n{PROSE}\nPart\n{PROSE}\n"), count_tokens=counting)
    assert calls == [2 + 6]


# --- Sections ---


def test_headings_open_their_sections_first_passage() -> None:
    text = f"The Title\n{PROSE}\nWest\n{PROSE} {PROSE}\nEast\nNorth\n{PROSE}"
    passages = cut(article(text), count_tokens=by_words, target=16, overlap=0)
    assert [(p.section, p.headings, p.text) for p in passages] == [
        ("", 1, f"The Title\n{PROSE}"),
        ("West", 1, f"West\n{PROSE}"),
        ("West", 0, PROSE),
        ("North", 2, f"East\nNorth\n{PROSE}"),
    ]


def test_sections_of_markdown_are_paths_without_the_title() -> None:
    parts = ["# The *Title*", PROSE, "## West", "### Bay", PROSE, "### Cape", PROSE, "## East"]
    text = "\n\n".join([*parts, PROSE])
    passages = cut(article(text, markdown=True), count_tokens=by_words)
    assert [(p.section, p.headings) for p in passages] == [
        ("", 1),
        ("West › Bay", 2),
        ("West › Cape", 1),
        ("East", 1),
    ]


def test_a_heading_that_is_not_the_title_is_in_the_path() -> None:
    text = f"# Ships\n\n## Sails\n\n{PROSE}"
    (passage,) = cut(article(text, "Front Matter", markdown=True), count_tokens=by_words)
    assert passage.section == "Ships › Sails"


def test_headings_without_text_are_a_passage() -> None:
    (passage,) = cut(article("# One\n\n## Two\n", markdown=True), count_tokens=by_words)
    assert (passage.text, passage.headings) == ("One\n\n## Two", 2)


def test_no_text_no_passages() -> None:
    assert cut(article(" \n"), count_tokens=by_words) == []


# --- Sizes and sentences ---


def test_passages_overlap_by_sentences() -> None:
    text = " ".join(f"Sentence {name} has five words." for name in ("A", "B", "C", "D"))
    first, second = cut(article(text), count_tokens=by_words, target=10, overlap=1)
    assert sentence_texts(first)[-1] == sentence_texts(second)[0] == "Sentence B has five words."
    assert [len(one.sentences) for one in (first, second)] == [2, 3]


def test_a_passage_never_repeats_all_of_the_one_before() -> None:
    """Sentences of ten tokens and a target of ten: one to a passage, so none is repeated."""
    text = " ".join(f"One two three four five six seven eight nine {name}." for name in "ABC")
    passages = cut(article(text), count_tokens=by_words, target=10, overlap=1)
    assert [len(one.sentences) for one in passages] == [1, 1, 1]


def test_the_last_passage_is_no_crumb() -> None:
    """Seven sentences of five tokens and a target of 15: 3 + 4 or 4 + 3, never 3 + 3 + 1."""
    text = " ".join(f"Sentence {name} has five words." for name in "ABCDEFG")
    passages = cut(article(text), count_tokens=by_words, target=15, overlap=0)
    assert sorted(len(one.sentences) for one in passages) == [3, 4]


def test_passages_end_with_paragraphs_where_they_can() -> None:
    first = "One two three four. " * 4
    text = f"{first.strip()}\n\n{first.strip()} Five six seven.\n\n{first.strip()}"
    passages = cut(article(text), count_tokens=by_words, target=17, overlap=0)
    assert [len(one.sentences) for one in passages] == [4, 5, 4]


def test_short_items_stay_whole_and_long_ones_are_sentences() -> None:
    text = f"Title\n{PROSE}\n- Two parts. One item.\n- {PROSE * 4}"
    (passage,) = cut(article(text, "Title"), count_tokens=by_words)
    found = sentence_texts(passage)
    assert found[4] == "Two parts. One item."
    assert found[5:7] == ["The harbour lies in the west.", "Boats come at noon."]


def test_a_sentence_over_the_limit_is_cut_at_clauses() -> None:
    text = "one two three, " * 9 + "one two three."
    passages = cut(article(text, "T"), count_tokens=by_words, limit=16)
    parts = [part for passage in passages for part in sentence_texts(passage)]
    assert all(part.endswith((",", ".")) for part in parts)
    assert " ".join(dict.fromkeys(parts)).startswith("one two three,")
    assert max(by_words(parts)) <= 15


def test_a_word_over_the_limit_is_cut_at_code_points() -> None:
    text = "e\u0301" * 300
    passages = cut(article(text, "T"), count_tokens=by_characters, limit=54, overlap=0)
    assert "".join(texts(passages)) == text
    assert all(not one.startswith("\u0301") for one in texts(passages))


def test_rows_and_code_are_kept() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n\ny = 2\n```\n"
    (passage,) = cut(article(text, markdown=True), count_tokens=by_words)
    assert sentence_texts(passage) == ["a | b", "1 | 2", "x = 1\n\ny = 2"]


def test_what_is_embedded() -> None:
    intro = "An intro follows here, as prose does, with a stop."
    text = f"The Title\n{PROSE}\nWhy Now?\n{intro}\n- Tea.\n- Salt"
    _, passage = cut(article(text), count_tokens=by_words)
    assert embedding_text(passage) == (
        "The Title. Why Now? An intro follows here, as prose does, with a stop. Tea. Salt"
    )


def test_long_titles_and_sections_are_cut_for_embedding() -> None:
    passage = Passage("s", "t" * 500, "u" * 300 + " › near", 0, 4, "Text", sentences=())
    embedded = embedding_text(passage, limit=50)
    assert embedded == "t" * 18 + "… " + "…" + "u" * 11 + " › near."


@pytest.mark.parametrize(
    "text", ["A word. " * 25_000, "- a\n" * 10_000, "“abc. Def " * 10_000, "x" * 10**6]
)
def test_large_articles_take_seconds(text: str) -> None:
    started = time.perf_counter()
    cut(article(text), count_tokens=by_words)
    assert time.perf_counter() - started < 15


def test_an_article_of_short_lines_takes_seconds() -> None:
    started = time.perf_counter()
    cut(article("- a\n" * 40_000), count_tokens=by_words)
    assert time.perf_counter() - started < 8


# --- Boilerplate ---


def test_the_seeds_promotion_is_apart_from_its_prose(seeds: Path) -> None:
    first, second, third = read_articles([seeds]).articles
    passages = cut(first, count_tokens=by_words)
    marked = [one for one in passages if one.boilerplate]
    assert min(one.start for one in marked) == first.text.index("If you’re enjoying the content")
    assert max(one.end for one in passages if not one.boilerplate) < marked[0].start
    assert marked[-1].end == len(first.text.rstrip())
    for other in (second, third):
        assert not any(one.boilerplate for one in cut(other, count_tokens=by_words))


def marked(text: str, *, markdown: bool = False) -> list[str]:
    blocks = (markdown_blocks if markdown else plain_blocks)(text)
    marks = boilerplate_marks(text, blocks)
    return [text[b.start : b.end] for b, mark in zip(blocks, marks, strict=True) if mark]


BODY = "\n\n".join([PROSE] * 6)


@pytest.mark.parametrize(
    "last",
    [
        "Thanks for reading! Subscribe for free to receive new posts and support my work.",
        "© 2024 The Harbour Times. All rights reserved.",
        "Did you like it? Follow us on Twitter and Facebook, and sign up for our newsletter.",
        "Share this article on Facebook or by mail.",
        "We use cookies to serve you better. By continuing to use this site you accept them.",
        "Privacy Policy and Terms of Use",
        "If you enjoyed this article, buy me a coffee at https://ko-fi.com/harbour.",
        "This post contains affiliate links. © Jane Doe",
    ],
)
def test_promotion_at_the_end_is_boilerplate(last: str) -> None:
    assert marked(f"The Harbour\n\n{BODY}\n\n{last}") == [last]


@pytest.mark.parametrize(
    "prose",
    [
        "Patreon was founded in 2013. It lets creators charge a subscription, and by 2021 it had "
        "six million patrons. Its rivals are Substack and Ko-fi.",
        "Newsletters are older than newspapers. Subscribers paid merchants in Venice for news of "
        "ships, which came by letter once a week.",
        "The ministry follows Facebook and Twitter closely, and its privacy policy was changed "
        "after the court had read the terms of service aloud.",
        "Cookies were invented in 1994 by Lou Montulli, who wanted shops to remember a cart.",
        "Join us, said the captain, and we shall share the catch with your children.",
        "Copyright lasts seventy years after the author's death in most of Europe.",
    ],
)
def test_prose_about_such_matters_is_not(prose: str) -> None:
    assert marked(f"The Matter\n\n{BODY}\n\n{prose}") == []
    assert marked(f"The Matter\n\n{prose}\n\n{BODY}") == []


def test_lists_of_links_are_boilerplate() -> None:
    links = "\n".join(f"- [A story {number}](https://example.org/{number})" for number in range(4))
    text = f"# Title\n\n{BODY}\n\n{links}"
    assert len(marked(text, markdown=True)) == 4


@pytest.mark.parametrize("mark", ["[", "[](", "![", "[a]("])
def test_items_of_unclosed_links_take_no_time(mark: str) -> None:
    text = f"- {mark * 20_000}\n" * 3
    started = time.perf_counter()
    assert marked(text) == []
    assert time.perf_counter() - started < 2


def test_a_list_under_related_posts_is_boilerplate_with_its_heading() -> None:
    text = f"The Harbour\n\n{BODY}\n\nRelated Posts\n- The Lighthouse\n- The Ferry"
    assert marked(text) == ["Related Posts", "The Lighthouse", "The Ferry"]


def test_a_list_of_facts_is_not() -> None:
    text = f"The Harbour\n\n{BODY}\n\nWhat It Exports\n- Herring, salted\n- Timber\n- Stone"
    assert marked(text) == []


def test_boilerplate_that_is_most_of_an_article_is_its_subject() -> None:
    assert marked("Follow us on Facebook and subscribe to our newsletter.\n\nShort prose.") == []
