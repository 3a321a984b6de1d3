import dataclasses
import json

import numpy as np
import pytest

from gptlib import GPTConfig
from gptlib.config import PRESETS

GOOD = dict(vocab_size=50, block_size=16, n_layer=2, n_head=4, n_embd=32)

# field, bad value, error, what the message must name
BAD = [
    ("vocab_size", None, TypeError, "vocab_size.*None"),
    ("vocab_size", 0, ValueError, "vocab_size.*at least 1.*0"),
    ("vocab_size", -5, ValueError, "vocab_size.*at least 1.*-5"),
    ("vocab_size", "50", TypeError, "vocab_size.*whole number.*'50'"),
    ("vocab_size", 50.0, TypeError, r"vocab_size.*whole number.*50\.0.*float"),
    ("block_size", None, TypeError, "block_size.*None"),
    ("block_size", 0, ValueError, "block_size.*at least 1.*0"),
    ("block_size", 1e3, TypeError, r"block_size.*1000\.0"),
    ("n_layer", None, TypeError, "n_layer.*None"),
    ("n_layer", 0, ValueError, "n_layer.*at least 1.*0"),
    ("n_layer", True, TypeError, "n_layer.*True of type bool"),
    ("n_head", None, TypeError, "n_head.*None"),
    ("n_head", 0, ValueError, "n_head.*at least 1.*0"),
    ("n_head", 5, ValueError, "n_embd = 32.*n_head = 5"),
    ("n_embd", None, TypeError, "n_embd.*None"),
    ("n_embd", -32, ValueError, "n_embd.*at least 1.*-32"),
    ("n_embd", 30, ValueError, "n_embd = 30.*n_head = 4"),
    ("n_embd", 2, ValueError, "n_embd = 2 .*n_head = 4"),
    ("dropout", None, TypeError, "dropout.*None"),
    ("dropout", -0.1, ValueError, r"dropout.*-0\.1"),
    ("dropout", 1, ValueError, r"dropout.*below 1, got 1\.0"),
    ("dropout", float("nan"), ValueError, "dropout.*nan"),
    ("dropout", "0.1", TypeError, r"dropout.*'0\.1'"),
    ("dropout", True, TypeError, "dropout.*True"),
    ("bias", None, TypeError, "bias.*None"),
    ("bias", 1, TypeError, "bias.*True or False.*1 of type int"),
    ("gelu", None, TypeError, "gelu.*None"),
    ("gelu", "relu", ValueError, "gelu.*tanh.*exact.*'relu'"),
    ("flash", None, TypeError, "flash.*None"),
    ("flash", "yes", TypeError, "flash.*'yes'"),
]


@pytest.mark.parametrize("field, value, error, message", BAD)
def test_a_bad_field_is_refused_by_name(field, value, error, message):
    with pytest.raises(error, match=message):
        GPTConfig(**(GOOD | {field: value}))


@pytest.mark.parametrize("field", GOOD)
def test_a_missing_size_is_named(field):
    some = {name: value for name, value in GOOD.items() if name != field}
    with pytest.raises(TypeError, match=field):
        GPTConfig(**some)
    with pytest.raises(TypeError, match=field):
        GPTConfig.create(**some)


def test_a_good_config_keeps_what_it_was_given():
    config = GPTConfig(**GOOD, dropout=0, bias=False, gelu="exact", flash=False)
    given = GOOD | dict(dropout=0, bias=False, gelu="exact", flash=False)
    assert dataclasses.asdict(config) == given


def test_numpys_numbers_become_pythons():
    sizes = {name: np.int64(value) for name, value in GOOD.items()}
    config = GPTConfig(**sizes, dropout=np.float32(0.5))
    assert config == GPTConfig(**GOOD, dropout=0.5)
    assert json.loads(json.dumps(dataclasses.asdict(config)))["n_embd"] == 32


def test_a_config_cannot_be_changed_but_a_changed_copy_is_checked():
    config = GPTConfig(**GOOD)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.n_head = 5
    with pytest.raises(ValueError, match="n_head = 5"):
        dataclasses.replace(config, n_head=5)


def test_every_preset_makes_a_config():
    for name, sizes in PRESETS.items():
        config = GPTConfig.create(name, vocab_size=11, block_size=7)
        assert dataclasses.asdict(config).items() >= sizes.items()
        assert (config.vocab_size, config.block_size) == (11, 7)


def test_gpt2_brings_its_vocabulary_and_length_and_the_small_ones_do_not():
    config = GPTConfig.create("gpt2")
    assert (config.vocab_size, config.block_size) == (50257, 1024)
    with pytest.raises(TypeError, match="vocab_size"):
        GPTConfig.create("gpt-nano", block_size=7)


def test_a_preset_and_sizes_together_are_refused():
    with pytest.raises(ValueError, match="either a preset or sizes.*'n_layer': 3"):
        GPTConfig.create("gpt2", n_layer=3)


def test_neither_preset_nor_sizes_is_refused():
    with pytest.raises(TypeError, match="missing.*n_layer.*n_head.*n_embd"):
        GPTConfig.create(vocab_size=50, block_size=16)


def test_an_unknown_preset_or_field_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="'gpt3'.*gpt-mini.*gpt2-xl"):
        GPTConfig.create("gpt3")
    with pytest.raises(TypeError, match="'heads'.*n_head"):
        GPTConfig.create("gpt2", heads=3)
