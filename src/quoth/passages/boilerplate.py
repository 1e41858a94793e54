"""Which blocks are promotion, link lists, share, copyright and cookie lines: a pure function.

Scored by independent signals, of which two must come together, so that running prose about
newsletters, cookies or Patreon is not taken for an appeal to subscribe:

1. the reader is asked for something on the author's own behalf ("follow me", "my Patreon")
2. a channel is named (newsletter, Patreon, Facebook), or a legal matter in a short line
3. links
4. a list whose lines are links or end in the same ` | Name`, or that stands under "Related posts"
5. the place: the end of the article

Boilerplate stands beside prose. Where it would be most of an article it is the article's
subject, as in a privacy policy, and nothing is marked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from quoth.records import Block

_APPEALS = (
    r"(?:follow|find|join|tip|donate to|support) (?:me|us) (?:on|at|via|by|here|today)",
    r"(?:check out|visit|join|subscribe to|sign up (?:to|for)|support|become a \w+ of|listen to)"
    r" (?:my|our)",
    r"(?:subscribe|sign up|register|donate|click) (?:now|today|here|below|for (?:more|free))",
    r"(?:subscribe|sign up) (?:to|for) the",
    r"if you(?:[’']re|[’']ve| are| have)? (?:enjoy|lik|lov)\w* (?:reading )?"
    r"(?:this|my|our|the (?:content|article|post|blog)|what)",
    r"share (?:this (?:article|post|story|page|on)|it (?:on|with)|on|via)",
    r"leave (?:a|your) (?:comment|reply|review)",
    r"thank(?:s| you) for (?:reading|subscribing|listening to this|your support|being a part of)",
    r"(?:buy me a coffee|become a (?:member|patron|subscriber)|hit (?:the )?subscribe)",
    r"(?:my|our) (?:patreon|newsletter|mailing list|podcast|channel|substack|blog|facebook)",
    r"(?:we|this (?:site|website|blog)) uses? cookies|by continuing to (?:use|browse)",
    r"(?:get|receive) (?:the latest|our|my|new|weekly|daily|exclusive)",
)
_APPEAL = re.compile(rf"\b(?:{'|'.join(_APPEALS)})\b", re.IGNORECASE)
_CHANNEL = re.compile(
    r"\b(?:patreon|substack|newsletters?|mailing list|subscri(?:be|bers?|ptions?)|ko-?fi|paypal|"
    r"podcast|youtube|facebook|twitter|instagram|linkedin|tiktok|whatsapp|telegram|mastodon|"
    r"bluesky|reddit|pinterest|rss|exclusive (?:content|insights?)|inbox|cookies?|affiliate)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\ball rights reserved\b|©|\(c\) \d{4}|\bcopyright (?:\d{4}|by)\b"
    r"|\b(?:contains|includes) affiliate links\b",
    re.IGNORECASE,
)
_LEGAL_LINE = re.compile(
    r"[^.]{0,60}\b(?:privacy policy|terms of (?:use|service)|cookie (?:policy|settings))\b"
    r"[^.]{0,60}",
    re.IGNORECASE,
)
_LIST_TITLE = re.compile(
    r"(?:related|similar|recommended|more|further|popular|recent|other|latest) "
    r"(?:articles?|posts?|stories|reading|reads|news|links?|from|content)\b"
    r"|you (?:may|might) also (?:like|enjoy)|read (?:next|more|also)\b|share (?:this|on)\b"
    r"|(?:follow|connect with) (?:me|us)\b|subscribe|newsletter|tags\b|leave a (?:comment|reply)",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|\bwww\.\w|\]\(|(?<!\w)@\w{3,}")
_WHOLE_LINK = re.compile(r"!?\[[^\[\]]*\]\([^\[)]*\)|https?://\S+|www\.\S+|(?<!\w)@\w{3,}")
_SUFFIX = re.compile(r"\s[|–—·»-]\s([^|–—·»]{2,40})$")
_SHORT = 300
"""Code points in which at least one sign of boilerplate must stand."""
_SHORT_ITEM = 120
_LINK_LABEL = 25
"""Letters that may stand beside a link in a list of links."""
_END_BLOCKS = 4


def boilerplate_marks(text: str, blocks: Sequence[Block]) -> tuple[bool, ...]:
    """For each of an article's blocks, whether it is boilerplate rather than prose."""
    texts = [text[block.start : block.end] for block in blocks]
    listed = _in_link_list(texts, blocks)
    end = _end_start(listed)
    marks = [
        block.kind != "heading" and (listed[at] or _is_appeal(texts[at], at_end=at >= end))
        for at, block in enumerate(blocks)
    ]
    _mark_titled_sections(texts, blocks, marks)
    boilerplate = sum(len(one) for one, mark in zip(texts, marks, strict=True) if mark)
    most = boilerplate * 2 > sum(map(len, texts))
    return tuple([False] * len(blocks) if most else marks)


def _is_appeal(text: str, *, at_end: bool) -> bool:
    """Two signals, one of them an appeal or a legal line, dense enough for the text's length."""
    appeals, channels = len(_APPEAL.findall(text)), len(_CHANNEL.findall(text))
    links = len(_LINK.findall(text))
    legal = bool(_LEGAL_LINE.fullmatch(text) or (len(text) <= _SHORT and _LEGAL.search(text)))
    if not appeals and not legal:
        return False
    signals = bool(appeals) + bool(channels) + bool(links) + legal + at_end
    return signals >= 2 and (appeals + channels + links + legal) * _SHORT >= len(text)


def _end_start(listed: Sequence[bool]) -> int:
    """Where the end begins: the last few blocks, link lists not counted, of the second half."""
    left = _END_BLOCKS
    for at in range(len(listed) - 1, len(listed) // 2, -1):
        left -= not listed[at]
        if left == 0:
            return at
    return len(listed) // 2 + 1


def _in_link_list(texts: Sequence[str], blocks: Sequence[Block]) -> list[bool]:
    """For each block, whether it is an item of a list of links to other texts."""
    marks: list[bool] = []
    for is_item, run in groupby(range(len(blocks)), key=lambda at: blocks[at].kind == "item"):
        numbers = list(run)
        lines = [texts[at] for at in numbers]
        at_end = numbers[-1] >= len(blocks) - _END_BLOCKS
        marks += [is_item and _is_link_list(lines, at_end=at_end)] * len(lines)
    return marks


def _is_link_list(lines: Sequence[str], *, at_end: bool) -> bool:
    suffixes = Counter(found.group(1) for found in map(_SUFFIX.search, lines) if found)
    same = max(suffixes.values(), default=0)
    linked = sum(map(_is_only_link, lines)) if at_end else 0
    return len(lines) >= 3 and max(same, linked) * 10 >= len(lines) * 7


def _is_only_link(line: str) -> bool:
    rest = _WHOLE_LINK.sub("", line)
    return rest != line and sum(map(str.isalnum, rest)) <= _LINK_LABEL


def _mark_titled_sections(texts: list[str], blocks: Sequence[Block], marks: list[bool]) -> None:
    """Marks headings over nothing but boilerplate, and short lines under `Related posts`."""
    following: list[int] = []
    for at in range(len(blocks) - 1, -1, -1):
        if blocks[at].kind != "heading":
            following.append(at)
            continue
        if _LIST_TITLE.match(texts[at]) and all(_is_bare_line(texts[one]) for one in following):
            for one in following:
                marks[one] = True
        marks[at] = bool(following) and all(marks[one] for one in following)
        following = []


def _is_bare_line(text: str) -> bool:
    return len(text) <= _SHORT_ITEM and not text.endswith((".", "!", ";"))
