import math
from collections import Counter

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.testing import assert_close

from gptlib import loss_fn
from gptlib.baselines import NGram
from gptlib.loss import evaluate

V = 5


def some_ids(n=400, seed=0):
    return torch.randint(V, (n,), generator=torch.Generator().manual_seed(seed))


def by_dictionary(ids, n, strength, context):
    """The formula of the docstring, straight from a dictionary of counts."""
    ids, probs = ids.tolist(), [1 / V] * V
    for k in range(min(n, len(context) + 1)):
        h = tuple(context[len(context) - k :])
        seen = Counter(ids[i] for i in range(k, len(ids)) if tuple(ids[i - k : i]) == h)
        below = seen.total() + strength
        probs = [(seen[x] + strength * p) / below for x, p in enumerate(probs)]
    return torch.tensor(probs)


def test_a_bigram_on_paper():
    model = NGram(torch.tensor([0, 1, 0, 1, 2]), n=2, vocab_size=3)
    unigram = [(2 + 1 / 3) / 6, (2 + 1 / 3) / 6, (1 + 1 / 3) / 6]
    after_1 = [(1 + unigram[0]) / 3, unigram[1] / 3, (1 + unigram[2]) / 3]
    assert_close(model(torch.tensor([[1]]))[0, 0].exp(), torch.tensor(after_1))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("strength", [0.3, 2.0])
def test_every_probability_is_the_formula(n, strength):
    ids, idx = some_ids(60), some_ids(20, seed=1)
    probs = NGram(ids, n, V, strength)(idx[None])[0].exp()
    for t in range(len(idx)):
        expected = by_dictionary(ids, n, strength, idx[: t + 1].tolist())
        assert_close(probs[t], expected)


def test_logits_are_log_probabilities():
    logits = NGram(some_ids(), 3, V)(some_ids(14).view(2, 7))
    assert logits.shape == (2, 7, V)
    assert_close(logits.log_softmax(dim=-1), logits)


def test_only_the_last_tokens_count():
    model, idx = NGram(some_ids(), 3, V), some_ids(8)[None]
    far, near = idx.clone(), idx.clone()
    far[0, 5] = (idx[0, 5] + 1) % V
    near[0, 6] = (idx[0, 6] + 1) % V
    assert torch.equal(model(far)[0, 7], model(idx)[0, 7])
    assert not torch.equal(model(near)[0, 7], model(idx)[0, 7])
    assert torch.equal(model(near)[0, :6], model(idx)[0, :6])


def test_an_unknown_context_says_what_the_shorter_one_says():
    ids = torch.tensor([0, 1, 2, 0, 1, 2])
    idx = torch.tensor([[2, 1]])  # 1 is known, 2 1 is not
    assert torch.equal(NGram(ids, 3, V)(idx), NGram(ids, 2, V)(idx))


def test_a_context_that_begins_with_an_unknown_one_is_unknown_too():
    ids = torch.tensor([0, 1, 2, 0, 2, 1])
    two, three = NGram(ids, 2, V), NGram(ids, 3, V)
    # 3 is unknown. After 1 2 stands 0 alone, after 2 also 1.
    for context, known in ([3, 2], False), ([1, 2], True):
        idx = torch.tensor([context])
        assert torch.equal(three(idx), two(idx)) != known


class NoFloat64(TorchFunctionMode):
    """Moving float64 to a device fails, as it does where there is none (MPS)."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is torch.Tensor.to and args[0].dtype == torch.float64:
            raise TypeError("MPS has no float64")
        return function(*args, **(kwargs or {}))


def test_no_float64_is_moved_to_the_device():
    with NoFloat64():
        model = NGram(some_ids(), 3, V)
    assert {table.dtype for table in model.tables} == {torch.float32}


@pytest.mark.skipif(not torch.backends.mps.is_available(), reason="needs MPS")
def test_it_counts_on_mps_as_on_the_cpu():
    ids, idx = some_ids(), some_ids(21, seed=2).view(3, 7)
    assert_close(NGram(ids.to("mps"), 3, V)(idx.to("mps")).cpu(), NGram(ids, 3, V)(idx))


def test_ids_outside_the_vocabulary_are_not_taken_for_another_context():
    with pytest.raises(ValueError, match=r"idx must be 0\.\.4.*got 0\.\.7"):
        NGram(some_ids(), 2, V)(torch.tensor([[0, 7]]))


def test_rows_of_a_batch_do_not_touch():
    model, idx = NGram(some_ids(), 4, V), some_ids(21).view(3, 7)
    assert torch.equal(model(idx)[1:2], model(idx[1:2]))


def test_the_weakest_prior_leaves_the_counts():
    ids = some_ids()
    loss = loss_fn(NGram(ids, 1, V, strength=1e-6)(ids[None, :-1]), ids[None, 1:])
    shares = torch.bincount(ids) / len(ids)
    assert_close(loss, -shares.log()[ids[1:]].mean())


def test_the_strongest_prior_leaves_blind_guessing():
    logits = NGram(some_ids(), 3, V, strength=1e9)(some_ids(7)[None])
    assert_close(logits, torch.full((1, 7, V), -math.log(V)))


def test_no_chance_is_zero_however_long_the_context():
    ids = torch.zeros(50, dtype=torch.int64)
    logits = NGram(ids, n=30, vocab_size=V, strength=0.1)(ids[None])
    assert logits.isfinite().all() and logits[0, -1, 1] < -100


def test_it_is_judged_like_any_model():
    model, rows = NGram(some_ids(), 3, V), some_ids(21, seed=2).view(3, 7)
    X, y = rows[:, :-1], rows[:, 1:]
    assert evaluate(model, X, y) == pytest.approx(loss_fn(model(X), y).item())
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    "change, error, message",
    [
        (dict(ids=[0, 1, 2]), TypeError, "int64 tensor.*of type list"),
        (dict(ids=torch.zeros(9)), TypeError, "got a torch.float32 tensor"),
        (dict(ids=some_ids(8).view(2, 4)), ValueError, r"1-D, got shape \(2, 4\)"),
        (dict(n=0), ValueError, "n must be at least 1, got 0"),
        (dict(n=401), ValueError, r"1\.\.400, the number of ids, got 401"),
        (dict(vocab_size=4), ValueError, r"0\.\.3 .*got 0\.\.4"),
        (dict(strength=0), ValueError, "above 0, got 0"),
        (dict(strength=math.nan), ValueError, "finite number, got nan"),
    ],
)
def test_bad_arguments_are_refused_with_what_was_given(change, error, message):
    with pytest.raises(error, match=message):
        NGram(**dict(ids=some_ids(), n=2, vocab_size=V) | change)
