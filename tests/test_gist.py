"""Which sentences stand for a whole article."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_library import passage

from quoth.gist import gist_scores

ONE = "The ferry of the town is new."
TWO = "It was built by the harbour people."
TERSE = "So what?"


def test_nearness_to_the_middle_and_the_title_counts_and_the_first_sentences_more() -> None:
    """The middle is (1, 1) / √2; the title (1, 0); all three sentences are of the opening."""
    found = passage(ONE, TWO, TERSE)
    own = np.array([(1, 0), (1, 0), (0, 1), (1, 0)], np.float32)
    more = replace(passage(TWO, start=200), section="More")
    theirs = np.array([(0, 1), (0, 1)], np.float32)
    first, second = gist_scores([found, more], [own, theirs], np.array([1, 0], np.float32))
    middle = 0.5**0.5
    expected = [(middle + 1) / 2 + 0.2, middle / 2 + 0.15, (middle + 1) / 2 + 0.15 - 0.4]
    assert first.tolist() == pytest.approx(expected)
    assert second.tolist() == pytest.approx([middle / 2 + 0.05])  # leads its section


def test_headings_are_no_opening() -> None:
    """So that the sentence behind one still is."""
    found = passage("Ferries", ONE, headings=1)
    own = np.array([(1, 0)] * 3, np.float32)
    (scores,) = gist_scores([found], [own], np.array([1, 0], np.float32))
    assert scores.tolist() == pytest.approx([1.0, 1.2])
