"""The network against the same in torch, and its files."""

from __future__ import annotations

import importlib
import random
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from quoth.embedding.files import sha256_of
from quoth.embedding.prepared import start_request
from quoth.errors import ModelError
from quoth.reading import own
from quoth.reading.layout import WINDOW, Layout, Window
from quoth.reading.network import Network, graph, padded
from quoth.reading.own import own_network
from quoth.reading.token_scores import TokenScores, merged
from quoth.records import Floats
from quoth.weights import LARGE_SHA256, READER_SHA256

TRAINING = Path(__file__).parent.parent / "training"
MARKS = {
    "bert": ("[PAD]", "[UNK]", "[CLS]", "[SEP]"),
    "mpnet": ("<pad>", "[UNK]", "<s>", "</s>"),
}
WORDS = ("ferry", "drone", "harbour", "lantern", "wheat", "noon", "salt", "river", "the", "a")
NEAR = 1e-4
"""What another order of the same sums may change in log-odds of size 1."""
NEAR_IN_BFLOAT16 = 0.15
"""What 8 bits may: the processor takes them where it has them."""
QUESTION = "the ferry harbour"


def text(count: int) -> str:
    """Words in no order, always the same."""
    return " ".join(random.Random(count).choices(WORDS, k=count))


TEXTS = [("the harbour", text(count)) for count in (3, 40, 1, 17, 400, 0, 90)] + [("", text(12))]


@pytest.fixture(scope="module", params=list(MARKS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def tokenizer(kind: str) -> Tokenizer:
    names = {name: n for n, name in enumerate((*MARKS[kind], *WORDS))}
    tokenizer = Tokenizer(WordLevel(names, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


@pytest.fixture(scope="module")
def torch_network(kind: str) -> Any:
    """Random, and small: two layers of 24."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.syspath_prepend(TRAINING)
        import torch

        torch.manual_seed(0)
        vocabulary = len(MARKS[kind]) + len(WORDS)
        made = importlib.import_module("network").Network(
            size=24, layers=2, vocabulary=vocabulary, positions=WINDOW + 2, kind=kind
        )
        with torch.no_grad():
            for parameter in made.parameters():  # so that every part counts
                parameter += 0.3 * torch.randn_like(parameter)
            made.words.weight.copy_(made.words.weight.half())  # as they are kept
    return made.eval()


@pytest.fixture(scope="module")
def as_it_runs(torch_network: Any, tokenizer: Tokenizer) -> Network:
    """The same network as quoth runs it on this processor."""
    return Network(start_request(graph(weights(torch_network))), tokenizer)


@pytest.fixture(scope="module")
def network(torch_network: Any, tokenizer: Tokenizer) -> Network:
    """The same network in float32 on every processor."""
    return Network(start_in_float32(graph(weights(torch_network))), tokenizer)


def weights(network: Any) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def start_in_float32(model: Any) -> Any:
    from openvino import Core

    options = {"INFERENCE_PRECISION_HINT": "f32"}
    return Core().compile_model(model, "CPU", options).create_infer_request()


def torch_scores(network: Any, tokenizer: Tokenizer, context: str, text: str) -> TokenScores:
    """What the torch network says of a text whose windows are run one by one in float32."""
    laid = Layout(tokenizer)(QUESTION, context, text)
    return merged(laid, [_torch_output(network, window) for window in laid.windows])


def _torch_output(network: Any, window: Window) -> tuple[float, Floats]:
    import torch

    ids, types = torch.tensor([window.ids]), torch.tensor([window.types])
    with torch.no_grad():
        out = network(ids, types, torch.ones_like(ids, dtype=torch.bool))
    columns = [one[0].numpy() for one in (out.start, out.end, out.evidence)]
    return float(out.relevance[0]), np.stack(columns, axis=1)


def table(scores: TokenScores) -> Floats:
    """(tokens, 4)."""
    return np.column_stack([scores.relevance, scores.start, scores.end, scores.evidence])


@pytest.mark.parametrize("pair", TEXTS, ids=lambda pair: str(len(pair[1].split())))
def test_it_says_what_the_network_in_torch_says(
    network: Network, torch_network: Any, tokenizer: Tokenizer, pair: tuple[str, str]
) -> None:
    (found,) = network.read(QUESTION, [pair])
    expected = torch_scores(torch_network, tokenizer, *pair)
    assert found.offsets.tolist() == expected.offsets.tolist()
    assert table(found) == pytest.approx(table(expected), abs=NEAR)


def test_in_bfloat16_it_says_nearly_the_same(as_it_runs: Network, network: Network) -> None:
    for found, exact in zip(*(n.read(QUESTION, TEXTS) for n in (as_it_runs, network)), strict=True):
        assert table(found) == pytest.approx(table(exact), abs=NEAR_IN_BFLOAT16)


def test_the_random_network_tells_tokens_and_texts_apart(network: Network) -> None:
    """Else it would be no wonder that two agree."""
    found = np.concatenate([table(one) for one in network.read(QUESTION, TEXTS)])
    assert found.std(axis=0).min() > 0.05


def test_a_text_is_read_beside_others_as_it_is_alone(network: Network) -> None:
    together = network.read(QUESTION, TEXTS)
    assert len(together) == len(TEXTS)
    for pair, found in zip(TEXTS, together, strict=True):
        (alone,) = network.read(QUESTION, [pair])
        assert found.offsets.tolist() == alone.offsets.tolist()
        assert np.array_equal(table(found), table(alone))


def test_no_texts_have_no_scores(network: Network) -> None:
    assert network.read(QUESTION, []) == []


def test_threads_get_what_one_gets(network: Network) -> None:
    alone = [table(one) for one in network.read(QUESTION, TEXTS)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: network.read(QUESTION, TEXTS), range(8)))
    for found in together:
        assert all(np.array_equal(table(a), b) for a, b in zip(found, alone, strict=True))


def test_a_window_is_filled_up_and_masked() -> None:
    inputs = padded(Window((5, 6), (0, 1), 1, 0), 3)
    assert {name: array[:, :4].tolist() for name, array in inputs.items()} == {
        "ids": [[5, 6, 3, 3]],
        "types": [[0, 1, 0, 0]],
        "mask": [[1, 1, 0, 0]],
    }


@pytest.mark.parametrize(("longest", "columns"), [(1, 32), (32, 32), (33, 64), (WINDOW, WINDOW)])
def test_inputs_have_few_shapes(longest: int, columns: int) -> None:
    window = Window((5,) * longest, (0,) * longest, 0, 0)
    assert padded(window, 3)["ids"].shape == (1, columns)


# -- the file of weights


@pytest.fixture
def other_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the reader's weights are looked for; there is nothing yet."""
    file = tmp_path / "reader.safetensors"
    monkeypatch.setattr(own, "WEIGHTS", file)
    own._network.cache_clear()
    yield file
    own._network.cache_clear()


def test_weights_that_are_missing_are_named(other_weights: Path) -> None:
    with pytest.raises(ModelError) as error:
        own_network()
    assert str(error.value) == (
        f"cannot read the reader's weights in '{other_weights}': install quoth again"
    )


@pytest.mark.parametrize("size", [0, 1_000, None])
def test_weights_that_are_damaged_are_refused(
    other_weights: Path, monkeypatch: pytest.MonkeyPatch, size: int | None
) -> None:
    whole = Path(own.__file__).with_name("reader.safetensors").read_bytes()
    other_weights.write_bytes(whole[:size] if size is not None else whole[:-1] + b"\x00\x01")
    with pytest.raises(ModelError) as error:
        own_network()
    assert str(error.value) == (
        f"the reader's weights in '{other_weights}' are not quoth's "
        f"(sha256 {sha256_of(other_weights)[:12]}…): install quoth again"
    )


@pytest.mark.parametrize(
    ("file", "sha256"), [(own.WEIGHTS, READER_SHA256), (own.LARGE_WEIGHTS, LARGE_SHA256)]
)
def test_the_weights_are_small_and_those_that_were_measured(file: Path, sha256: str) -> None:
    assert file.stat().st_size <= 25_000_000
    assert sha256_of(file) == sha256


@pytest.mark.parametrize(
    ("file", "parts"), [(own.WEIGHTS, {"positions", "types", "norm"}), (own.LARGE_WEIGHTS, set())]
)
def test_the_weights_are_arrays_and_nothing_that_runs(file: Path, parts: set[str]) -> None:
    with safe_open(file, framework="np") as stored:
        names = set(stored.keys())
    heads = {"pool", "relevance", "tokens"}
    assert {name.split(".")[0] for name in names} == {"layers", *heads, *parts}


def test_the_network_is_loaded_once(environment: dict[str, str]) -> None:
    assert own_network() is own_network()
