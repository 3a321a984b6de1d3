"""Promises of gptlib/bpe.py."""

from itertools import pairwise

import pytest

from gptlib.bpe import apply_merges, merge_pair, split_words, train_bpe

STORY = (
    "Once upon a time there was a hen. The hen saw the other hen, then the end.\n"
    "She'll say: \"It's 3 o'clock\", and they've 1024 eggs!\n\n"
    "  Two spaces,\ta tab, trailing spaces   \n\r\n"
    "naïve café, Straße, Ελλάδα, привет, 東京タワー, हिन्दी, \u0661\u0662\u00bd\n"
    "🙂🇩🇪 \U0001f469\u200d\U0001f467 e\u0301\n"
)
EVERY_SHAPE = STORY + "".join(map(chr, range(0x2100))) + STORY[::-1] + "aaaaaaa\x00\xa0"


def slow_train(text, vocab_size):
    """Byte-pair training with every pair of every word counted anew each time."""
    words = [[bytes([b]) for b in word.encode()] for word in split_words(text)]
    merges = []
    for _ in range(vocab_size - 256):
        pairs = [p for w in words for p in pairwise(w)]
        merges.append(min(set(pairs), key=lambda p: (-pairs.count(p), p)))
        words = [merge_pair(w, merges[-1]) for w in words]
    return merges


def test_training_by_hand():
    # "ab" stands there three times. Then " ab" and "abc" both twice: the space, byte
    # 32, is the smallest.
    assert train_bpe("abc abc ab", 258) == [(b"a", b"b"), (b" ", b"ab")]


def test_equal_counts_are_won_by_the_smaller_pair():
    assert train_bpe("zy xw", 257) == [(b" ", b"x")]
    assert train_bpe("zy xw", 259)[1:] == [(b" x", b"w"), (b"z", b"y")]


def test_counts_kept_by_correction_equal_counts_made_anew():
    text = STORY + "aaaaaaa aaaa aaaaa banana bananas nananana"
    assert train_bpe(text, 380) == slow_train(text, 380)


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


def test_overlapping_pairs_merge_from_the_left():
    assert merge_pair([b"a"] * 5, (b"a", b"a")) == [b"aa", b"aa", b"a"]
    assert apply_merges(b"abab", [(b"a", b"b"), (b"ab", b"ab")]) == [b"abab"]
    assert apply_merges(b"", [(b"a", b"b")]) == []
