"""Promises of gptlib/text/tiktokenizer.py: special tokens, and texts piece by piece."""

import itertools
import random
import tracemalloc
from functools import partial

import pytest
from test_bpe import EVERY_SHAPE, STORY

from gptlib.text import tiktokenizer
from gptlib.text.bytepairs import BPETokenizer
from gptlib.text.tokenizers import load_tokenizer

EOT = "<|endoftext|>"
# What is hard to cut: contractions, runs of spaces, every script, half surrogates,
# special tokens that begin like another, hold white space or never end.
HARD = (
    f"it's 'r 're'v'l we'll  x   \n\n y\t\r\n{EOT} {EOT}{EOT}\n<| a |><| a \n|>"
    f"<|endoftext {EOT}\ud83d\ude42 a\u3000b\xa0c\x1cd 東京 1,2'3!'s {STORY}<|end"
)
SPECIAL = [EOT, EOT + EOT, "<| a |>", " a", "\n"]


@pytest.fixture(scope="module")
def bpe():
    return BPETokenizer.train(2 * STORY, 330, SPECIAL)


def in_chunks(text, size):
    return (text[i : i + size] for i in range(0, len(text), size))


# ---- special tokens ---------------------------------------------------------------


def test_special_tokens_have_the_last_ids_and_are_counted(bpe):
    assert bpe.vocab_size == len(bpe.tokens) == 330
    assert list(bpe.special_tokens.values()) == [325, 326, 327, 328, 329]
    assert bpe.tokens[325:] == [token.encode() for token in SPECIAL]


def test_a_special_token_is_ordinary_text_until_it_is_allowed(bpe):
    text = f"A hen.{EOT}An egg."
    plain = BPETokenizer(bpe.merges)
    assert bpe.encode(text) == plain.encode(text)
    assert bpe.encode(text, {"<| a |>"}) == plain.encode(text)
    allowed = [*plain.encode("A hen."), 325, *plain.encode("An egg.")]
    assert bpe.encode(text, {EOT}) == allowed
    assert bpe.decode(allowed) == text


def test_allowed_tokens_mean_what_they_mean_to_tiktoken(bpe):
    # Of tokens that begin alike tiktoken takes any, so they have to stay out.
    tokenizer = BPETokenizer(bpe.merges, SPECIAL[:1] + SPECIAL[2:])
    theirs = partial(tokenizer.encoding.encode, HARD, disallowed_special=())
    for allowed in (set(), {EOT}, {"<| a |>", " a"}, {" a"}, "all"):
        assert tokenizer.encode(HARD, allowed) == theirs(allowed_special=allowed)


def test_of_special_tokens_that_begin_alike_the_longest_is_taken(bpe):
    assert bpe.encode(EOT * 3, "all") == [326, 325]
    assert bpe.encode(EOT * 3, {EOT}) == [325, 325, 325]


def test_allowing_what_is_no_special_token_is_refused(bpe):
    with pytest.raises(ValueError, match="'<eot>' is no special token.*endoftext"):
        bpe.encode("a", {"<eot>"})
    with pytest.raises(TypeError, match=r"set of special tokens, or \"all\".*write {'"):
        bpe.encode("a", EOT)


def test_special_tokens_must_be_distinct_texts():
    for wrong in (["a", "a"], [""], [5], EOT):
        with pytest.raises(ValueError, match="special_tokens must be distinct"):
            BPETokenizer([], wrong)


def test_special_tokens_come_back_from_the_file_and_older_files_have_none(
    bpe, tmp_path
):
    bpe.save(tmp_path / "new.json")
    again = load_tokenizer(tmp_path / "new.json")
    assert again.special_tokens == bpe.special_tokens
    assert again.encode(HARD, "all") == bpe.encode(HARD, "all")
    (tmp_path / "old.json").write_text('{"kind": "bpe", "merges": [["a", "b"]]}')
    assert load_tokenizer(tmp_path / "old.json").special_tokens == {}


# ---- piece by piece ---------------------------------------------------------------


@pytest.mark.parametrize("allowed", [(), {EOT}, "all"], ids=["none", "one", "all"])
def test_chunks_of_every_size_give_the_ids_of_the_whole(bpe, allowed):
    whole = bpe.encode(HARD, allowed)
    for size in range(1, len(HARD) + 1):
        assert list(bpe.encode_iterable(in_chunks(HARD, size), allowed)) == whole


def test_chunks_cut_anywhere_give_the_ids_of_the_whole(bpe):
    chance = random.Random(0)
    for _ in range(100):
        text = "".join(chance.choices([*HARD, *SPECIAL], k=60))
        chunks = []
        while len("".join(chunks)) < len(text):
            start = len("".join(chunks))
            chunks.append(text[start : start + chance.randrange(9)])
        assert list(bpe.encode_iterable(chunks, "all")) == bpe.encode(text, "all")


def test_every_character_can_stand_at_a_border(bpe):
    chunks = in_chunks(EVERY_SHAPE, 7)
    assert list(bpe.encode_iterable(chunks)) == bpe.encode(EVERY_SHAPE)


def test_ids_of_a_text_without_end_come_at_once_and_in_constant_memory(bpe):
    endless = bpe.encode_iterable(itertools.repeat(f"A hen{EOT}.\n"), {EOT})
    next(endless)
    tracemalloc.start()
    for _ in itertools.islice(endless, 50_000):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_a_long_word_in_small_pieces_is_looked_at_a_few_times_only(bpe, monkeypatch):
    lengths, cut = [], tiktokenizer._safe_cut
    monkeypatch.setattr(
        tiktokenizer,
        "_safe_cut",
        lambda text, special: lengths.append(len(text)) or cut(text, special),
    )
    list(bpe.encode_iterable("x" * 5000))
    assert sum(lengths) < 3 * 5000


def test_pieces_that_are_no_text_are_refused(bpe):
    with pytest.raises(TypeError, match="each text must be text"):
        list(bpe.encode_iterable([b"A hen."]))
    with pytest.raises(ValueError, match="no special token"):
        bpe.encode_iterable(["A hen."], {"<eot>"})  # at once, not at the first id
