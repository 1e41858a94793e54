"""CrossEncoders as readers, by a tiny random one and by one that can be worked out on paper."""

from __future__ import annotations

import io
import json
import shutil
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from fakes import WordEmbedder
from small_library import BY_COSINE, FITTED, hit, passage

from quoth import Answerer, Index
from quoth.cli import main
from quoth.errors import ModelError, UsageError
from quoth.reading import EmbeddingReader, Reader, load_reader
from quoth.reading.cross_encoder import CrossEncoderReader, LoadedCrossEncoder
from quoth.records import Floats

if TYPE_CHECKING:
    from conftest import Run
    from sentence_transformers import CrossEncoder

Quoth = Callable[..., tuple[int, str, str]]

EMBEDDER = WordEmbedder(["drone", "ferry"])
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ferry", "drone", "a", ".", "north", "korea"]


class LongestFirst:
    """In place of a CrossEncoder: a text's log-odds are its length in characters, less 20."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def predict(self, pairs: Sequence[tuple[str, str]], **options: object) -> Floats:
        self.pairs += pairs
        return np.array([len(text) - 20 for _, text in pairs], np.float32)


@pytest.fixture
def longest_first() -> LongestFirst:
    return LongestFirst()


@pytest.fixture
def reader(longest_first: LongestFirst, monkeypatch: pytest.MonkeyPatch) -> CrossEncoderReader:
    """Sentences by their cosine with the question, passages by their length."""
    monkeypatch.setattr(FITTED, BY_COSINE)
    return CrossEncoderReader(
        LoadedCrossEncoder(cast("CrossEncoder", longest_first)), EmbeddingReader(EMBEDDER)
    )


@pytest.fixture(scope="session")
def tiny(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CrossEncoder of two layers that gives one number."""
    return saved(tmp_path_factory.mktemp("reader"), labels=1)


def saved(folder: Path, labels: int) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import CrossEncoder
        from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(WORDS), hidden_size=24, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=48, num_labels=labels,
        )  # fmt: skip
        BertForSequenceClassification(config).save_pretrained(folder / "bert")
        (folder / "vocab.txt").write_text("\n".join(WORDS), "utf-8")
        tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64)
        tokenizer.save_pretrained(folder / "bert")
        model = CrossEncoder(str(folder / "bert"), device="cpu", local_files_only=True)
        model.save_pretrained(str(folder / "model"))
    return folder / "model"


# -- what it makes of its model


def test_the_models_relevance_ranks_passages(reader: CrossEncoderReader) -> None:
    short, long = hit(passage("A ferry.")), hit(passage("A drone, and much besides."))
    low, high = reader.read("ferry", [short, long])
    assert low.evidence[0].score == pytest.approx(8 - 20)
    assert high.evidence[0].score == pytest.approx(26 - 20)
    assert low.relevance == pytest.approx(1 / (1 + np.exp(12)))
    assert high.relevance == pytest.approx(1 / (1 + np.exp(-6)))


def test_the_embedding_model_chooses_among_the_sentences_of_a_passage(
    reader: CrossEncoderReader,
) -> None:
    """Cosines with the question are 0, 1 and 0; the best sentence has the passage's relevance."""
    found = passage("A drone and a zebra.", "A ferry.", "Nothing.")
    (reading,) = reader.read("ferry", [hit(found)])
    assert [one.sentence for one in reading.evidence] == [found.sentences[n] for n in (1, 0, 2)]
    relevance = len(found.text) - 20
    assert [one.score for one in reading.evidence] == [relevance, relevance - 1, relevance - 1]


def test_there_is_one_reading_for_each_hit_in_their_order(reader: CrossEncoderReader) -> None:
    hits = [hit(passage("Z" * n)) for n in (5, 9, 7)]
    assert [one.evidence[0].score for one in reader.read("ferry", hits)] == [-15, -11, -13]
    assert reader.read("ferry", []) == []


def test_the_model_is_given_the_question_and_the_passage_in_its_context(
    reader: CrossEncoderReader, longest_first: LongestFirst
) -> None:
    found = passage("Ferries", "A ferry.", headings=1)
    reader.read("why", [hit(found)])
    assert longest_first.pairs == [("why", "A ferry.")]


def test_it_extracts_from_any_text(reader: CrossEncoderReader) -> None:
    text = "A drone. A ferry that leaves at noon."
    found = reader.extract("ferry", text)
    assert [(text[one.start : one.end], one.text) for one in found.spans] == [
        ("A ferry that leaves at noon.", "A ferry that leaves at noon.")
    ]
    assert reader.extract("ferry", "").spans == ()
    with pytest.raises(UsageError, match="the question is empty"):
        reader.extract(" ", text)


# -- readers by name


def test_without_a_name_it_is_quoths_own() -> None:
    assert isinstance(load_reader(embedder=EMBEDDER), Reader)


def test_none_is_the_embedding_model_alone() -> None:
    assert isinstance(load_reader("none", embedder=EMBEDDER), EmbeddingReader)


def test_a_folder_is_read_with_the_model_in_it(tiny: Path) -> None:
    reader = load_reader(str(tiny), embedder=EMBEDDER)
    hits = [hit(passage("A ferry.", "A drone.")), hit(passage("North Korea."))]
    assert isinstance(reader, CrossEncoderReader)
    readings = reader.read("ferry", hits)
    assert [len(one.evidence) for one in readings] == [2, 1]
    assert all(0 < one.relevance < 1 for one in readings)


def test_its_log_odds_are_those_of_sentence_transformers(tiny: Path) -> None:
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    reader = load_reader(str(tiny), embedder=EMBEDDER)
    texts = ["A ferry.", "North Korea.", "A drone . a drone ."]
    theirs = CrossEncoder(str(tiny), device="cpu", local_files_only=True).predict(
        [("a ferry", text) for text in texts], activation_fn=Identity(), show_progress_bar=False
    )
    readings = reader.read("a ferry", [hit(passage(text)) for text in texts])
    found = [reading.evidence[0].score for reading in readings]
    assert found == pytest.approx(np.ravel(theirs).tolist(), abs=1e-4)


def test_threads_get_the_readings_that_one_gets(tiny: Path) -> None:
    """A reader by name is made anew for each question; its model is one."""
    hits = [hit(passage("A ferry. " * (n + 1))) for n in range(4)]

    def read(question: str) -> list[float]:
        readings = load_reader(str(tiny), embedder=EMBEDDER).read(question, hits)
        return [reading.relevance for reading in readings]

    questions = ["ferry", "a drone " * 20] * 8
    alone = [read(question) for question in questions[:2]] * 8
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(read, questions))
    assert together == [pytest.approx(one, abs=1e-5) for one in alone]


def test_a_model_that_gives_two_numbers_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path, labels=2)
    with pytest.raises(ModelError) as error:
        load_reader(str(folder), embedder=EMBEDDER)
    assert str(error.value) == (
        f"the reader in '{folder}' gives 2 numbers for a pair: "
        "give a CrossEncoder that gives one, how relevant the text is"
    )


def test_a_damaged_model_is_told_in_one_line(tiny: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "model"))
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError) as error:
        load_reader(str(folder), embedder=EMBEDDER)
    assert str(error.value).startswith(f"cannot load the reader in '{folder}': ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["nosuch", "no/such/folder", "someone/nosuch"])
def test_a_name_that_nothing_has_is_told_in_one_line(name: str) -> None:
    with pytest.raises(ModelError, match=f"'{name}'") as error:
        load_reader(name, embedder=EMBEDDER)
    assert "\n" not in str(error.value)


def test_an_answerer_asks_with_a_reader_by_its_folder(tiny: Path, seeds_index: Path) -> None:
    with Index.open(seeds_index) as index:
        answerer = Answerer(index, reader=str(tiny))
        assert isinstance(answerer.reader, CrossEncoderReader)
        assert answerer.threshold == CrossEncoderReader.threshold
        assert len(answerer.ask("Who supplies drones?").nearest) == 3


# -- on the command line

ASKED = "Why does Russia buy drones from Iran?"


@pytest.fixture
def quoth(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Quoth:
    """The command line in this process: `quoth("ask", …, stdin=b"")` → (exit, stdout, stderr)."""

    def run(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


def test_ask_reads_with_the_model_in_a_folder(
    run_quoth: Run, quoth: Quoth, seeds_index: Path, tiny: Path
) -> None:
    """In a process of its own, to see that nothing but the answer is printed."""
    arguments = ("ask", ASKED, "--index", seeds_index, "--json", "--reader")
    ended = run_quoth(*arguments, tiny)
    assert (ended.returncode, ended.stderr) == (0, "")
    nearest = json.loads(ended.stdout)["nearest"]
    assert len(nearest) == 3
    assert nearest != json.loads(quoth(*arguments, "none")[1])["nearest"]


def test_ask_reads_with_the_embedding_model_alone(quoth: Quoth, seeds_index: Path) -> None:
    code, out, err = quoth("ask", ASKED, "--index", seeds_index, "--json", "--reader", "none")
    answer = json.loads(out)
    with Index.open(seeds_index) as index:
        expected = Answerer(index, reader="none").ask(ASKED)
    assert (code, err) == (0, "")
    assert (answer["status"], answer["confidence"]) == (
        expected.status,
        pytest.approx(expected.confidence, abs=1e-4),
    )
    assert "Iran" in answer["nearest"][0]["text"]


@pytest.mark.parametrize("folder", [False, True], ids=["none", "folder"])
def test_extract_reads_with_the_reader_that_is_named(
    quoth: Quoth, tiny: Path, folder: bool
) -> None:
    text = b"Rain fell on Monday. The bridge opened in 1932 after nine years of work."
    named = tiny if folder else "none"
    asked = ("extract", "When did the bridge open?", "-", "--reader", named, "--json")
    code, out, err = quoth(*asked, stdin=text)
    assert (code, err) == (0, "")
    assert "1932" in json.loads(out)["spans"][0]["text"]


@pytest.mark.parametrize("command", ["ask Why?", "extract Why? -", "serve --port 0"])
def test_a_reader_that_is_not_there_is_told_in_one_line(
    quoth: Quoth, seeds_index: Path, command: str
) -> None:
    place = [] if command.startswith("extract") else ["--index", seeds_index]
    assert quoth(*command.split(), *place, "--reader", "nosuch") == (
        2,
        "",
        "quoth: the model 'nosuch' is not on this machine, and quoth downloads nothing: "
        "fetch it with `hf download sentence-transformers/nosuch` or give a model's folder\n",
    )
