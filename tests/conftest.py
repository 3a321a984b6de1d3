"""For every test: one seed, and no network."""

import socket

import pytest
import torch


@pytest.fixture(autouse=True)
def same_chance_every_time():
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(self, address):
        raise AssertionError(f"a test tried to reach the network: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
