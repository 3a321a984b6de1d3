import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig, loss_fn
from gptlib.loss import evaluate


def test_it_is_minus_the_log_of_the_probability_given_to_what_came():
    probs = torch.tensor([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]])
    targets = torch.tensor([[0, 2]])
    expected = -(math.log(0.5) + math.log(0.8)) / 2
    assert_close(loss_fn(probs.log(), targets), torch.tensor(expected))


def test_equal_logits_cost_ln_v():
    loss = loss_fn(torch.zeros(2, 3, 50257), torch.zeros(2, 3, dtype=torch.int64))
    assert loss.item() == pytest.approx(math.log(50257))


def test_an_ignored_target_does_not_count_in_value_or_gradient():
    logits = torch.randn(2, 3, 5, requires_grad=True)
    targets = torch.tensor([[1, -1, 2], [-1, 3, -1]])
    loss = loss_fn(logits, targets)
    kept = targets != -1
    assert_close(loss, nn.functional.cross_entropy(logits[kept], targets[kept]))
    (grad,) = torch.autograd.grad(loss, logits)
    assert (grad[~kept] == 0).all() and (grad[kept] != 0).all()


def test_the_gradient_is_softmax_minus_one_hot():
    logits = torch.randn(2, 3, 5, requires_grad=True)
    targets = torch.randint(5, (2, 3))
    (grad,) = torch.autograd.grad(loss_fn(logits, targets), logits)
    one_hot = nn.functional.one_hot(targets, 5)
    assert_close(grad, (logits.softmax(dim=-1) - one_hot) / 6)


def test_huge_logits_do_not_overflow():
    logits = torch.tensor([[[1e4, -1e4]]])
    assert loss_fn(logits, torch.tensor([[1]])).item() == pytest.approx(2e4)


@pytest.mark.parametrize(
    "targets, error, message",
    [
        (torch.zeros(2, 4, dtype=torch.int64), ValueError, r"\(2, 3\), got \(2, 4\)"),
        (torch.zeros(6, dtype=torch.int64), ValueError, r"\(2, 3\), got \(6,\)"),
        (torch.zeros(2, 3), TypeError, "int64.*got a torch.float32"),
        (torch.full((2, 3), 5), ValueError, r"0\.\.4 or -1, got 5\.\.5"),
        (torch.full((2, 3), -2), ValueError, r"0\.\.4 or -1, got -2\.\.-2"),
        (torch.full((2, 3), -1), ValueError, "none of the 6 targets"),
    ],
)
def test_bad_targets_are_refused_with_what_was_given(targets, error, message):
    with pytest.raises(error, match=message):
        loss_fn(torch.randn(2, 3, 5), targets)


def test_on_a_device_that_would_have_to_wait_no_target_is_read_back():
    logits = torch.empty(2, 3, 5, device="meta")  # to read a number there is an error
    targets = torch.zeros(2, 3, dtype=torch.int64, device="meta")
    assert loss_fn(logits, targets).is_meta


def model_and_rows():
    torch.manual_seed(0)
    config = GPTConfig(5, block_size=8, n_layer=1, n_head=1, n_embd=8, dropout=0.5)
    X, y = torch.randint(5, (2, 7, 8))
    y[0, 3:] = -1
    y[6] = -1
    return GPT(config), X, y


def test_evaluate_counts_every_target_once_whatever_the_batch():
    model, X, y = model_and_rows()
    expected = loss_fn(model.eval()(X), y).item()
    for batch_size in (1, 3, 100):
        assert evaluate(model, X, y, batch_size) == pytest.approx(expected, rel=1e-6)


def test_evaluate_without_a_target_says_so():
    model, X, y = model_and_rows()
    with pytest.raises(ValueError, match="none of the 56 targets counts"):
        evaluate(model, X, torch.full_like(y, -1))


def test_evaluate_keeps_no_gradients_and_leaves_the_mode_after_an_error():
    model, X, y = model_and_rows()
    grads = []
    hook = lambda m, i, out: grads.append(out.requires_grad)
    model.lm_head.register_forward_hook(hook)
    evaluate(model, X, y)
    assert not any(grads) and grads
    with pytest.raises(ValueError, match=r"idx must be 0\.\.4"):
        evaluate(model, X + 5, y)
    assert model.training


def test_evaluate_turns_dropout_off_and_leaves_the_mode_as_it_was():
    model, X, y = model_and_rows()
    assert evaluate(model, X, y) == evaluate(model, X, y)
    assert model.training
    evaluate(model.eval(), X, y)
    assert not model.training


def test_evaluate_leaves_each_module_in_its_own_mode():
    model = nn.Sequential(nn.Embedding(5, 5), nn.Dropout(0.5), nn.Dropout(0.5))
    model[1].eval()  # frozen on purpose, in a model that trains
    rows = torch.randint(5, (2, 3))
    evaluate(model, rows, rows)
    assert [module.training for module in model] == [True, False, True]
    assert model.training
