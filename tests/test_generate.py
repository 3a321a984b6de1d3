import inspect
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig
from gptlib.generate import generate, last_logits, next_probs, stream

LOGITS = torch.tensor([0.5, 0.2, 0.1, 0.1, 0.1]).log()


def gpt(**more):
    torch.manual_seed(0)
    config = GPTConfig(11, block_size=8, n_layer=2, n_head=2, n_embd=12, **more)
    model = GPT(config)
    for p in model.parameters():
        nn.init.normal_(p, std=0.3)
    return model.eval()


def test_temperature_one_is_softmax_and_others_sharpen_or_flatten():
    assert_close(next_probs(LOGITS), LOGITS.softmax(-1))
    squares = LOGITS.softmax(-1) ** 2
    assert_close(next_probs(LOGITS, temperature=0.5), squares / squares.sum())
    flat = next_probs(LOGITS, temperature=1e6)
    assert_close(flat, torch.full((5,), 0.2))


def test_top_k_keeps_the_k_best_and_renormalises():
    assert_close(next_probs(LOGITS, top_k=2), torch.tensor([5 / 7, 2 / 7, 0, 0, 0]))


def test_top_k_beyond_the_vocabulary_keeps_all():
    assert_close(next_probs(LOGITS, top_k=99), LOGITS.softmax(-1))


def test_top_p_keeps_the_best_until_they_reach_p():
    keep = lambda p: int((next_probs(LOGITS, top_p=p) > 0).sum())
    assert [keep(p) for p in (0.01, 0.49, 0.51, 0.69, 0.75, 1.0)] == [1, 1, 2, 2, 3, 5]
    assert_close(next_probs(LOGITS, top_p=0.6), torch.tensor([5 / 7, 2 / 7, 0, 0, 0]))


def test_top_p_ends_exactly_where_p_is_reached_and_one_keeps_all():
    exact = torch.tensor([0.5, 0.25, 0.25]).log()
    assert next_probs(exact, top_p=0.5).tolist() == [1, 0, 0]
    assert (next_probs(exact, top_p=0.75) > 0).tolist() == [True, True, False]
    logits = torch.randn(3, 50257) * 3
    assert torch.equal(next_probs(logits, top_p=1.0), next_probs(logits))
    for p in (1e-9, 1e-300):  # float32 has no 1e-300
        assert (next_probs(logits, top_p=p) > 0).sum(-1).tolist() == [1, 1, 1]


def test_top_p_puts_the_kept_ones_back_where_they_were():
    mixed = LOGITS[[3, 0, 4, 1, 2]]
    expected = torch.tensor([0, 5 / 7, 0, 2 / 7, 0])
    assert_close(next_probs(mixed, top_p=0.6), expected)


def test_top_p_counts_what_top_k_left():
    # Of 0.5 and 0.2 the first is 5/7 of what is left.
    assert next_probs(LOGITS, top_k=2, top_p=0.7).tolist() == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "bad, message",
    [
        (dict(temperature=0.0), "temperature.*above 0, got 0.*do_sample=False"),
        (dict(temperature=-1.0), "temperature.*above 0"),
        (dict(top_k=0), "top_k must be at least 1, got 0"),
        (dict(stop_id=11), "stop_id must be at most 10, got 11"),
        (dict(top_p=0.0), "top_p must be above 0 and at most 1, got 0"),
        (dict(top_p=1.5), r"top_p.*1\.5"),
        (dict(max_new_tokens=-1), "max_new_tokens.*-1"),
    ],
)
def test_bad_settings_are_refused(bad, message):
    options = dict(max_new_tokens=3) | bad
    with pytest.raises(ValueError, match=message):
        gpt().generate(torch.tensor([[1]]), **options)


def test_stream_and_generate_take_the_same_and_say_so():
    ours, theirs = (inspect.signature(f).parameters for f in (stream, generate))
    assert list(ours.values()) == list(theirs.values())
    assert inspect.Parameter.VAR_KEYWORD not in {p.kind for p in ours.values()}


def test_stream_refuses_at_once_and_not_with_the_first_token():
    with pytest.raises(ValueError, match="top_p"):
        stream(gpt(), torch.tensor([[1]]), 3, top_p=2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("temperature", [1e-6, 1e-38, 1e-40, 5e-324])
def test_the_smallest_temperature_leaves_the_most_likely(temperature, dtype):
    logits = torch.tensor([-3.0, 9.0, 2.0, 9.0], dtype=dtype)
    assert next_probs(logits, temperature).tolist() == [0, 0.5, 0, 0.5]


def test_numpys_numbers_are_numbers():
    plain = next_probs(LOGITS, 0.5, top_k=3, top_p=0.75)
    options = dict(top_k=np.int64(3), top_p=np.float32(0.75))
    assert torch.equal(next_probs(LOGITS, np.float64(0.5), **options), plain)
    model, idx = gpt(), torch.tensor([[1]])
    written = model.generate(idx, np.int64(3), stop_id=np.int64(4), do_sample=False)
    assert torch.equal(written, model.generate(idx, 3, stop_id=4, do_sample=False))


@pytest.mark.parametrize("do_sample", [True, False])
def test_a_model_with_broken_weights_writes_nothing(do_sample):
    model = gpt()
    model.transformer.ln_f.weight.data[3] = math.nan
    with pytest.raises(FloatingPointError, match="logits are nan.*training diverged"):
        model.generate(torch.tensor([[1]]), 3, do_sample=do_sample)


@pytest.mark.parametrize("n", [0, 3])
def test_bad_ids_are_refused_even_when_nothing_is_to_be_written(n):
    with pytest.raises(TypeError, match="int64.*list"):
        gpt().generate([[1]], n)
    with pytest.raises(TypeError, match=r"int64.*float32"):
        gpt().generate(torch.zeros(1, 2), n)
    with pytest.raises(ValueError, match=r"\(B, T\).*\(2,\)"):
        gpt().generate(torch.tensor([1, 2]), n)
    with pytest.raises(ValueError, match="0 tokens"):
        gpt().generate(torch.zeros(1, 0, dtype=torch.int64), n)


@pytest.mark.parametrize("flash", [True, False])
@pytest.mark.parametrize("start", [1, 5, 8, 12])
def test_greedy_with_cache_equals_without_also_past_block_size(flash, start):
    model, idx = gpt(flash=flash), torch.randint(11, (3, start))
    options = dict(max_new_tokens=20, do_sample=False)
    cached = model.generate(idx, use_cache=True, **options)
    assert torch.equal(cached, model.generate(idx, use_cache=False, **options))
    assert cached.shape == (3, start + 20)
    assert torch.equal(cached[:, :start], idx)


def test_greedy_takes_the_most_likely_token_of_the_cropped_context():
    model, idx = gpt(), torch.randint(11, (2, 6))
    written = model.generate(idx, 10, do_sample=False)
    for t in range(6, 16):
        context = written[:, max(0, t - 8) : t]
        assert torch.equal(written[:, t], model(context)[:, -1].argmax(-1))


def test_cached_logits_equal_plain_ones_at_every_step():
    model, idx = gpt(), torch.randint(11, (2, 8))
    cache = model.new_cache()
    for t in range(1, 9):
        assert_close(last_logits(model, idx[:, :t], cache), model(idx[:, :t])[:, -1])


def test_the_cache_reads_each_token_once():
    model, read = gpt(), []
    model.transformer.wte.register_forward_hook(lambda m, i, x: read.append(x.shape[1]))
    model.generate(torch.randint(11, (1, 3)), 5, do_sample=False)
    assert read == [3, 1, 1, 1, 1]


def test_sampling_with_the_same_generator_writes_the_same():
    model, idx = gpt(), torch.randint(11, (2, 3))
    chance = lambda: torch.Generator().manual_seed(3)
    first = model.generate(idx, 12, generator=chance())
    assert torch.equal(first, model.generate(idx, 12, generator=chance()))
    assert torch.equal(
        first, model.generate(idx, 12, generator=chance(), use_cache=False)
    )


def test_samples_are_as_frequent_as_softmax_says():
    model, idx = gpt(), torch.tensor([[1, 2]]).repeat(20_000, 1)
    drawn = model.generate(idx, 1, generator=torch.Generator().manual_seed(0))[:, -1]
    share = torch.bincount(drawn, minlength=11) / len(idx)
    assert_close(share, model(idx[:1])[0, -1].softmax(-1), atol=0.012, rtol=0)


def test_top_k_of_one_is_greedy():
    model, idx = gpt(), torch.randint(11, (2, 3))
    assert torch.equal(
        model.generate(idx, 9, top_k=1), model.generate(idx, 9, do_sample=False)
    )


def test_a_finished_row_is_filled_up_and_the_last_one_ends_the_writing():
    model, idx = gpt(), torch.tensor([[1], [2], [3]])
    plain = model.generate(idx, 30, generator=torch.Generator().manual_seed(0))[:, 1:]
    stop_id = 4
    end = [row.tolist().index(stop_id) for row in plain]
    assert len(set(end)) > 1  # the rows end at different places
    stopped = model.generate(
        idx, 30, stop_id=stop_id, generator=torch.Generator().manual_seed(0)
    )[:, 1:]
    assert stopped.shape[1] == max(end) + 1
    for row, full, n in zip(stopped, plain, end, strict=True):
        assert torch.equal(row[: n + 1], full[: n + 1])
        assert (row[n:] == stop_id).all()


def test_dropout_is_off_while_writing_and_back_on_afterwards():
    model, idx = gpt(dropout=0.5).train(), torch.randint(11, (1, 3))
    first, again = (model.generate(idx, 9, do_sample=False) for _ in range(2))
    assert torch.equal(first, again)
    assert model.training
    model.eval().generate(idx, 3)
    assert not model.training


def test_between_two_streamed_tokens_the_caller_has_the_mode_it_set():
    model = gpt().train()
    assert [model.training for _ in stream(model, torch.tensor([[1]]), 3)] == [True] * 3


def test_writing_keeps_no_gradients():
    model, seen = gpt(), []
    hook = lambda m, i, out: seen.append(out.requires_grad)
    model.lm_head.register_forward_hook(hook)
    for _ in stream(model, torch.tensor([[1]]), 3):
        assert torch.is_grad_enabled()
    assert seen == [False] * 3
