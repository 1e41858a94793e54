"""Milvus's own server, and milvus-lite, each once for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from in_namespace import is_alone
from milvus_engine import Collections
from milvus_server import URI, MilvusServer
from needs import lacking

from quoth.engines.milvus.address import Address, to_address
from quoth.engines.milvus.server import Server


@pytest.fixture(scope="session")
def namespace() -> None:
    """A network with loopback alone."""
    if not is_alone():
        lacking("a network namespace: python tests/in_namespace.py python -m pytest -m namespace")


@pytest.fixture(scope="session")
def milvus_server(
    namespace: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MilvusServer]:
    """Milvus's own server, started."""
    server = MilvusServer(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def in_server(milvus_server: MilvusServer) -> Collections:
    """Collections in Milvus's own server."""
    return Collections(Server(to_address(URI, milvus_server.environment)))


@pytest.fixture(scope="session")
def in_lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collections]:
    """Collections in milvus-lite, which runs in this process and ranks by words, too."""
    path = str(tmp_path_factory.mktemp("milvus-lite") / "collections.db")
    yield Collections(Server(Address(path)))
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(path)
