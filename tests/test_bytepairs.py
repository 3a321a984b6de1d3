"""Promises of gptlib/text/bytepairs.py."""

import contextlib
import random

import pytest
import torch
from test_bpe import EVERY_SHAPE, STORY

from gptlib.bpe import apply_merges, split_words
from gptlib.text.bytepairs import BPETokenizer


@pytest.fixture(scope="module")
def bpe():
    return BPETokenizer.train(STORY, 330)


def plain_encode(text, tokenizer):
    """What BPETokenizer.encode must give, without tiktoken and without ranks."""
    id_of = {token: i for i, token in enumerate(tokenizer.tokens)}
    words = (word.encode() for word in split_words(text))
    return [id_of[part] for w in words for part in apply_merges(w, tokenizer.merges)]


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


def test_merges_that_tiktoken_and_replaying_treat_differently_are_refused():
    a, b, c = b"a", b"b", b"c"
    for merges in (
        [(a, b), (b, c), (a, b"bc")],
        [(a, a), (a, b"aa")],
        [(b, c), (a, b), (b"ab", c)],
    ):
        with pytest.raises(ValueError, match="merge . of .* is never reached"):
            BPETokenizer(merges)


def test_merges_that_are_taken_mean_the_same_to_tiktoken_and_to_replaying():
    chance, taken = random.Random(0), 0
    for _ in range(300):
        parts, merges = [b"a", b"b"], []
        for _ in range(6):
            merges.append((chance.choice(parts), chance.choice(parts)))
            parts.append(b"".join(merges[-1]))
        with contextlib.suppress(ValueError):
            tokenizer, taken = BPETokenizer(merges), taken + 1
            text = " ".join("".join(chance.choices("ab", k=12)) for _ in range(20))
            assert tokenizer.encode(text) == plain_encode(text, tokenizer)
    assert taken > 50


def test_newlines_stay_whole_tokens_between_lines(bpe):
    assert bpe.encode("\nA hen.\nAn egg.\n").count(ord("\n")) == 3
