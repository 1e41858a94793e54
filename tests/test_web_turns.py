"""A conversation on the page: the newest answer whole, the ones before it folded."""

from __future__ import annotations

from dataclasses import replace

from web_html import Texts, a_quote
from web_sources import GAZETTE, HERALD, voices

from quoth.records import Answer, Quote, Turn
from quoth.web.cards import Hand, abstention_html, cards_html
from quoth.web.comparison import SILENT, voices_html
from quoth.web.conversation import KEPT, Conversation, Told
from quoth.web.judging import judge_answer_html
from quoth.web.turns import answer_html, conversation_html, understood_html

QUOTE = a_quote(0, 9, "It costs.")


def answered(question: str, *quotes: Quote, understood: str = "") -> Answer:
    return Answer(question, "answered", 0.8, quotes, quotes, 1.0, understood)


def abstained(question: str, *nearest: Quote) -> Answer:
    return Answer(question, "abstained", 0.1, (), nearest, 1.0)


def compared() -> Told:
    return Told(1, replace(answered("When?", HERALD, GAZETTE), by_source=voices()))


def test_the_newest_turn_is_whole_and_the_ones_before_it_are_folded_newest_first() -> None:
    conversation = Conversation()
    for answer in (answered("<1>?", QUOTE), abstained("2?"), answered("3?", QUOTE)):
        conversation = conversation.asked(answer, ())
    first, second, third = conversation.turns
    assert conversation_html(conversation) == (
        '<section class="turn newest" data-turn="3"><h2 class="asked" tabindex="-1"><bdi>3?</bdi>'
        f"</h2>{answer_html(third, chosen=1)}</section>"
        '<section class="earlier"><header><h2>Earlier in this conversation</h2>'
        '<button type="button" class="quiet" data-new="yes">New conversation</button></header>'
        '<details name="earlier" data-turn="2"><summary><bdi class="asked">2?</bdi>'
        '<span class="gist">The articles do not answer this.</span></summary>'
        f"{answer_html(second)}</details>"
        '<details name="earlier" data-turn="1"><summary><bdi class="asked">&lt;1&gt;?</bdi>'
        '<span class="gist"><bdi>It costs.</bdi></span></summary>'
        f"{answer_html(first)}</details></section>"
    )


def test_an_answer_is_cards_columns_or_that_there_is_none() -> None:
    told, none, sides = (
        Told(4, answered("?", QUOTE)),
        Told(5, abstained("?", QUOTE), ("x",)),
        compared(),
    )
    assert answer_html(told, chosen=1) == (
        cards_html(told.answer, Hand((QUOTE,), 4, 1)) + judge_answer_html(told.answer)
    )
    assert answer_html(none) == (
        abstention_html(none.answer, ["x"], 5) + judge_answer_html(none.answer)
    )
    assert answer_html(sides) == (
        voices_html(sides.answer, Hand(sides.quotes, 1)) + judge_answer_html(sides.answer)
    )


def test_an_empty_conversation_is_nothing() -> None:
    assert conversation_html(Conversation()) == ""


def test_a_follow_up_shows_what_it_was_understood_as_to_be_put_right() -> None:
    told = Told(2, answered("And <b>?", QUOTE, understood="What of <b>?"))
    assert understood_html(told) == (
        '<div class="understood"><p>Understood as: <bdi class="searched">What of &lt;b&gt;?</bdi> '
        '<button type="button" class="quiet" data-edit="yes">Edit</button> '
        '<button type="button" class="quiet" data-question="And &lt;b&gt;?" data-again="2">'
        'Ask as typed</button></p><form hidden data-again="2"><label>'
        '<span>Ask this instead</span><textarea rows="2" maxlength="10000" dir="auto">'
        "What of &lt;b&gt;?</textarea></label>"
        '<button type="submit" class="strong">Ask</button> '
        '<button type="button" class="quiet" data-edit="no">Cancel</button></form></div>'
    )
    assert understood_html(Told(1, answered("What?", QUOTE))) == ""


def test_a_follow_up_that_names_an_article_shows_which_one_was_asked() -> None:
    told = Told(2, replace(answered("And there?", QUOTE, understood="Why?"), only_source="<a>"))
    assert (
        'Understood as: <bdi class="searched">Why?</bdi> · only in <bdi>&lt;a&gt;</bdi> '
        in understood_html(told)
    )


def test_questions_lean_on_the_earlier_ones_as_they_were_understood() -> None:
    conversation = Conversation().asked(answered("1?", QUOTE), ())
    conversation = conversation.asked(answered("And?", understood="2?"), ())
    assert conversation.history == (Turn("1?", (QUOTE,)), Turn("2?", ()))
    assert conversation.without_newest().history == (Turn("1?", (QUOTE,)),)


def test_the_oldest_turns_are_forgotten_and_numbers_are_never_used_twice() -> None:
    conversation = Conversation()
    for number in range(KEPT + 3):
        conversation = conversation.asked(abstained(f"{number}?"), ())
    assert [told.number for told in conversation.turns] == [*range(4, KEPT + 4)]
    assert conversation.told(3) is None
    assert conversation.told(KEPT + 3) is conversation.newest


def test_each_source_has_a_column_and_its_differing_words_are_marked() -> None:
    told = compared()
    html = voices_html(told.answer, Hand(told.quotes, 1))
    assert html.startswith(
        '<ul class="voices"><li class="voice"><h3><bdi>Gazette</bdi></h3>'
        '<p class="file">1911-05-20</p><div class="card"><div class="choose"'
    )
    assert (
        '<blockquote dir="auto">The bridge did <mark class="differs">not</mark> open before '
        '<mark class="lit differs">14 May</mark><mark> 1911</mark>.</blockquote>' in html
    )
    assert (
        '<ul class="differences" aria-label="Differences">'
        '<li><span class="kind">negation</span> <bdi>“not”</bdi> here, no negation in '
        '<cite><bdi>Herald</bdi></cite></li><li><span class="kind">date</span> '
        "<bdi>“14 May”</bdi> here, <bdi>“12 May”</bdi> in <cite><bdi>Herald</bdi></cite></li></ul>"
        in html
    )
    assert html.endswith(
        '<li class="voice silent"><h3><bdi>Almanac &lt;b&gt;</bdi></h3>'
        '<p class="file">no date</p><p>says nothing on this</p></li></ul>'
    )


def test_the_quotes_of_the_sources_are_numbered_from_the_left() -> None:
    assert [(quote.rank, quote.source) for quote in compared().quotes] == [
        (1, "gazette"),
        (2, "herald"),
    ]
    assert 'data-rank="2" data-source="herald"' in answer_html(compared())


def test_of_many_sources_that_say_nothing_the_last_are_counted() -> None:
    many = (*voices()[:1], *voices()[2:] * (SILENT + 30))
    told = Told(1, replace(answered("When?", GAZETTE), by_source=many))
    html = voices_html(told.answer, Hand(told.quotes, 1))
    assert html.count("says nothing on this") == SILENT
    assert html.endswith('<p class="more">30 more sources said nothing on this.</p>')


def test_of_many_differences_of_one_quote_the_last_are_counted() -> None:
    gazette = voices()[0]
    many = replace(gazette, differences=gazette.differences * 5)
    told = Told(1, replace(answered("When?", GAZETTE), by_source=(many,)))
    html = voices_html(told.answer, Hand(told.quotes, 1))
    assert html.count('<span class="kind">') == 4
    assert "<li>and 6 more differences</li></ul>" in html


def test_a_question_that_is_not_answered_shows_the_nearest_quotes_also_when_compared() -> None:
    told = Told(1, replace(abstained("When?", QUOTE), by_source=voices()))
    assert told.quotes == (QUOTE,)
    assert "voices" not in answer_html(told)


def test_the_words_of_a_quote_are_what_they_are_whatever_is_marked() -> None:
    html = voices_html(compared().answer, Hand(compared().quotes, 1))
    assert GAZETTE.text in Texts(html).text
