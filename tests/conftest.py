"""For every test: one seed, one thread, and no network. And the site, built once."""

import os
import socket

import pytest
import torch
from built_site import build_once


@pytest.fixture(autouse=True)
def same_chance_every_time():
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def one_thread():
    # As in the lessons: beside another busy program, threads wait for one another.
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    connect = socket.socket.connect

    def refuse(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test tried to reach the network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session")
def course_site(tmp_path_factory):
    """The folder of the course's own site, built once for all processes."""
    folder = tmp_path_factory.getbasetemp()
    return build_once(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)
