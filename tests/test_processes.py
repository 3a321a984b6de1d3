"""Several processes behind torchrun compute what one does, together.

Started by torchrun, this file is itself a run in which each process notes what it does.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from small import log, python, same_run, small_config, weights
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.testing import assert_close

from gptlib.train import Trainer, World, make_batches, train
from gptlib.train.config import resolved
from gptlib.train.processes import check_shares

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")


class Noted(Trainer):
    """A run that counts its exchanges of gradients and keeps its first dropout mask."""

    cut_at = None

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.exchanges, self.masks = 0, []
        if self.world.size > 1:
            self.forward.register_comm_hook(None, self.exchange)
        keep = lambda module, given, out: self.masks.append((out == 0).tolist())
        self.model.transformer.drop.register_forward_hook(keep)

    def exchange(self, _, bucket):
        self.exchanges += 1
        return allreduce_hook(None, bucket)

    def train_step(self, step):
        if step == self.cut_at:
            raise SystemError("power cut")
        result = super().train_step(step)
        noted = dict(exchanges=self.exchanges, mask=self.masks[0])
        note_of(self.config.out, self.world.rank).write_text(json.dumps(noted))
        return result


def note_of(out, rank):
    return out.with_name(f"{out.name}-{rank}.json")


def two_processes(config, **changes):
    """Run `config` behind torchrun; what each process noted, and what they printed."""
    changes = json.dumps(changes)
    done = python(*TORCHRUN, __file__, config.out.parent, config.out.name, changes)
    notes = [json.loads(note_of(config.out, rank).read_text()) for rank in range(2)]
    return notes, done


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_config(tmp_path_factory.mktemp("processes"))


@pytest.fixture(scope="module")
def dropping(small):
    """A run of two processes with dropout that nothing stops."""
    config = replace(small, out=small.out.with_name("dropping"))
    notes, done = two_processes(config)
    assert done.returncode == 0, done.stderr
    return config, notes


def test_two_processes_do_what_one_does_and_exchange_gradients_once_a_step(small):
    changes = dict(optimizer="adamw", dropout=0.0)
    one = replace(small, out=small.out.with_name("one"), **changes)
    train(one)
    two = replace(small, out=small.out.with_name("two"))
    notes, done = two_processes(two, accumulate=2, **changes)
    assert done.returncode == 0, done.stderr
    assert_close(weights(two), weights(one), atol=1e-5, rtol=1e-4)
    losses = [[row["train_loss"] for row in log(config)] for config in (one, two)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    # Of a tiny model all gradients travel in one bucket: 20 steps of 2 micro-batches.
    assert [note["exchanges"] for note in notes] == [20, 20]


def test_dropout_of_two_processes_differs(dropping):
    first, second = (note["mask"] for note in dropping[1])
    assert first != second
    share = sum(sum(map(sum, row)) for row in first) / (4 * 16 * 16)
    assert 0.1 < share < 0.3  # dropout is 0.2


def test_a_run_of_two_processes_goes_on_bit_for_bit(small, dropping):
    config = replace(small, out=small.out.with_name("cut"))
    _, done = two_processes(config, cut_at=13)
    assert done.returncode != 0 and "power cut" in done.stderr
    _, done = two_processes(config, resume=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("going on after step 10 of 20") == 1
    assert "bit for bit" not in done.stdout  # as it would say if it were not
    assert same_run(config, dropping[0])


def test_processes_and_micro_batches_share_the_rows_of_one(small):
    trainer = Trainer(small)

    def rows(rank, size, accumulate):
        settings = resolved(replace(small, accumulate=accumulate))
        batches = make_batches(trainer.train_split, settings, 3, 16, World(rank, size))
        return [row.tolist() for X, _ in batches for row in X]

    shared = [row for rank in range(2) for row in rows(rank, 2, 2)]
    assert sorted(shared) == sorted(rows(0, 1, 1))
    assert len(shared) == 8


def test_a_batch_that_cannot_be_shared_out_is_refused(small):
    with pytest.raises(ValueError, match="8 does not divide by 6: 2 processes times"):
        check_shares(resolved(replace(small, accumulate=3)), World(0, 2))


if __name__ == "__main__":
    folder, name, changes = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    Noted.cut_at = changes.pop("cut_at", None)
    train(replace(small_config(folder), out=folder / name, **changes), Noted)
