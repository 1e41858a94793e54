"""Answer a list: python examples/ask_questions_from_csv.py [INDEX] > answers.csv"""

import csv
import sys

import quoth

folder = sys.argv[1] if len(sys.argv) > 1 else "index"
# A CSV file with a column `question`; any others are left alone.
with quoth.Index.open(folder) as index, open("examples/questions.csv", encoding="utf-8") as file:
    answerer, table = quoth.Answerer(index), csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["question", "status", "confidence", "quote", "source", "start", "end"])
    for row in csv.DictReader(file):
        answer = answerer.ask(row["question"], quotes=1)
        # Without a quote where the articles do not answer.
        cells = [(quote.text, quote.source, quote.start, quote.end) for quote in answer.quotes]
        first = cells[0] if cells else ("", "", "", "")
        table.writerow([answer.question, answer.status, f"{answer.confidence:.2f}", *first])
