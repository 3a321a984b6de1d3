import copy
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.testing import assert_close

from gptlib import GPT, loss_fn
from gptlib.guard.files import read_state
from gptlib.optim import cosine_lr
from gptlib.text.tokenizers import load_tokenizer
from gptlib.train import TrainConfig, Trainer, World, make_batches, pick_device, train

TEXT = "".join(f"{n} little kites, and {n + 1} in the wind.\n" for n in range(60))


@pytest.fixture
def small(tmp_path):
    """A run of seconds: one small layer with dropout, checkpoints every 5 steps."""
    (tmp_path / "text.txt").write_text(TEXT)
    return TrainConfig(
        out=tmp_path / "run",
        data=str(tmp_path / "text.txt"),
        n_layer=1,
        n_head=2,
        n_embd=16,
        block_size=16,
        dropout=0.2,
        steps=20,
        batch_size=8,
        warmup=2,
        eval_interval=5,
    )


def command(config, *more):
    """The command line for a config that differs from the defaults."""
    changed = {
        name: value
        for name, value in vars(config).items()
        if value != getattr(TrainConfig(), name)
    }
    flags = [f"--{n.replace('_', '-')}={v}" for n, v in changed.items()]
    return ["-m", "gptlib", "train", *flags, *more]


def run(arguments, **more):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, **more
    )


def weights(config):
    return load_file(config.out / "last" / "model.safetensors")


def at_step(config):
    path = config.out / "last" / "state.pt"
    return read_state(path)["progress"]["step"] if path.exists() else 0


def log(config):
    rows = csv.DictReader((config.out / "log.csv").open())
    return [{n: float(v) for n, v in row.items() if n != "seconds"} for row in rows]


def test_training_lowers_the_loss_and_leaves_a_model_a_log_and_a_state(small):
    progress = train(replace(small, steps=60, learning_rate=1e-2))
    rows = log(small)
    assert [row["step"] for row in rows] == list(range(5, 61, 5))
    assert rows[-1]["val_loss"] < 0.7 * rows[0]["val_loss"]
    assert progress.best == min(row["val_loss"] for row in rows)
    names = {p.name for p in small.out.iterdir()}
    model = {"model.safetensors", "config.json", "tokenizer.json", "train.json"}
    assert names == model | {"log.csv", "last"}
    assert {p.name for p in (small.out / "last").iterdir()} == model | {"state.pt"}


def test_the_best_weights_have_the_loss_that_the_log_says(small):
    progress = train(small)
    trainer = Trainer(replace(small, out=small.out / "fresh"))
    trainer.model.load_state_dict(GPT.from_pretrained(small.out).state_dict())
    row = trainer.checkpoint(torch.zeros(1), torch.zeros(1))
    assert row["val_loss"] == pytest.approx(progress.best, rel=1e-6)


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


def test_the_same_seed_gives_the_same_weights_and_another_does_not(small):
    runs = [replace(small, out=small.out / str(i)) for i in range(3)]
    runs[2] = replace(runs[2], seed=5)
    for config in runs:
        train(config)
    first, again, other = (weights(config) for config in runs)
    assert all(torch.equal(first[n], again[n]) for n in first)
    assert not any(torch.equal(first[n], other[n]) for n in first if "wte" in n)


def test_a_run_killed_at_a_random_moment_goes_on_bit_for_bit(small):
    whole = replace(small, out=small.out / "whole", steps=200)
    killed = replace(whole, out=small.out / "killed")
    train(whole)
    process = subprocess.Popen(
        [sys.executable, *command(killed)], stderr=subprocess.DEVNULL
    )
    wanted = random.randint(1, 100)  # kill at the first checkpoint from there on
    while not at_step(killed) >= wanted:
        time.sleep(0.001)
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    process.wait()
    assert wanted <= at_step(killed) < 200
    train(replace(killed, resume=True))
    assert all(torch.equal(weights(whole)[n], w) for n, w in weights(killed).items())
    assert log(killed) == log(whole)


def test_a_run_is_not_written_over_unasked(small):
    train(small)
    before = (small.out / "model.safetensors").read_bytes()
    with pytest.raises(FileExistsError, match="holds a run already .*add --resume"):
        train(replace(small, seed=7))
    assert (small.out / "model.safetensors").read_bytes() == before


def test_resuming_with_other_settings_names_them(small):
    train(small)
    changed = replace(small, resume=True, n_embd=32, seed=3)
    with pytest.raises(ValueError, match=r"'n_embd': \(16, 32\), 'seed': \(1337, 3\)"):
        train(changed)


def test_resuming_with_another_text_is_refused(small):
    train(small)
    Path(small.data).write_text(TEXT[::-1])
    with pytest.raises(ValueError, match="text_sha256"):
        train(replace(small, resume=True))


def test_a_model_without_its_state_is_not_written_over_either(small):
    train(small)
    shutil.rmtree(small.out / "last")
    with pytest.raises(FileExistsError, match=r"holds a run already .model\.safet"):
        train(small)


def test_resuming_nothing_says_so(small):
    with pytest.raises(FileNotFoundError, match="nothing to resume"):
        train(replace(small, resume=True))


def test_accumulated_micro_batches_are_one_big_batch(small):
    plain = replace(small, dropout=0.0, out=small.out / "1")
    split = replace(plain, accumulate=4, out=small.out / "4")
    for config in (plain, split):
        train(config)
    assert_close(weights(split), weights(plain), atol=1e-5, rtol=1e-4)


def test_two_processes_do_what_one_does_with_the_same_batch(small):
    one = replace(small, dropout=0.0, out=small.out / "one")
    two = replace(one, out=small.out / "two", accumulate=2)
    train(replace(one, accumulate=4))
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = run([*torchrun, *command(two)])
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("best validation loss") == 1
    assert_close(weights(two), weights(one), atol=1e-5, rtol=1e-4)
    losses = [[row["train_loss"] for row in log(config)] for config in (one, two)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)


def test_processes_and_micro_batches_share_the_rows_of_one(small):
    trainer = Trainer(small)
    rows = lambda rank, size, accumulate: [
        row.tolist()
        for X, _ in make_batches(
            trainer.train_split,
            replace(small, accumulate=accumulate),
            step=3,
            block_size=16,
            world=World(rank, size, 0),
        )
        for row in X
    ]
    shared = [row for rank in range(2) for row in rows(rank, 2, 2)]
    assert sorted(shared) == sorted(rows(0, 1, 1))
    assert len(shared) == 8


def test_each_step_sees_other_rows_and_the_same_ones_again(small):
    split = Trainer(small).train_split
    batch = lambda step: next(make_batches(split, small, step, 16, World(0, 1, 0)))[0]
    assert torch.equal(batch(4), batch(4))
    assert not torch.equal(batch(4), batch(5))


@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_loop_is_the_one_that_a_person_would_write(small, accumulate):
    config = replace(
        small,
        dropout=0.0,
        accumulate=accumulate,
        steps=7,
        eval_interval=7,
        weight_decay=0.3,
        beta1=0.8,
        beta2=0.97,
        rule="mingpt",
        grad_clip=0.5,
    )
    trainer = Trainer(config)
    model = copy.deepcopy(trainer.model)
    decayed = [m.weight for b in model.transformer.h for m in b.modules()
               if isinstance(m, torch.nn.Linear)]  # fmt: skip
    others = [p for p in model.parameters() if all(p is not q for q in decayed)]
    groups = [{"params": decayed, "weight_decay": 0.3},
              {"params": others, "weight_decay": 0.0}]  # fmt: skip
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.8, 0.97))
    for step in range(7):
        lr = cosine_lr(step, peak=config.learning_rate, floor=config.min_lr,
                       warmup=2, total=7)  # fmt: skip
        for group in optimizer.param_groups:
            group["lr"] = lr
        whole = replace(config, accumulate=1)
        ((X, y),) = make_batches(trainer.train_split, whole, step, 16, World(0, 1, 0))
        optimizer.zero_grad()
        loss_fn(model(X), y).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
    trainer.run()
    expected = dict(model.named_parameters())
    for name, p in trainer.model.named_parameters():
        assert_close(p, expected[name], atol=1e-5, rtol=1e-4, msg=name)


def test_dropout_of_two_processes_differs(small):
    trainer = Trainer(replace(small, dropout=0.5))
    losses = []
    for rank in (0, 1):
        trainer.world = World(rank, 1, 0)
        trainer.optimizer.step = lambda: None
        trainer.train_step(0)
        losses.append(torch.rand(1).item())  # where the generator stands now
    assert losses[0] != losses[1]


def test_a_loss_that_is_not_a_number_stops_the_run_and_keeps_what_there_was(small):
    with pytest.raises(FloatingPointError, match="at step 5: .*smaller learning_rate"):
        train(replace(small, learning_rate=1e30, grad_clip=1e30))
    assert not small.out.exists()


def test_the_gradient_is_clipped(small):
    trainer = Trainer(replace(small, grad_clip=1e-3))
    trainer.optimizer.step = lambda: seen.append(
        torch.stack([p.grad.norm() for p in trainer.model.parameters()]).norm()
    )
    seen = []
    _, norm = trainer.train_step(0)
    assert norm > 0.1
    assert seen[0].item() == pytest.approx(1e-3, rel=1e-3)


def test_the_learning_rate_of_the_log_follows_the_schedule(small):
    train(small)
    lrs = [row["learning_rate"] for row in log(small)]
    assert lrs == sorted(lrs, reverse=True)
    assert small.min_lr < lrs[-1] < 1.1 * small.min_lr + 0.05 * small.learning_rate


@pytest.mark.parametrize("kind", ["char", "bpe"])
def test_every_tokenizer_trains(small, kind):
    config = replace(small, tokenizer=kind, bpe_vocab_size=280, steps=5)
    assert train(config).best < 6


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_model_computes_in_the_dtype_asked_for_also_when_measured(small, name):
    trainer, seen = Trainer(replace(small, dtype=name)), set()
    hook = lambda m, i, out: seen.add(
        (m.training or torch.is_grad_enabled(), out.dtype)
    )
    trainer.model.lm_head.register_forward_hook(hook)
    trainer.run()
    assert seen == {(True, getattr(torch, name)), (False, getattr(torch, name))}


def test_compile_is_asked_for_only_when_wanted(small, monkeypatch):
    calls = []
    monkeypatch.setattr(torch, "compile", lambda model: calls.append(model) or model)
    Trainer(small)
    assert not calls
    trainer = Trainer(replace(small, compile=True))
    assert calls == [trainer.model]


def test_bfloat16_trains_and_keeps_float32_weights(small):
    progress = train(replace(small, dtype="bfloat16"))
    assert progress.best < 4
    assert {w.dtype for w in weights(small).values()} == {torch.float32}


def test_fine_tuning_starts_from_the_weights_and_the_tokenizer_of_a_model(small):
    train(small)
    tuned = replace(small, out=small.out / "t", init_from=str(small.out), dropout=0.0)
    trainer = Trainer(tuned)
    start = GPT.from_pretrained(small.out).state_dict()
    assert all(torch.equal(w, start[n]) for n, w in trainer.model.state_dict().items())
    assert trainer.model.config.dropout == 0
    assert trainer.model.training
    assert trainer.tokenizer.chars == load_tokenizer(small.out / "tokenizer.json").chars


def test_fine_tuning_takes_the_sizes_of_the_model_and_may_shorten_it(small):
    train(small)
    tuned = replace(
        small, out=small.out / "t", init_from=str(small.out), n_embd=64, block_size=9
    )
    train(tuned)
    settings = json.loads((tuned.out / "train.json").read_text())
    assert (settings["n_embd"], settings["block_size"]) == (16, 9)
    assert GPT.from_pretrained(tuned.out).config.block_size == 9


def test_fine_tuning_from_nothing_names_the_folder(small):
    with pytest.raises(FileNotFoundError, match="no folder ./nowhere"):
        train(replace(small, init_from="./nowhere"))


@pytest.mark.parametrize(
    "bad, message",
    [
        (dict(steps=0), "steps must be at least 1, got 0"),
        (dict(batch_size=0), "batch_size must be at least 1"),
        (dict(warmup=20), "warmup = 20 steps leave nothing of steps = 20"),
        (dict(learning_rate=1e-5), r"learning_rate = 1e-05 to min_lr = 3e-05"),
        (dict(min_lr=float("nan")), "min_lr = nan"),
        (dict(seed=-1), "seed must not be below 0, got -1"),
        (dict(grad_clip=0.0), r"grad_clip must be above 0, got 0\.0"),
        (dict(accumulate=3), "batch_size = 8 does not divide by 3"),
        (dict(n_head=3), "n_embd = 16.*n_head = 3"),
        (dict(block_size=4000), "block_size 4000.*4001 tokens"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_written(small, bad, message):
    with pytest.raises(ValueError, match=message):
        train(replace(small, **bad))
    assert not small.out.exists()


def test_a_missing_corpus_is_named(small):
    with pytest.raises(
        FileNotFoundError, match="no corpus 'poems'.*tales, shakespeare"
    ):
        train(replace(small, data="poems"))


def test_a_device_that_is_not_there_is_refused_and_auto_finds_one():
    assert pick_device("auto").type in ("cpu", "cuda", "mps")
    missing = [d for d in ("cuda", "mps") if not getattr(torch, d).is_available()]
    for name in missing:
        with pytest.raises(ValueError, match=f"'{name}' is not available.*'cpu'"):
            pick_device(name)


def test_the_command_line_trains_and_its_errors_are_one_line(small):
    done = run(command(replace(small, steps=5)))
    assert done.returncode == 0, done.stderr
    assert "best validation loss" in done.stdout
    again = run(command(replace(small, steps=5)))
    assert again.returncode == 1
    assert again.stderr.strip().startswith("error:")
    assert len(again.stderr.strip().splitlines()) == 1


def test_help_names_every_field():
    text = run(["-m", "gptlib", "train", "--help"]).stdout
    assert all(f"--{n.replace('_', '-')}" in text for n in vars(TrainConfig()))


def test_the_loss_of_a_step_is_that_of_its_batch(small):
    trainer = Trainer(replace(small, dropout=0.0))
    ((X, y),) = make_batches(trainer.train_split, small, 0, 16, trainer.world)
    expected = loss_fn(trainer.model(X), y).item()
    assert trainer.train_step(0)[0].item() == pytest.approx(expected)


def test_paths_in_the_config_may_be_strings(small):
    train(replace(small, out=str(small.out)))
    assert (small.out / "log.csv").exists()
