"""Which part of quoth may import which, and how little a start may load."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "quoth"
MODULES = sorted(PACKAGE.rglob("*.py"))

FOR_ALL = {"records", "errors", "timing", "matmul"}
ALLOWED: dict[str, set[str]] = {
    "records": {"notebook"},  # on use: how they show themselves there
    "errors": set(),
    # pure
    "offline": set(),
    "timing": set(),
    "matmul": set(),
    "text": set(),
    "terms": {"text"},
    "spelling": {"text"},
    "asked": {"text"},
    "weights": set(),
    "processor": set(),
    "new_folder": set(),
    "calibration": set(),
    "blocks": {"text"},
    "markdown": {"text", "blocks"},
    "boilerplate": {"text"},
    # article file → passages
    "finding": {"text"},
    "articles": {"text", "blocks", "markdown", "finding"},
    "passages": {"text", "blocks", "boilerplate"},
    # passages → index
    "embedding": {"offline", "text", "new_folder", "processor"},
    "vectors": set(),
    "lexical": {"text", "terms", "vectors"},  # best_first: ties broken in one way
    "database": {"text"},
    "rows": set(),
    "store": {"database", "rows"},
    "freshness": {"articles", "rows"},
    "locking": set(),
    "locations": {"store", "database", "rows", "locking"},
    "engines": {"store", "locations", "vectors", "lexical", "terms", "text"},
    "building": {
        "articles",
        "passages",
        "store",
        "database",
        "rows",
        "freshness",
        "engines",
        "text",
        "embedding",  # on the nodes of a cluster
    },
    "changing": {"articles", "building", "engines", "freshness", "store"},
    "state": {"store", "engines", "building", "locations", "locking"},
    "checking": {"store", "engines"},
    "repairing": {"store", "engines", "building", "checking", "changing"},
    "watching": set(),
    "migration": {"building", "engines", "index", "locations", "rows", "store"},
    "opened": {
        "embedding",
        "engines",
        "locations",
        "checking",
        "state",
        "freshness",
        "rows",
        "calibration",
    }
    | {"terms"},
    "making": {"articles", "building", "changing", "embedding", "engines", "locations", "store"},
    "index": {"making", "articles", "embedding", "store", "engines", "locations", "building"}
    | {"changing", "repairing", "opened", "state", "rows", "calibration"},
    # index → answer
    "filters": {"state"},
    "retrieval": {"filters", "index", "state", "engines", "rows", "spelling", "dialogue"},
    "reading": {"text", "terms", "asked", "weights", "passages", "embedding", "new_folder"}
    | {"notebook", "processor"},  # which shows an extract
    "dialogue": {"text", "terms"},
    "choosing": set(),
    "framing": set(),
    "gist": {"text"},
    "showing": set(),
    "notebook": {"showing", "reading"},  # the latter for its types alone
    "surveying": {"filters", "retrieval", "reading", "index", "choosing", "gist"},
    "selecting": {"retrieval", "index", "choosing", "framing", "surveying"},
    "dates": set(),
    "amounts": {"terms"},
    "differing": {"amounts", "dates", "asked", "terms"},
    "voices": {"differing", "text"},
    "answering": {"retrieval", "reading", "index", "calibration", "dialogue", "choosing"}
    | {"framing", "surveying", "selecting", "voices"},
    # answer → a language model's words on it
    "phrasing": {"articles", "amounts", "dates", "differing", "terms", "text"},
    "evaluation": {"answering", "index", "text", "calibration", "passages"},
    "adapters": {"retrieval", "answering", "index"},
}
"""Room → rooms of quoth it may import, beside FOR_ALL and its own files."""

FACES = {"cli", "web", "services", "mcp", "__init__", "__main__"}
"""These may import all rooms."""

HEAVY = {"torch", "sentence_transformers", "transformers", "gradio", "faiss", "openvino", "tantivy"}
HEAVY |= {"tokenizers", "pandas", "scipy", "sklearn", "huggingface_hub", "playwright"}
HEAVY |= {"httpcore", "httpx", "fastapi", "uvicorn", "anyio", "mcp", "mcp_types"}
HEAVY |= {"pymilvus", "grpc", "milvus", "milvus_lite"}
HEAVY |= {"ray", "pyarrow"}
HEAVY |= {"psycopg", "langchain_core", "llama_index", "haystack", "pydantic"}
HEAVY |= {"trafilatura", "pypdfium2", "lxml", "charset_normalizer", "PIL"}

OWNERS = {
    "adapters/langchain.py": {"langchain_core", "pydantic"},
    "adapters/llama_index.py": {"llama_index"},
    "adapters/haystack.py": {"haystack"},
    "database/driver.py": {"psycopg"},
    "articles/network.py": {"httpcore"},
    "articles/requesting.py": {"httpcore", "httpx"},
    "phrasing/requesting.py": {"httpcore", "httpx"},
    "mcp/server.py": {"mcp", "mcp_types"},
    "services/turns.py": {"anyio"},
    "web/api/app.py": {"fastapi"},
    "web/api/requests.py": {"fastapi"},
    "web/app.py": {"gradio"},
    "web/asking.py": {"gradio"},
    "web/evaluating.py": {"gradio"},
    "web/evaluations.py": {"gradio"},
    "web/events.py": {"gradio"},
    "web/filter_parts.py": {"gradio"},
    "web/library.py": {"gradio"},
    "web/desk.py": {"gradio"},
    "web/endpoints.py": {"gradio"},
    "web/running.py": {"uvicorn"},
    "web/looks.py": {"gradio"},
    "web/mounting.py": {"gradio", "fastapi"},
    "web/phrasing.py": {"gradio"},
    "web/shown.py": {"gradio"},
}
"""Files that are themselves only imported on use, and what they may import at their top."""


def room(path: Path) -> str:
    """The room that a file belongs to: its module, or the package it lies in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(node: ast.AST) -> list[str]:
    """The dotted names that an import statement names; `from quoth import x` is `quoth.x`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute, so that this table can read them"
        if node.module == "quoth":
            return [f"quoth.{alias.name}" for alias in node.names]
        return [node.module or ""]
    return []


def is_typing_only(node: ast.AST) -> bool:
    """Whether it is an `if TYPE_CHECKING:`, whose imports never happen."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def at_start(tree: ast.Module) -> list[str]:
    """What importing the module imports: statements outside functions and TYPE_CHECKING."""
    names: list[str] = []
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        names += imported(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        waiting += node.orelse if is_typing_only(node) else ast.iter_child_nodes(node)
    return names


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def each_module(paths: list[Path]) -> pytest.MarkDecorator:
    names = [str(path.relative_to(PACKAGE)) for path in paths]
    return pytest.mark.parametrize("path", paths, ids=names)


@each_module([path for path in MODULES if room(path) not in FACES])
def test_a_room_imports_only_the_rooms_it_may(path: Path) -> None:
    names = [name for node in ast.walk(read(path)) for name in imported(node)]
    rooms = {name.split(".")[1] for name in names if name.startswith("quoth.")}
    assert rooms - FOR_ALL - {room(path)} <= ALLOWED[room(path)]


@each_module(MODULES)
def test_heavy_libraries_are_imported_on_use(path: Path) -> None:
    loaded = {name.split(".")[0] for name in at_start(read(path))}
    assert loaded & HEAVY <= OWNERS.get(path.relative_to(PACKAGE).as_posix(), set())


def test_the_library_imports_no_face() -> None:
    for path in MODULES:
        if room(path) not in FACES:
            names = [name for node in ast.walk(read(path)) for name in imported(node)]
            assert not {f"quoth.{face}" for face in FACES} & set(names), path


def seconds(*arguments: str) -> float:
    """The shortest of five runs of Python with `arguments`."""
    durations = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        durations.append(time.perf_counter() - started)
    return min(durations)


STARTS = {"import quoth": ["-c", "import quoth"], "quoth --help": ["-m", "quoth", "--help"]}


@pytest.mark.alone
@pytest.mark.parametrize("arguments", STARTS.values(), ids=STARTS)
def test_a_start_takes_less_than_0_3_seconds(arguments: list[str]) -> None:
    """Measured beyond what Python itself takes, so that a busy machine does not decide."""
    assert seconds(*arguments) - seconds("-c", "pass") < 0.3


@pytest.mark.parametrize("arguments", STARTS.values(), ids=STARTS)
def test_a_start_loads_no_heavy_library(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", *arguments]
    trace = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in trace.splitlines()}
    assert "quoth" in loaded
    assert not loaded & HEAVY
