"""Promises of gptlib/bpe.py."""

import pytest

from gptlib.bpe import (
    apply_merges,
    merge_pair,
    split_special,
    split_words,
    train_bpe,
    train_bpe_plainly,
)

STORY = (
    "Once upon a time there was a hen. The hen saw the other hen, then the end.\n"
    "She'll say: \"It's 3 o'clock\", and they've 1024 eggs!\n\n"
    "  Two spaces,\ta tab, trailing spaces   \n\r\n"
    "naïve café, Straße, Ελλάδα, привет, 東京タワー, हिन्दी, \u0661\u0662\u00bd\n"
    "🙂🇩🇪 \U0001f469\u200d\U0001f467 e\u0301\n"
)
EVERY_SHAPE = STORY + "".join(map(chr, range(0x2100))) + STORY[::-1] + "aaaaaaa\x00\xa0"


def test_training_by_hand():
    # "ab" stands there three times. Then " ab" and "abc" both twice: the letter a,
    # byte 97, is greater than the space, byte 32.
    assert train_bpe("abc abc ab", 258) == [(b"a", b"b"), (b"ab", b"c")]


def test_equal_counts_are_won_by_the_greater_pair_as_in_cs336():
    assert train_bpe("zy xw", 257) == [(b"z", b"y")]
    assert train_bpe("zy xw", 259)[1:] == [(b"x", b"w"), (b" ", b"xw")]


def test_counts_kept_by_correction_equal_counts_made_anew():
    text = STORY + "aaaaaaa aaaa aaaaa banana bananas nananana"
    assert train_bpe(text, 380) == train_bpe_plainly(text, 380)


def test_no_merge_reaches_across_words():
    for left, right in train_bpe(STORY, 330):
        text = (left + right).decode("utf-8", errors="ignore")
        assert len(split_words(text)) <= 1


def test_words_put_together_are_the_text():
    assert "".join(split_words(EVERY_SHAPE)) == EVERY_SHAPE


def test_vocabulary_sizes_out_of_reach_say_what_is_possible():
    with pytest.raises(ValueError, match=r"256.*255"):
        train_bpe(STORY, 255)
    with pytest.raises(ValueError, match=r"44 merges.*11 characters.*after 4.*260"):
        train_bpe("hello.hello", 300)
    assert train_bpe("", 256) == []


def test_training_takes_text_and_whole_numbers():
    with pytest.raises(TypeError, match=r"text must be text.*b'hen'.*decode"):
        train_bpe(b"hen", 257)
    with pytest.raises(TypeError, match=r"vocab_size must be a whole .* got 257\.5"):
        train_bpe("hen", 257.5)


def test_special_tokens_are_cut_out_and_counted():
    text = "hen<|endoftext|>hen<|endoftext|>"
    assert train_bpe(text, 259, ["<|endoftext|>"]) == train_bpe_plainly("hen", 258)
    with pytest.raises(ValueError, match="256 .* and 2 special tokens, got 257"):
        train_bpe(text, 257, ["<a>", "<b>"])


def test_of_two_special_tokens_that_fit_the_longer_one_is_cut_out():
    assert split_special("a<|><|>b<|>", ["<|>", "<|><|>"]) == [
        *("a", "<|><|>", "b", "<|>", "")
    ]
    assert split_special("a<|>b", []) == ["a<|>b"]


def test_overlapping_pairs_merge_from_the_left():
    assert merge_pair([b"a"] * 5, (b"a", b"a")) == [b"aa", b"aa", b"a"]
    assert apply_merges(b"abab", [(b"a", b"b"), (b"ab", b"ab")]) == [b"abab"]
    assert apply_merges(b"", [(b"a", b"b")]) == []
