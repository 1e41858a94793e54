"""Measuring quoth on a question set: what it finds, how sure that is, why questions fail.

    questions = read_questions("questions.jsonl")
    run = evaluate(Answerer(Index.open("index")), questions)
    run.summary["quote@1"]                          # Figure(value, low, high, questions)
    run.failures                                    # stage → outcomes
    compare(Run.load("before.json"), run)

`questions` reads sets, `judgements` keeps what people say of answers, `checking` finds what is
wrong with a set, `gold` places its quotes in the articles, `running` asks, `scoring` and `ranking`
score one question, `metrics` a whole set, `intervals` says how sure that is, `stages` where a
question failed, `comparing` compares runs, `requirements` gates them, `report` shows them,
`calibrating` fits confidence, `sweeping` tries settings.
"""

from quoth.evaluation.checking import Fault, check
from quoth.evaluation.comparing import Comparison, Difference, compare
from quoth.evaluation.intervals import Figure, served_by, summary
from quoth.evaluation.judgements import Judgement
from quoth.evaluation.metrics import METRICS, Metric
from quoth.evaluation.outcomes import STAGES, Outcome
from quoth.evaluation.questions import read_questions
from quoth.evaluation.records import Gold, Question, QuestionSet
from quoth.evaluation.requirements import Requirement, requirement, unmet
from quoth.evaluation.running import evaluate
from quoth.evaluation.runs import Run

__all__ = [
    "METRICS",
    "STAGES",
    "Comparison",
    "Difference",
    "Fault",
    "Figure",
    "Gold",
    "Judgement",
    "Metric",
    "Outcome",
    "Question",
    "QuestionSet",
    "Requirement",
    "Run",
    "check",
    "compare",
    "evaluate",
    "read_questions",
    "requirement",
    "served_by",
    "summary",
    "unmet",
]
