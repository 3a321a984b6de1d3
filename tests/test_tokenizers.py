"""Promises of gptlib/text/tokenizers.py. Nothing here uses the network."""

import hashlib
import json
import os
from pathlib import Path

import pooch
import pytest
import requests
import torch
from test_bpe import EVERY_SHAPE, STORY

from gptlib.bpe import apply_merges, split_words
from gptlib.text.tokenizers import (
    GPT2_FILES,
    GPT2_URL,
    BPETokenizer,
    CharTokenizer,
    GPT2Tokenizer,
    gpt2_tokenizer,
    load_tokenizer,
)


@pytest.fixture(scope="module")
def bpe():
    return BPETokenizer.train(STORY, 330)


def plain_encode(text, tokenizer):
    """What BPETokenizer.encode must give, without tiktoken and without ranks."""
    id_of = {token: i for i, token in enumerate(tokenizer.tokens)}
    words = (word.encode() for word in split_words(text))
    return [id_of[part] for w in words for part in apply_merges(w, tokenizer.merges)]


# ---- characters -------------------------------------------------------------------


def test_characters_get_ids_in_sorted_order():
    tokenizer = CharTokenizer.from_text("hello\n")
    assert tokenizer.chars == ["\n", "e", "h", "l", "o"]
    assert tokenizer.vocab_size == 5
    assert tokenizer.encode("hole") == [2, 4, 3, 1]


def test_characters_come_back_from_a_list_and_from_a_tensor():
    tokenizer = CharTokenizer.from_text(STORY)
    ids = tokenizer.encode(STORY)
    assert tokenizer.decode(ids) == STORY
    assert tokenizer.decode(torch.tensor(ids)) == STORY
    assert tokenizer.decode([torch.tensor(i) for i in ids[:9]]) == STORY[:9]


def test_unknown_character_is_named_with_its_place_and_the_known_ones():
    with pytest.raises(ValueError, match=r"'z' at position 3.*'abc'"):
        CharTokenizer("abc").encode("abcz")


def test_characters_must_be_single_and_distinct():
    for chars in (["a", "bc"], ["a", ""], "", "aba"):
        with pytest.raises(ValueError, match=r"single characters|\['a'\] come twice"):
            CharTokenizer(chars)


@pytest.mark.parametrize("wrong", [-1, 3])
def test_decode_names_an_id_outside_the_vocabulary(wrong):
    with pytest.raises(ValueError, match=rf"id {wrong} at position 1.*0\.\.2"):
        CharTokenizer("abc").decode([0, wrong])


def test_decode_refuses_a_batch_and_fractions(bpe):
    for tokenizer in (CharTokenizer("abc"), bpe):
        with pytest.raises(ValueError, match=r"1-D.*\(1, 2\).*ids\[0\]"):
            tokenizer.decode(torch.tensor([[0, 1]]))
        with pytest.raises(TypeError, match="float"):
            tokenizer.decode(torch.tensor([0.0, 1.0]))


# ---- running merges ---------------------------------------------------------------


def test_tiktoken_gives_the_same_ids_as_replaying_the_merges(bpe):
    assert bpe.encode(EVERY_SHAPE) == plain_encode(EVERY_SHAPE, bpe)
    for word in split_words(EVERY_SHAPE):
        assert bpe.encode(word) == plain_encode(word, bpe)


def test_byte_pairs_lose_no_text(bpe):
    assert bpe.decode(bpe.encode(EVERY_SHAPE)) == EVERY_SHAPE
    assert bpe.decode(torch.tensor(bpe.encode(STORY))) == STORY
    assert bpe.encode("") == [] and bpe.decode([]) == ""


def test_byte_pair_ids_are_bytes_first_then_merges(bpe):
    assert bpe.vocab_size == len(bpe.tokens) == 330
    assert bpe.tokens[:256] == [bytes([i]) for i in range(256)]
    assert bpe.tokens[256:] == [left + right for left, right in bpe.merges]
    assert len(bpe.encode(STORY)) < len(STORY.encode())


def test_no_merges_means_bytes():
    tokenizer = BPETokenizer([])
    assert tokenizer.vocab_size == 256
    assert tokenizer.encode("Ah🙂") == list("Ah🙂".encode())
    assert tokenizer.decode([0xF0, 0x9F]) == "\ufffd"


def test_byte_pair_decode_names_an_id_outside_the_vocabulary(bpe):
    for wrong in (-1, 330):
        with pytest.raises(ValueError, match=rf"id {wrong} .*330.*0\.\.329"):
            bpe.decode([wrong])


def test_merges_out_of_order_are_refused():
    a, b = b"a", b"b"
    for merges in ([(a, b"bb")], [(b"bb", a)], [(a, b), (a, b)], [(b"", a)]):
        with pytest.raises(ValueError, match="out of order"):
            BPETokenizer(merges)


def test_newlines_stay_whole_tokens_between_lines(bpe):
    assert bpe.encode("\nA hen.\nAn egg.\n").count(ord("\n")) == 3


# ---- files ------------------------------------------------------------------------


def test_every_kind_comes_back_from_its_file(bpe, tmp_path):
    for tokenizer in (bpe, CharTokenizer.from_text(STORY)):
        tokenizer.save(tmp_path / "tokenizer.json")
        for load in (load_tokenizer, type(tokenizer).load):
            again = load(tmp_path / "tokenizer.json")
            assert type(again) is type(tokenizer)
            assert again.encode(STORY) == tokenizer.encode(STORY)


def test_merges_of_any_bytes_survive_the_file(tmp_path):
    merges = [(bytes([i]), bytes([255 - i])) for i in range(256)]
    BPETokenizer(merges).save(tmp_path / "tokenizer.json")
    assert BPETokenizer.load(tmp_path / "tokenizer.json").merges == merges


def test_saved_merges_can_be_read_one_a_line(tmp_path):
    path = tmp_path / "tokenizer.json"
    BPETokenizer([(b" ", b"t")]).save(path)
    assert path.read_text() == '{"kind": "bpe", "merges": [\n[" ", "t"]\n]}\n'


def test_a_save_that_fails_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    CharTokenizer("ab").save(path)
    monkeypatch.delattr(os, "replace")
    with pytest.raises(AttributeError, match="replace"):
        CharTokenizer("xyz").save(path)
    assert CharTokenizer.load(path).chars == ["a", "b"]
    assert os.listdir(tmp_path) == ["tokenizer.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "is not a tokenizer, nor any JSON"),
        ("[1]", "no field 'kind'"),
        ("{}", "no field 'kind'"),
        ('{"kind": "char"}', "no field 'chars'"),
        ('{"kind": "wordpiece"}', "'wordpiece', expected one of.*char.*bpe.*gpt2"),
    ],
)
def test_a_file_that_is_no_tokenizer_is_named(text, message, tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"odd.json .*{message}"):
        load_tokenizer(path)


def test_one_kind_does_not_load_as_another(bpe, tmp_path):
    bpe.save(tmp_path / "t.json")
    for wrong in (CharTokenizer, GPT2Tokenizer):
        with pytest.raises(ValueError, match=r"'bpe', expected '.*load_tokenizer"):
            wrong.load(tmp_path / "t.json")


# ---- GPT-2's own ------------------------------------------------------------------


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
