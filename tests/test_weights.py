import copy
import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig
from gptlib.guard.weights import check_numbers, check_tied

CONFIG = GPTConfig(vocab_size=11, block_size=13, n_layer=2, n_head=3, n_embd=12)


def test_a_head_counts_as_tied_by_its_values():
    wte = torch.randn(5, 3)
    wte[2, 1] = math.nan
    check_tied(wte.clone(), wte)
    check_tied(wte.to("meta"), wte.to("meta"))
    for other in (wte + 1e-6, wte[:4], wte.to(torch.bfloat16)):
        with pytest.raises(ValueError, match=r"lm_head\.weight differs from wte"):
            check_tied(other, wte)


@pytest.mark.parametrize(
    "weights, message",
    [
        (torch.ones(3, dtype=torch.int8), r"a\.b is torch\.int8, expected .*bfloat16"),
        (torch.ones(3).to(torch.float8_e4m3fn), r"a\.b is torch\.float8_e4m3fn"),
        (torch.tensor([1.0, math.nan]), r"a\.b has values that are nan or infinite"),
        (torch.tensor([1.0, math.inf]), r"a\.b has values that are nan or infinite"),
    ],
)
def test_weights_that_cannot_be_computed_with_are_refused_by_name(weights, message):
    check_numbers("a.b", torch.ones(3, dtype=torch.float16))
    with pytest.raises(ValueError, match=message):
        check_numbers("a.b", weights)


def untied():
    """A GPT whose head has other values than wte, as minGPT's models have."""
    model = GPT(CONFIG)
    model.lm_head.weight = nn.Parameter(model.lm_head.weight + 1)
    return model


@pytest.mark.parametrize("wrap", [lambda m: m, copy.deepcopy, nn.Sequential])
def test_a_state_whose_head_is_not_tied_is_refused_and_changes_nothing(wrap):
    model, state = wrap(GPT(CONFIG)), wrap(untied()).state_dict()
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match=r"lm_head\.weight differs from"):
        model.load_state_dict(state, strict=False)
    assert_close(model.state_dict(), before, rtol=0, atol=0)


def test_a_model_that_was_given_a_head_of_its_own_reads_such_a_state():
    model, other = untied(), untied()
    model.load_state_dict(other.state_dict())
    assert_close(model.state_dict(), other.state_dict(), rtol=0, atol=0)


def test_saving_a_head_that_is_not_tied_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"lm_head\.weight differs from"):
        untied().save_pretrained(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_saving_what_gpt2_does_not_have_is_refused_before_anything_is_written(tmp_path):
    model = GPT(CONFIG)
    model.transformer.h[1].ln_1 = nn.Sequential(nn.Linear(12, 12), nn.LayerNorm(12))
    with pytest.raises(ValueError, match=r"unknown \['transformer\.h\.1\.ln_1\.0"):
        model.save_pretrained(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("missing", ["lm_head.weight", "transformer.wte.weight"])
def test_a_state_that_holds_the_tied_matrix_once_is_whole(missing, assign):
    model, other = GPT(CONFIG), GPT(CONFIG)
    state = {name: p for name, p in other.state_dict().items() if name != missing}
    model.load_state_dict(state, assign=assign)
    assert model.lm_head.weight is model.transformer.wte.weight
    assert_close(model.state_dict(), other.state_dict(), rtol=0, atol=0)


def test_saving_weights_that_are_no_numbers_is_refused_before_anything(tmp_path):
    model = GPT(CONFIG)
    nn.init.constant_(model.transformer.ln_f.weight, math.nan)
    with pytest.raises(ValueError, match=r"ln_f\.weight has values that are nan"):
        model.save_pretrained(tmp_path / "new")
    assert not (tmp_path / "new").exists()
