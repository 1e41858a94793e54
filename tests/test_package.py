"""The package as another program sees it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest
from needs import lacking

import quoth


@pytest.mark.parametrize("name", quoth.__all__)
def test_each_public_name_is_there_under_its_own_name(name: str) -> None:
    thing = getattr(quoth, name)
    assert thing.__name__ == name
    assert thing.__module__.startswith("quoth.")
    assert name in dir(quoth)


def test_a_star_import_gives_all_names() -> None:
    names: dict[str, object] = {}
    exec("from quoth import *", names)
    assert set(quoth.__all__) <= set(names)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError) as error:
        quoth.Querier  # noqa: B018
    assert str(error.value) == "module 'quoth' has no attribute 'Querier'"


def test_all_errors_are_caught_by_one_class() -> None:
    with pytest.raises(quoth.QuothError):
        quoth.Index.open("/no/such/index")


def test_types_are_promised_to_other_programs() -> None:
    assert (files("quoth") / "py.typed").is_file()


def test_the_version_is_one() -> None:
    try:
        installed = version("quoth")
    except ModuleNotFoundError:
        lacking("quoth as a package: run `make install`")
    assert installed == quoth.__version__


def test_a_session_in_a_folder_of_articles(seeds: Path, tmp_path: Path) -> None:
    """The eight lines of the README, run in a fresh process and a fresh folder."""
    shutil.copytree(seeds, tmp_path / "seeds")
    session = """
import quoth
index = quoth.Index.build(["seeds"], "index")
hits = quoth.Retriever(index).search("Who supplies drones?", k=5)
answer = quoth.Answerer(index).ask("How many soldiers could Putin buy from Kim?")
quote = answer.quotes[0]
article = quoth.Index.open("index").article(quote.source)
assert article.text[quote.start : quote.end] == quote.text
print(len(index.articles()), len(hits), answer.status, quote.source, quote.text)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", session],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "3 5 answered 002_25d210e1b67ffbeb.txt "
        "Putin could have “bought” from Kim some 10,000 to 30,000 soldiers.\n"
    )
