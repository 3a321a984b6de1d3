"""What the homework vocabulary-report rests on: nats a token and nats a character."""

import pytest
import torch

from gptlib.checks.homework.vocabulary_report import (
    LENGTH,
    LONGEST,
    MOST_TOKENS,
    VOCABULARY,
    _known,
)
from gptlib.text import BPETokenizer, load_text
from gptlib.train.experiment import experiment
from gptlib.train.start import Corpus

TRAIN, VAL = load_text("tales")


@pytest.mark.parametrize("what", ["512 tokens", "1024 tokens"])
def test_tokens_of_the_validation_stories_are_as_long_as_the_check_says(what):
    tokenizer = BPETokenizer.train(TRAIN, VOCABULARY[what])
    ids = tokenizer.encode(VAL)
    # The first character is a newline, a token of its own, and nobody asks for it.
    assert tokenizer.decode(ids[:1]) == "\n"
    assert LENGTH[what] == (len(VAL) - 1) / (len(ids) - 1)


def test_a_run_is_judged_on_each_token_of_the_validation_stories_once():
    """So its mean loss a token, over the characters of a token, is that a character."""
    tokenizer = BPETokenizer.train(TRAIN[:50_000], 400)
    corpus = Corpus(TRAIN[:50_000], VAL, by_story=True)
    _, (_, y) = corpus.splits(tokenizer, 128)
    assert torch.equal(y[y >= 0], torch.tensor(tokenizer.encode(VAL))[1:])


def test_the_tales_have_no_more_pairs_than_the_check_says():
    with pytest.raises(ValueError, match=f"vocab_size {MOST_TOKENS}$"):
        BPETokenizer.train(TRAIN, MOST_TOKENS + 1)


def test_no_vocabulary_of_the_tales_has_longer_tokens_than_the_check_says():
    ids = BPETokenizer.train(TRAIN, MOST_TOKENS).encode(VAL)
    assert LONGEST - 0.01 < (len(VAL) - 1) / (len(ids) - 1) < LONGEST


def test_the_parameters_are_those_of_the_models_that_are_trained():
    sizes = dict(tokenizer="bpe", bpe_vocab_size=512, batch_size=1, seeds=(1,))
    row = experiment("512 tokens", 4 * 128 * 141_056, **sizes)
    assert row["parameters"] == _known()["512 tokens"]
    assert row["losses"][0] > 3  # per token: blind guessing loses ln 512
