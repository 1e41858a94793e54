"""What the adapters share: the library, metadata, filters, and what is said without a framework."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fakes import WordEmbedder
from small_indexes import VOCABULARY, build, write

from quoth import Article, Hit, Index, Quote, QuothError, Span
from quoth.adapters import metadata
from quoth.adapters.conditions import Condition, chosen, kept_to
from quoth.adapters.library import AskOptions, Library, SearchOptions
from quoth.errors import UsageError
from quoth.records import Metadata, Passage

PASSAGE = Passage("a.txt", "Ships", "Fares", 5, 9, "word", (Span(5, 9),))
ABOUT = Metadata("Ann", "2024-05", "https://example.org/a", (0, 7))


def test_without_its_framework_an_adapter_names_the_extra() -> None:
    extras = {"langchain": "langchain", "llama_index": "llama-index", "haystack": "haystack"}
    program = "import sys\nfor name in ('langchain_core', 'llama_index', 'haystack'):\n"
    program += "    sys.modules[name] = None\n"
    for module in extras:
        program += f"try: import quoth.adapters.{module}\n"
        program += "except ImportError as error: print(error)\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    lines = [
        f"quoth.adapters.{module} needs a framework that is not installed: "
        f"run pip install 'quoth[{extra}]'"
        for module, extra in extras.items()
    ]
    assert (done.stdout.splitlines(), done.stderr) == (lines, "")


def test_a_hits_metadata_is_its_place_and_what_is_known_of_its_article() -> None:
    bare = Hit.of(PASSAGE, rank=2, score=0.5)
    told = {"source": "a.txt", "title": "Ships", "section": "Fares", "start": 5, "end": 9}
    assert metadata.of_hit(bare) == {**told, "score": 0.5, "rank": 2}
    known = Hit.of(
        Passage("a.txt", "Ships", "Fares", 5, 9, "word", (), metadata=ABOUT), rank=2, score=0.5
    )
    assert metadata.of_hit(known) == {
        **told,
        "author": "Ann",
        "date": "2024-05",
        "address": "https://example.org/a",
        "page": 1,
        "score": 0.5,
        "rank": 2,
    }


def test_a_quotes_metadata_is_its_place_and_how_sure_it_is() -> None:
    quote = Quote(1, "word", "a.txt", "Ships", "Fares", 5, 9, 0.75, (Span(5, 6),), "changed")
    assert metadata.of_quote(quote) == {
        "source": "a.txt",
        "title": "Ships",
        "section": "Fares",
        "start": 5,
        "end": 9,
        "rank": 1,
        "confidence": 0.75,
        "highlights": [[5, 6]],
        "check": "changed",
    }
    assert metadata.identity(quote) == "a.txt:5-9"


def test_conditions_become_what_a_search_is_kept_to() -> None:
    conditions = [
        Condition("meta.source", "==", "a[1].txt"),
        Condition("date", ">=", "2024"),
        Condition("meta.date", "<", "2025-03"),
    ]
    assert chosen(conditions) == {"source": "a[[]1].txt", "after": "2024", "before": "2025-03"}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (
            [Condition("meta.title", "==", "x")],
            "quoth cannot filter by meta.title == 'x': choose from source ==, date >= and date <, "
            "all of which must hold",
        ),
        (
            [Condition("date", ">=", 2024)],
            "the filter after is 2024, which is no text: give a string",
        ),
        (
            [Condition("source", "==", None)],
            "the filter source is None, which is no text: give a string",
        ),
        (
            [Condition("date", "<", "2024"), Condition("meta.date", "<", "2025")],
            "the filter has meta.date < twice: give it once",
        ),
    ],
)
def test_other_conditions_are_refused(conditions: list[Condition], message: str) -> None:
    with pytest.raises(UsageError) as error:
        chosen(conditions)
    assert str(error.value) == message


def test_a_date_that_yaml_made_a_number_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^the filter after is 2024, which is no text"):
        kept_to({"source": None, "after": 2024})


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return build(write(tmp_path / "articles"), tmp_path / "index")


def test_an_article_whose_name_looks_like_a_pattern_is_chosen_alone(tmp_path: Path) -> None:
    names = ("a[1].txt", "a1.txt")
    articles = [Article(name, "", "A ferry in the harbour.", "") for name in names]
    index = Index.of(articles, tmp_path / "index", embedder=WordEmbedder(VOCABULARY))
    kept = chosen([Condition("source", "==", "a[1].txt")])
    hits = Library(index).search("ferry", SearchOptions(**kept))
    assert [hit.source for hit in hits] == ["a[1].txt"]


def test_articles_are_chosen_by_their_dates(tmp_path: Path) -> None:
    articles = [
        Article(year, "", "A ferry in the harbour.", "", metadata=Metadata(date=f"{year}-05"))
        for year in ("2023", "2024", "2025")
    ]
    index = Index.of(articles, tmp_path / "index", embedder=WordEmbedder(VOCABULARY))
    kept = chosen([Condition("date", ">=", "2024"), Condition("date", "<", "2025")])
    hits = Library(index).search("ferry", SearchOptions(**kept))
    assert [hit.source for hit in hits] == ["2024"]


def test_a_library_searches_and_asks_as_the_index_does(index: Index) -> None:
    library = Library(index, reader="none", threshold=1.0)
    hits = library.search("drone", SearchOptions(k=1, mode="dense", source="wheat*"))
    assert [(hit.source, hit.rank) for hit in hits] == [("wheat.txt", 1)]
    assert library.ask("drone", AskOptions(quotes=1)).status == "abstained"


def test_an_unknown_option_is_named(index: Index) -> None:
    with pytest.raises(UsageError) as error:
        Library(index).search("drone", {"top": 3})  # type: ignore[typeddict-unknown-key]
    assert str(error.value) == (
        "unknown option 'top': choose from after, before, history, k, mode, source"
    )


def test_nothing_is_opened_before_it_is_asked() -> None:
    library = Library("no such folder")
    with pytest.raises(QuothError, match=r"^no index at 'no such folder'"):
        library.search("drone", {})


def test_many_threads_open_it_once(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []

    def open_slowly(folder: str) -> Index:
        opened.append(folder)
        threading.Event().wait(0.05)
        return index

    monkeypatch.setattr(Index, "open", open_slowly)
    library = Library(str(index.path))
    threads = [threading.Thread(target=library.search, args=("drone", {})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [str(index.path)]


def test_it_goes_to_another_process_as_its_folder(index: Index) -> None:
    sent = pickle.loads(pickle.dumps(Library(index, reader="none", threshold=0.25)))
    assert sent.address == str(index.path)
    with Index.open(index.path, embedder=WordEmbedder(VOCABULARY)) as again:
        sent._index = again
        assert (sent.answerer.reader_name, sent.answerer.threshold) == ("none", 0.25)
