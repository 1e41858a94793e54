"""Metrics against values worked out by hand, ir_measures, scikit-learn and SQuAD's definitions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score
from torchmetrics.functional.classification import binary_calibration_error
from torchmetrics.functional.text import squad

from quoth.evaluation.intervals import figure, mean_figure
from quoth.evaluation.metrics import (
    METRICS,
    area_under_risk,
    auroc,
    calibration_error,
    risk_coverage,
)
from quoth.evaluation.outcomes import Given, Outcome
from quoth.evaluation.ranking import rankings
from quoth.evaluation.scoring import answer_found, exact_match, normalised, occurs, word_f1
from quoth.records import Span


def outcome(
    confidence: float = 0.5,
    *,
    right: bool = True,
    answerable: bool = True,
    answered: bool = True,
    ms: float = 10.0,
    **values: float,
) -> Outcome:
    quote = Given(
        1, "Yes, ", "a", "A", "", 0, 5, confidence, (Span(0, 3),), "verified", is_gold=right
    )  # fmt: skip
    return Outcome(
        "q", "Why?", "", answerable, answered, confidence, (quote,), (), (), (), (), (), "", ms,
        values=values,
    )  # fmt: skip


# -- words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Cat, a dog & an owl!", "cat dog owl"),
        ("U.S.", "us"),
        ("theatre", "theatre"),
        ("", ""),
    ],
)
def test_words_are_normalised_as_squads_script_does(text: str, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("found", "answers", "exact", "f1"),
    [
        ("the 1931 opening", ["1931"], 0, 2 / 3),
        ("1931.", ["in 1930", "1931"], 1, 1),
        ("a cat sat", ["cat cat sat"], 0, 4 / 5),
        ("", ["the"], 1, 1),
        ("", ["cat"], 0, 0),
        ("dog", [], 0, 0),
    ],
)
def test_exact_match_and_f1_are_those_of_squad(
    found: str, answers: list[str], exact: float, f1: float
) -> None:
    assert exact_match(found, answers) == exact
    assert word_f1(found, answers) == pytest.approx(f1)


WORDS = st.lists(
    st.sampled_from(["the", "A", "an", "cat", "Cat.", "10,000", "“men”", "—", "U.S.", "n't", " "]),
    max_size=6,
).map(" ".join)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_exact_match_and_f1_are_torchmetrics(found: str, answers: list[str]) -> None:
    theirs = squad(
        {"prediction_text": found, "id": "1"},
        {"answers": {"answer_start": [0] * len(answers), "text": answers}, "id": "1"},
    )
    assert exact_match(found, answers) * 100 == pytest.approx(float(theirs["exact_match"]))
    assert word_f1(found, answers) * 100 == pytest.approx(float(theirs["f1"]), rel=1e-5)


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ("art", "the party", False),
        ("The art", "Art, at last", True),
        ("10,000 men", "some 10,000 to 30,000 men", False),
        ("", "anything", False),
        ("the", "the", False),
    ],
)
def test_an_answer_occurs_as_words_in_a_row(answer: str, text: str, expected: bool) -> None:
    assert occurs(answer, text) is expected


def test_an_answer_may_be_in_any_quote() -> None:
    assert answer_found(["x", "blue"], ["It is red.", "It is blue."]) == 1
    assert answer_found(["green"], ["It is red.", "It is blue."]) == 0


# -- rankings


def test_a_ranking_of_five_scores_as_worked_out_by_hand() -> None:
    """Relevant are b and d of a, b, c, d, e, and z which was not found."""
    found = rankings({"q": ["a", "b", "c", "d", "e"]}, {"q": frozenset("bdz")})["q"]
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    best = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found == pytest.approx(
        {
            "recall@1": 0, "recall@3": 1 / 3, "recall@5": 2 / 3, "recall@10": 2 / 3,
            "recall@20": 2 / 3, "hit@1": 0, "hit@3": 1, "hit@5": 1, "hit@10": 1, "hit@20": 1,
            "mrr": 1 / 2, "map": (1 / 2 + 2 / 4) / 3, "ndcg@10": gain / best,
        }
    )  # fmt: skip


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1))
def test_rankings_are_scikit_learns(order: list[int], wanted: set[int]) -> None:
    """Of all twelve, each of which is ranked."""
    found = rankings({"q": [str(n) for n in order]}, {"q": frozenset(map(str, wanted))})["q"]
    relevant = np.array([n in wanted for n in order])
    falling = np.arange(12, 0, -1)
    assert found["map"] == pytest.approx(average_precision_score(relevant, falling))
    assert found["ndcg@10"] == pytest.approx(ndcg_score([relevant], [falling], k=10))
    assert found["recall@5"] == pytest.approx(relevant[:5].sum() / len(wanted))
    assert found["hit@3"] == float(relevant[:3].any())
    assert found["mrr"] == pytest.approx(1 / (1 + int(relevant.argmax())))


def test_finding_nothing_and_having_nothing_to_find_score_nothing() -> None:
    found = rankings({"a": []}, {"a": frozenset("x"), "b": frozenset()})
    assert {value for one in found.values() for value in one.values()} == {0}
    assert set(found) == {"a", "b"}


def test_order_of_the_ranking_counts_and_not_the_names() -> None:
    one = rankings({"q": ["9", "1"]}, {"q": frozenset({"9"})})["q"]
    other = rankings({"q": ["1", "9"]}, {"q": frozenset({"9"})})["q"]
    assert (one["mrr"], other["mrr"]) == (1, 0.5)


# -- abstaining


CONFIDENCES = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.9, 1.0]), st.booleans(), st.booleans()
    ),
    min_size=1,
    max_size=30,
)


@given(CONFIDENCES)
def test_auroc_is_scikit_learns(rows: list[tuple[float, bool, bool]]) -> None:
    some = [outcome(sure, answerable=answerable) for sure, answerable, _ in rows]
    labels = [answerable for _, answerable, _ in rows]
    if len(set(labels)) == 2:
        assert auroc(some) == pytest.approx(roc_auc_score(labels, [sure for sure, _, _ in rows]))
    else:
        assert math.isnan(auroc(some))


def test_risk_is_the_share_of_wrong_answers_among_the_surest() -> None:
    some = [outcome(0.9), outcome(0.8, right=False), outcome(0.7), outcome(0.6, right=False)]
    coverage, risk = risk_coverage(some)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert area_under_risk(some) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_equal_confidences_are_answered_together() -> None:
    coverage, risk = risk_coverage([outcome(0.5), outcome(0.5, right=False)])
    assert (coverage.tolist(), risk.tolist()) == ([1], [0.5])


@given(CONFIDENCES)
def test_the_area_under_risk_lies_between_none_and_all(
    rows: list[tuple[float, bool, bool]],
) -> None:
    some = [outcome(sure, right=right) for sure, _, right in rows]
    assert -1e-12 <= area_under_risk(some) <= 1 + 1e-12


def test_calibration_error_weighs_the_bins_by_their_questions() -> None:
    found = calibration_error(np.array([0.92, 0.98, 0.31, 0.39]), [1, 1, 1, 0])
    assert found == pytest.approx((abs(0.95 - 1) * 2 + abs(0.35 - 0.5) * 2) / 4)


def test_a_confidence_of_one_is_in_the_last_bin() -> None:
    assert calibration_error(np.array([1.0, 0.9]), [1, 1]) == pytest.approx(0.05)


@given(
    st.lists(
        st.tuples(st.integers(1, 999).filter(lambda n: n % 100 != 0), st.booleans()), min_size=1
    )
)
def test_calibration_error_is_torchmetrics(rows: list[tuple[int, bool]]) -> None:
    sure, right = [n / 1000 for n, _ in rows], [int(good) for _, good in rows]
    theirs = binary_calibration_error(torch.tensor(sure), torch.tensor(right), n_bins=10)
    assert calibration_error(np.array(sure), right) == pytest.approx(float(theirs), abs=1e-5)


# -- over a set


SET = [
    outcome(0.9, right=True, **{"quote@1": 1.0}),
    outcome(0.8, right=False, **{"quote@1": 0.0}),
    outcome(0.2, right=False, answered=False, **{"quote@1": 0.0}),
    outcome(0.7, right=False, answerable=False),
    outcome(0.1, right=False, answerable=False, answered=False),
]


@pytest.mark.parametrize(
    ("name", "value", "questions"),
    [
        ("quote@1", 1 / 3, 3),
        ("precision", 1 / 3, 3),
        ("coverage", 2 / 3, 3),
        ("abstained", 1 / 2, 2),
        ("abstain_auroc", 5 / 6, 5),
        ("p50_ms", 10, 5),
    ],
)
def test_each_metric_counts_the_questions_that_it_is_of(
    name: str, value: float, questions: int
) -> None:
    found = figure(SET, METRICS[name])
    assert (found.value, found.questions) == (pytest.approx(value), questions)


def test_a_metric_that_no_question_counts_for_has_no_value() -> None:
    found = figure(SET, METRICS["f1"])
    assert math.isnan(found.value)
    assert found.questions == 0


def test_every_metric_says_its_range() -> None:
    assert all(one.says for one in METRICS.values())
    shares = [one for one in METRICS.values() if not one.name.endswith("_ms")]
    assert all(one.says.startswith(("0 to 1", "must be 1")) for one in shares)


# -- intervals


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_an_interval_holds_the_mean(values: list[float]) -> None:
    found = mean_figure(values)
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    assert found.value == pytest.approx(np.mean(values))


def test_the_interval_of_a_calibration_error_holds_it() -> None:
    """A resample's is higher, by chance alone."""
    random = np.random.default_rng(2)
    some = [outcome(s, right=bool(random.random() < s)) for s in random.random(100)]
    found = figure(some, METRICS["ece"])
    assert found.low < found.value < found.high


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of 200 samples of 60 questions with a chance of 0.7."""
    random = np.random.default_rng(1)
    samples = (random.random((200, 60)) < 0.7).astype(float)
    found = [mean_figure(list(sample)) for sample in samples]
    share = np.mean([one.low <= 0.7 <= one.high for one in found])
    assert 0.88 <= share <= 0.99


def test_both_ways_to_resample_agree() -> None:
    """A metric with a value for each question is resampled in one go."""
    some = [outcome(0.5, **{"quote@1": float(n % 3 == 0)}) for n in range(60)]
    metric = METRICS["quote@1"]
    fast, slow = figure(some, metric), figure(some, replace(metric, each=None))
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=0.01)
