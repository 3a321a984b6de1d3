"""Promises of gptlib/text/gpt2.py. Nothing here uses the network."""

import hashlib
import json
import os
from pathlib import Path

import pooch
import pytest
import requests
from test_bpe import EVERY_SHAPE

from gptlib.text.gpt2 import GPT2_FILES, GPT2_URL, GPT2Tokenizer, gpt2_tokenizer
from gptlib.text.tokenizers import load_tokenizer


@pytest.fixture
def nothing_cached(monkeypatch, tmp_path):
    """An empty cache, and requests that fail; gives the calls that were tried."""
    calls = []

    def get(url, **options):
        calls.append((url, options))
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", get)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "cache"))
    return calls


def test_without_a_network_gpt2s_vocabulary_says_what_to_do(nothing_cached, tmp_path):
    with pytest.raises(RuntimeError) as caught:
        gpt2_tokenizer()
    message = str(caught.value)
    tried = nothing_cached[0][0]
    assert tried.removesuffix("vocab.bpe") in message
    assert str(tmp_path / "cache") in message
    for words in ("network once", "TIKTOKEN_CACHE_DIR", "BPETokenizer.train"):
        assert words in message


def test_fetching_gpt2s_vocabulary_always_has_a_time_limit(nothing_cached):
    with pytest.raises(RuntimeError):
        gpt2_tokenizer()
    assert len(nothing_cached) == 1
    assert max(nothing_cached[0][1]["timeout"]) <= 30


def test_gpt2s_file_names_the_vocabulary_and_loads_it(nothing_cached, tmp_path):
    GPT2Tokenizer(encoding=None).save(tmp_path / "t.json")
    assert json.loads((tmp_path / "t.json").read_text()) == {"kind": "gpt2"}
    with pytest.raises(RuntimeError, match="GPT-2's vocabulary"):
        load_tokenizer(tmp_path / "t.json")


def test_a_page_that_is_not_the_vocabulary_is_not_kept(nothing_cached, monkeypatch):
    def login_page(self, url, output_file, pooch):
        Path(output_file).write_text("<html>please log in</html>")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", login_page)
    with pytest.raises(RuntimeError, match="ValueError"):
        gpt2_tokenizer()
    assert os.listdir(os.environ["TIKTOKEN_CACHE_DIR"]) == []


def test_gpt2s_own_ids_where_the_vocabulary_is_cached(monkeypatch):
    cache = Path(os.environ.get("TIKTOKEN_CACHE_DIR") or "no such folder")
    names = [
        hashlib.sha1((GPT2_URL + name).encode()).hexdigest() for name in GPT2_FILES
    ]
    if not all((cache / name).exists() for name in names):
        pytest.skip("needs TIKTOKEN_CACHE_DIR, a folder with GPT-2's vocabulary")
    monkeypatch.delattr(requests, "get")
    tokenizer = gpt2_tokenizer()
    assert tokenizer.vocab_size == 50257 and tokenizer.eot_token == 50256
    assert tokenizer.encode("Hello world") == [15496, 995]
    assert tokenizer.decode(tokenizer.encode(EVERY_SHAPE)) == EVERY_SHAPE
    assert tokenizer.decode([50256]) == "<|endoftext|>"
    assert tokenizer.encode("<|endoftext|>")[0] != 50256
    assert tokenizer.encode("<|endoftext|>", allowed_special="all") == [50256]
    lines = EVERY_SHAPE.splitlines(keepends=True)
    assert [*tokenizer.encode_iterable(lines)] == tokenizer.encode(EVERY_SHAPE)
