"""Pure: how much a question wants, and what is left of it to search for.

English, by wording alone. Most questions want one answer, and are left as they are. Some want a
quote of every source ("what does each article say about Iran?"), some want several points ("list
the problems", "what is this article about?"). The words that say so are taken off: they stand in
no article, and only disturb the search and the reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Framed:
    """What a question wants.

    text: what to search for; the question itself where it wants one answer, "" where nothing is
    left of it, so that it asks for the gist. each: a quote of every source. broad: several points.
    """

    text: str
    each: bool = False
    broad: bool = False

    @property
    def names_a_subject(self) -> bool:
        """Whether a subject is all that it names, so that many sentences answer, and none alone."""
        return self.broad or self.text.startswith(_ASKED_ABOUT)


_ASKED_ABOUT = "What about "
_ITEM = r"(?:article|source|text|author|writer|document|publication|outlet)"
_COUNT = r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+)"
_ALL = (
    rf"(?:(?:each|every)(?:\s+(?:one\s+)?of\s+(?:the|these|those))?|both(?:\s+of)?(?:\s+the)?"
    rf"|all(?:\s+of)?(?:\s+(?:the|these|those|my))?|(?:the|these|those)\s+(?:different|various"
    rf"|several|respective|individual)|different|various|several|more\s+than\s+one"
    rf"|(?:the|these|those)\s+(?={_COUNT}\b))"
)
_EVERY = rf"\b{_ALL}\s+(?:{_COUNT}\s+)?(?:(?:different|other|single)\s+)?{_ITEM}s?\b(?!\s+of\b)"
"""Each, all, both, the three, the different articles."""
_PLURAL = rf"\b(?:the|these|those|my|our)\s+(?:{_COUNT}\s+)?{_ITEM}s\b(?!\s+of\b)"
_THEY = rf"(?:{_EVERY}|{_PLURAL})"
_THIS = rf"\b(?:this|the|that|it|my)(?:\s+{_ITEM})?\b"
_SAY = (
    r"(?:say|tell|state|write|report|mention|claim|think|see|view|judge|describe|explain|present"
    r"|discuss|treat|portray|call|regard|assess|differ|disagree|agree)s?"
)
_ABOUT = r"(?:about|on|of|as\s+regards|regarding|concerning|over|with)"

_EACH = re.compile(
    rf"{_EVERY}|\b(?:do|does|did|what|how)\s+{_PLURAL}\s+(?:all\s+)?{_SAY}\b"
    rf"|\b{_ITEM}s?\s+by\s+{_ITEM}\b|\b{_PLURAL}\s+that\s+(?:mention|discuss)\b"
    rf"|\bwhich\s+(?:of\s+the\s+)?{_ITEM}s\s+{_SAY}\b"
    rf"|\bone\s+(?:quote|answer)\s+(?:from|of|for)\s+each\b"
    rf"|\b(?:across|between|among)\s+{_PLURAL}",
    re.IGNORECASE,
)

_POINTS = (
    r"(?:points?|ideas?|topics?|takeaways?|messages?|themes?|arguments?|claims?|statements?"
    r"|theses|thesis|subjects?|facts)"
)
_MAIN = r"(?:main|key|central|major|chief|principal|core|important|most\s+important|biggest)"
_SUMMARY = r"(?:overview|summary|outline|gist|synopsis|rundown|abstract|digest)"
_GIVE = r"(?:(?:please\s+)?(?:give|write|show|make|get)\s+(?:me\s+|us\s+)?)?"
_SUM_UP = r"(?:summari[sz]e|sum\s+up|outline|recap)"
_OF_IT = rf"(?:\s+(?:of|for|from|in)\s+(?:{_EVERY}|{_PLURAL}|{_THIS}))?"
_GIST = re.compile(
    rf"(?:what(?:['’]s|\s+is|\s+are|\s+does|\s+do)\s+(?:{_EVERY}|{_PLURAL}|{_THIS})\s+(?:all\s+)?"
    rf"(?:about|say|deal\s+with|discuss)"
    rf"|what(?:['’]s|\s+is|\s+are)\s+(?:the\s+)?(?:{_MAIN}\s+{_POINTS}|{_SUMMARY}|{_POINTS}){_OF_IT}"
    rf"|{_GIVE}(?:an?\s+|the\s+)?(?:(?:short|brief|quick|general|rough)\s+)?{_SUMMARY}{_OF_IT}"
    rf"|{_GIVE}(?:the\s+)?{_MAIN}\s+{_POINTS}{_OF_IT}"
    rf"|(?:please\s+)?{_SUM_UP}(?:\s+(?:{_EVERY}|{_PLURAL}|{_THIS}))?|tl;?\s?dr)"
    r"[\s.?!]*(?:please)?[\s.?!]*",
    re.IGNORECASE,
)
"""The whole of a question that asks for the gist and nothing more."""

_BROAD = (
    (rf"^(?:please\s+)?(?:{_SUM_UP}|list|enumerate)\s+(?:all\s+)?(?:what\s+is\s+said\s+{_ABOUT}\s+)?",
     "What about "),
    (r"^(?:please\s+)?name\s+all\s+(?:of\s+)?", "What about "),
    (rf"^{_GIVE}(?:an?\s+|the\s+)?(?:(?:short|brief|quick|general|rough|complete|full)\s+)?"
     rf"(?:{_SUMMARY}|list)\s+(?:of|over|on|about)\s+(?:all\s+)?(?:what\s+is\s+said\s+{_ABOUT}\s+)?",
     "What about "),
    (r"^(?:please\s+)?tell\s+(?:me\s+|us\s+)?(?:everything|all|more)\s+(?:there\s+is\s+)?about\s+",
     "What about "),
    (rf"^what\s+(?:all\s+)?is\s+(?:being\s+)?said\s+{_ABOUT}\s+(?=\w)", "What about "),
    (r"(?<=[.?!;])\s+(?:please\s+)?(?:list|name|enumerate)\s+(?:them|all|every\s+one|the\s+\w+|all"
     r"\s+of\s+them|the\s+possible\s+\w+)(?:\s*,?\s*please)?[\s.!?]*$", ""),
    (rf"^what\s+are\s+(?:(?:all|some)\s+)?(?:of\s+)?the\s+(?:{_MAIN}|various|different|possible|many)"
     r"\s+(?=\w)", "What are the "),
)  # fmt: skip
"""Wordings of questions that want several points, and what stands for each in the search."""
_BROAD_PATTERNS = tuple((re.compile(one, re.IGNORECASE), other) for one, other in _BROAD)

_BY = (
    r"(?:according\s+to|going\s+by|in|from|for|across|among|between|in\s+the\s+(?:eyes|view|opinion|"
    r"words)\s+of|per)"
)
_FRAMES = (
    rf"(?<=[.?!;])\s*[^.?!;]*(?:{_EVERY}|\bone\s+(?:quote|answer)\s+(?:from|of|for)\s+each\b)"
    r"[^.?!;]*[.?!]*\s*$",  # a sentence of its own, behind the question
    rf"^(?:please\s+)?(?:compare|contrast)\s+(?:what|how)\s+{_THEY}\s+{_SAY}\s+(?:{_ABOUT}\s+)?",
    rf"^(?:please\s+)?(?:compare|contrast)\s+{_THEY}\s+{_ABOUT}\s+",
    rf"^(?:do|does|did|where|how|what)\s+(?:do\s+|does\s+|did\s+)?{_THEY}\s+(?:all\s+)?"
    rf"(?:differ|agree|disagree)(?:\s+{_ABOUT})?\s+(?:whether\s+)?",
    rf"^(?:what|how)\s+(?:do|does|did)\s+{_THEY}\s+(?:all\s+)?{_SAY}\s+(?:{_ABOUT}\s+)?",
    rf"^which\s+(?:of\s+the\s+)?{_ITEM}s\s+(?:{_SAY})\s+(?:{_ABOUT}\s+)?",
    rf"^(?:do|does|did)\s+{_THEY}\s+(?:all\s+)?{_SAY}\s+(?:{_ABOUT}\s+)?",
    rf"[,.?!:;]?\s*what\s+(?:do|does)\s+{_THEY}\s+{_SAY}(?:\s+(?:about|on)\s+(?:it|this|that|them))?"
    r"(?=\W*$|,)",
    rf"\s+(?:do|does|did)\s+{_THEY}\s+{_SAY}(?=\W*$)",
    rf"\s*,?\s*\b{_BY}\s+{_THEY}(?:\s+that\s+(?:mention|discuss)s?\s+(?:it|this|that|them))?\s*,?"
    r"(?=[\s.?!]|$)",
    r"[,;]?\s*(?:one\s+by\s+one|one\s+at\s+a\s+time|(?:article|source)\s+by\s+(?:article|source))",
    r"[,;]\s+and\s+(?:what\s+do\s+they\s+say(?:\s+about\s+(?:it|this|them))?|how|in\s+what\s+words)"
    r"(?=\W*$)",
)
_FRAME_PATTERNS = tuple(re.compile(one, re.IGNORECASE) for one in _FRAMES)
_QUESTION = re.compile(
    r"(?:what|who|whom|whose|when|where|why|how|which|is|are|was|were|do|does|did|has|have|had|can"
    r"|could|will|would|should|may|might|in|on|at|to|for|by|of)\b",
    re.IGNORECASE,
)
_ONLY_SIGNS = re.compile(r"[\W_]*")


@lru_cache(maxsize=256)
def framed(question: str) -> Framed:
    """What the question wants, and what to search for."""
    if _GIST.fullmatch(question.strip()):
        return Framed("", re.search(_THEY, question, re.IGNORECASE) is not None, broad=True)
    each = _EACH.search(question) is not None
    text, broad = _without_breadth(question)
    if each:
        text = _without_frame(text)
    if not (each or broad):
        return Framed(question)
    bare = text.rstrip(" .?!;:,")
    return Framed(f"{bare}?" if bare else "", each, broad)


def _without_breadth(question: str) -> tuple[str, bool]:
    text, broad = question.strip(), False
    for pattern, instead in _BROAD_PATTERNS:
        text, count = pattern.subn(instead, text)
        broad |= bool(count)
    return text, broad


def _without_frame(text: str) -> str:
    """The question without the words that speak of the sources; a bare subject is asked about."""
    for pattern in _FRAME_PATTERNS:
        text = pattern.sub(" ", text).strip()
    text = re.sub(r"\s+(?=[?.!,;:])|^[\s,;:.]+", "", text)
    if _ONLY_SIGNS.fullmatch(text) or _QUESTION.match(text):
        return text
    return _ASKED_ABOUT + text
