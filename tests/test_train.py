"""The loop: what a step computes, what is measured and kept, and when it stops."""

import copy
import random
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from small import TEXT, log, same_run, small_config, weights
from torch.testing import assert_close

from gptlib import GPT, loss_fn
from gptlib.loss import evaluate
from gptlib.optim import cosine_lr, hold_lr, muon_names
from gptlib.pretrained import state_to_hf
from gptlib.text.tokenizers import load_tokenizer
from gptlib.train import Trainer, World, make_batches, train
from gptlib.train.config import resolved
from gptlib.train.progress import rising


@pytest.fixture
def small(tmp_path):
    return small_config(tmp_path)


def test_training_lowers_the_loss_and_leaves_a_model_a_log_and_a_state(small):
    progress = train(replace(small, steps=60, learning_rate=1e-2))
    rows = log(small)
    assert [row["step"] for row in rows] == list(range(5, 61, 5))
    assert rows[-1]["val_loss"] < 0.7 * rows[0]["val_loss"]
    assert progress.best == min(row["val_loss"] for row in rows)
    names = {p.name for p in small.out.iterdir()}
    model = {"model.safetensors", "config.json", "tokenizer.json", "train.json"}
    assert names == model | {"log.csv", "last"}
    last = {p.name for p in (small.out / "last").iterdir()} - {"lock"}
    assert last == model | {"state.pt"}


def test_the_best_weights_have_the_loss_that_the_log_says(small):
    progress, trainer = train(small), Trainer(small)
    best = GPT.from_pretrained(small.out)
    assert evaluate(best, *trainer.val_rows) == pytest.approx(progress.best, rel=1e-6)


def test_the_best_weights_stay_when_the_loss_rises_again(small, monkeypatch):
    losses = iter([2.0, 1.0, 3.0, 1.5])
    monkeypatch.setattr("gptlib.train.loop.evaluate", lambda *rows: next(losses))
    assert train(small).best == 1.0
    best, last = load_file(small.out / "model.safetensors"), weights(small)
    assert not torch.equal(
        best["transformer.wte.weight"], last["transformer.wte.weight"]
    )


def test_the_saved_tokenizer_reads_the_corpus(small):
    train(small)
    tokenizer = load_tokenizer(small.out / "tokenizer.json")
    assert tokenizer.decode(tokenizer.encode(TEXT)) == TEXT
    assert tokenizer.vocab_size == GPT.from_pretrained(small.out).config.vocab_size


def test_the_same_seed_gives_the_same_run_and_another_does_not(small):
    first, again = small, replace(small, out=small.out / "again")
    other = replace(small, out=small.out / "other", seed=5)
    for config in (first, again, other):
        train(config)
    assert same_run(first, again)
    first, other = weights(first), weights(other)
    assert not any(torch.equal(first[n], other[n]) for n in first if "wte" in n)


def assert_near(mine, expected, start, optimizer):
    """Equal up to rounding, which is larger where PyTorch's Muon stands beside ours."""
    if optimizer == "adamw":
        assert_close(mine, expected, atol=1e-5, rtol=1e-4)
    else:
        assert (mine - expected).norm() < 0.05 * (expected - start).norm()


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_accumulated_micro_batches_are_one_big_batch(small, optimizer):
    plain = replace(small, dropout=0.0, optimizer=optimizer, out=small.out / "1")
    split = replace(plain, accumulate=4, out=small.out / "4")
    for config in (plain, split):
        train(config)
    mine, expected = weights(split), weights(plain)
    start = state_to_hf(Trainer(plain).model)
    for name in expected:
        assert_near(mine[name], expected[name], start[name], optimizer)


def test_each_step_sees_other_rows_and_the_same_ones_again(small):
    split, settings = Trainer(small).train_split, resolved(small)
    batch = lambda step: next(make_batches(split, settings, step, 16, World()))[0]
    assert torch.equal(batch(4), batch(4))
    assert not torch.equal(batch(4), batch(5))


def optimizers_by_hand(model, config):
    """What a person would write down for this config."""
    blocks = model.transformer.h
    linear = [m for b in blocks for m in b.modules() if isinstance(m, torch.nn.Linear)]
    inside = [m.weight for m in linear]
    rest = [p for p in model.parameters() if all(p is not q for q in inside)]
    if config.optimizer == "muon":
        return [
            torch.optim.AdamW(rest, lr=5e-3, betas=(0.8, 0.97), weight_decay=0),
            torch.optim.Muon(inside, lr=0.03, momentum=0.9, weight_decay=0.3),
        ]
    groups = [{"params": inside, "weight_decay": 0.3},
              {"params": rest, "weight_decay": 0.0}]  # fmt: skip
    return [torch.optim.AdamW(groups, lr=3e-3, betas=(0.8, 0.97))]


@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize(
    "more",
    [dict(optimizer="adamw", rule="mingpt"), dict(optimizer="muon", muon_momentum=0.9)],
    ids=["adamw", "muon"],
)
def test_the_loop_is_the_one_that_a_person_would_write(small, accumulate, more):
    config = replace(
        small,
        dropout=0.0,
        accumulate=accumulate,
        steps=7,
        eval_interval=7,
        weight_decay=0.3,
        beta1=0.8,
        beta2=0.97,
        grad_clip=0.5,
        min_lr_factor=0.1,
        **more,
    )
    trainer = Trainer(config)
    model, start = copy.deepcopy(trainer.model), copy.deepcopy(trainer.model)
    start = dict(start.named_parameters())
    optimizers = optimizers_by_hand(model, config)
    groups = [group for each in optimizers for group in each.param_groups]
    peaks = [group["lr"] for group in groups]
    schedule = cosine_lr if config.optimizer == "adamw" else hold_lr
    whole = resolved(config) | {"accumulate": 1}
    for step in range(7):
        for group, peak in zip(groups, peaks, strict=True):
            group["lr"] = schedule(
                step, peak=peak, min_lr=0.1 * peak, warmup=2, total=7
            )
        ((X, y),) = make_batches(trainer.train_split, whole, step, 16, World())
        model.zero_grad()
        loss_fn(model(X), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        for optimizer in optimizers:
            optimizer.step()
    trainer.run()
    expected = dict(model.named_parameters())
    for name, p in trainer.model.named_parameters():
        assert_near(p, expected[name], start[name], config.optimizer)


def test_the_loss_of_a_step_is_that_of_its_batch(small):
    trainer = Trainer(replace(small, dropout=0.0))
    ((X, y),) = trainer.batches(0)
    expected = loss_fn(trainer.model(X), y).item()
    assert trainer.train_step(0)[0].item() == pytest.approx(expected)


def test_the_gradient_is_clipped_and_its_length_from_before_is_told(small, monkeypatch):
    trainer, seen = Trainer(replace(small, grad_clip=1e-3)), []
    gradients = lambda: [p.grad.norm() for p in trainer.model.parameters()]
    for optimizer in trainer.optimizers:
        note = lambda: seen.append(torch.stack(gradients()).norm().item())
        monkeypatch.setattr(optimizer, "step", note)
        monkeypatch.setattr(optimizer, "zero_grad", lambda set_to_none: None)
    assert trainer.train_step(0)[1] > 0.1
    assert seen == pytest.approx([1e-3, 1e-3], rel=1e-3)


def test_the_learning_rate_of_the_log_follows_the_schedule(small):
    train(replace(small, optimizer="adamw", learning_rate=0.1, min_lr_factor=0.2))
    lr = lambda step: cosine_lr(step, peak=0.1, min_lr=0.02, warmup=2, total=20)
    assert [row["learning_rate"] for row in log(small)] == [
        pytest.approx(lr(step)) for step in (4, 9, 14, 19)
    ]


def test_both_optimizers_follow_the_schedule_each_from_its_own_peak(small):
    trainer = Trainer(replace(small, learning_rate=0.5, muon_learning_rate=0.25))
    trainer.train_step(0)  # the first of two steps of warm-up
    assert [group["lr"] for group in trainer.groups()] == [0.25, 0.125]
    muon = {id(p) for p in trainer.optimizers[1].param_groups[0]["params"]}
    named = dict(trainer.model.named_parameters())
    assert muon == {id(named[name]) for name in muon_names(trainer.model)}


def test_a_run_stops_early_where_it_is_told_to(small):
    trainer = Trainer(small)
    assert trainer.run(until=lambda row: row["step"] == 10).step == 10
    assert trainer.run().step == 20


@pytest.mark.parametrize("kind", ["char", "bpe"])
def test_every_tokenizer_trains(small, kind):
    size = 280 if kind == "bpe" else None
    config = replace(small, tokenizer=kind, bpe_vocab_size=size, steps=5)
    assert train(config).best < 6


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_model_trains_in_the_dtype_asked_for_and_is_measured_as_saved(small, name):
    trainer, seen = Trainer(replace(small, dtype=name)), set()
    note = lambda m, i, out: seen.add((torch.is_grad_enabled(), out.dtype))
    trainer.model.lm_head.register_forward_hook(note)
    trainer.run()
    assert seen == {(True, getattr(torch, name)), (False, torch.float32)}


def test_bfloat16_trains_and_keeps_float32_weights(small):
    progress = train(replace(small, dtype="bfloat16"))
    assert progress.best < 4
    assert {w.dtype for w in weights(small).values()} == {torch.float32}


def test_compile_is_asked_for_only_when_wanted_and_then_trains(small, monkeypatch):
    calls, compiled = [], []
    stand_in = lambda model: (
        compiled.append(model)
        or (lambda idx: calls.append(torch.is_grad_enabled()) or model(idx))
    )
    monkeypatch.setattr("gptlib.train.loop.compile_here", stand_in)
    plain, fused = small, replace(small, out=small.out / "c", compile=True)
    train(plain)
    assert not compiled
    train(fused)
    assert calls == [True] * 20  # steps alone: what is saved is measured as it is
    assert same_run(plain, fused)


@pytest.mark.parametrize("which, name", [(0, "train_loss"), (1, "grad_norm")])
def test_what_is_not_a_number_stops_the_run_and_keeps_what_there_was(
    small, which, name
):
    class Bursting(Trainer):
        def train_step(self, step):
            result = super().train_step(step)
            result[which] *= float("nan") if step == 12 else 1
            return result

    said = f"{name} is nan at step 15: .*smaller learning_rate"
    with pytest.raises(FloatingPointError, match=said):
        train(small, Bursting)
    assert [row["step"] for row in log(small)] == [5, 10]
    assert all(w.isfinite().all() for w in weights(small).values())
    best = load_file(small.out / "model.safetensors")
    assert all(w.isfinite().all() for w in best.values())


def test_after_a_burst_before_the_first_checkpoint_the_folder_is_free(small):
    with pytest.raises(FloatingPointError, match="at step 5"):
        train(replace(small, learning_rate=1e30, grad_clip=1e30))
    assert train(small).step == 20


@pytest.mark.parametrize("losses", [[3.02, 3.4, 3.9, 4.45], [2, 1, 1.02, 1.04, 1.06]])
def test_a_validation_loss_that_rises_is_warned_of(losses, small, monkeypatch, capsys):
    measured = iter(losses)
    monkeypatch.setattr("gptlib.train.loop.evaluate", lambda *rows: next(measured))
    train(replace(small, steps=5 * len(losses)))
    warned = capsys.readouterr().err.count("warning: the validation loss has risen")
    assert warned == 1
    assert not rising(losses[:-1])


def test_a_validation_loss_that_wavers_or_falls_is_not_warned_of():
    chance = random.Random(0)
    for _ in range(200):
        flat = [chance.gauss(1.0, 0.005) for _ in range(14)]
        falling = [loss + 0.1 * k for k, loss in enumerate(flat)][::-1]
        for losses in (flat, falling):
            warned = sum(bool(rising(losses[:k])) for k in range(1, 15))
            assert warned == 0, losses
