"""A run can always be gone on with, and nobody else writes into its folder."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from small import log, options, python, same_run, small_config

from gptlib.guard.files import read_state, write_state
from gptlib.train import Trainer, World, train
from gptlib.train.checkpoint import RunFolder
from gptlib.train.processes import ctrl_c_waits


@pytest.fixture
def small(tmp_path):
    return small_config(tmp_path)


@pytest.fixture
def whole(small):
    """A run that nothing has stopped."""
    config = replace(small, out=small.out.with_name("whole"))
    train(config)
    return config


class Stopped(Trainer):
    """A run in which the power fails in step `at`."""

    at = 13

    def train_step(self, step):
        if step == self.at:
            raise SystemError("power cut")
        return super().train_step(step)


def cut(config):
    with pytest.raises(SystemError, match="power cut"):
        train(config, Stopped)


def test_a_run_goes_on_bit_for_bit_with_no_option_but_its_folder(small, whole):
    cut(small)
    assert read_state(small.out / "last" / "state.pt")["progress"]["step"] == 10
    done = python("-m", "gptlib", "train", "--out", small.out, "--resume")
    assert done.returncode == 0, done.stderr
    assert "going on after step 10 of 20" in done.stdout
    assert same_run(small, whole)


def test_a_run_that_reached_nothing_starts_anew_and_says_so(
    small, whole, monkeypatch, capsys
):
    monkeypatch.setattr(Stopped, "at", 3)
    cut(small)
    train(replace(small, resume=True))
    assert "nothing was reached yet, starting anew" in capsys.readouterr().out
    assert same_run(small, whole)


def test_a_run_killed_within_its_first_checkpoint_starts_anew(
    small, whole, monkeypatch
):
    def killed(*arguments):
        raise SystemError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_last", killed)
        with pytest.raises(SystemError):
            train(small)
    assert (small.out / "model.safetensors").exists()
    train(replace(small, resume=True))
    assert same_run(small, whole)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGINT", "SIGINT SIGINT"])
def test_a_run_that_is_stopped_from_outside_goes_on_bit_for_bit(small, sent):
    config = replace(small, steps=300, eval_interval=20)
    whole = replace(config, out=small.out.with_name("whole"))
    train(whole)
    command = [sys.executable, "-m", "gptlib", "train", *options(config)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (config.out / "last" / "state.pt").exists():
        time.sleep(0.05)
        assert process.poll() is None
    for name in sent.split():
        process.send_signal(signal.Signals[name])
    said = process.communicate()[1]
    if "SIGINT" in sent:
        assert process.returncode == 130
        assert f"--resume --out {config.out} goes on" in said
    train(replace(config, resume=True))
    assert same_run(config, whole)


def test_the_first_ctrl_c_waits_for_the_step_and_the_second_does_not():
    before = signal.getsignal(signal.SIGINT)
    with (
        pytest.raises(KeyboardInterrupt, match="stopped at once"),
        ctrl_c_waits(World()) as asked,
    ):
        signal.raise_signal(signal.SIGINT)
        assert asked.is_set()
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


KILLED = """
import os, signal, sys
from gptlib.__main__ import main
import gptlib.train.checkpoint as checkpoint
checkpoint.write_csv = lambda *a: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_process_killed_within_its_first_checkpoint_starts_anew(small, whole):
    command = ["-c", KILLED, "train", *options(small)]
    assert python(*command).returncode == -signal.SIGKILL
    assert (small.out / "model.safetensors").exists()
    with pytest.raises(FileExistsError, match="add --resume"):
        train(small)
    train(replace(small, resume=True))
    assert same_run(small, whole)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_run_killed_while_it_reads_its_text_starts_anew(small, whole, monkeypatch):
    def killed(trainer):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "load_corpus", killed)
        with pytest.raises(KeyboardInterrupt, match=f"--out {small.out} goes on"):
            train(small)
    train(replace(small, resume=True))
    assert same_run(small, whole)


@pytest.mark.parametrize("at", [0, 3, 13])
def test_a_fine_tune_goes_on_without_its_source(small, whole, monkeypatch, at):
    monkeypatch.setattr(Stopped, "at", at)
    source = small.out.with_name("source")
    shutil.copytree(whole.out, source)
    sizes = dict(n_layer=None, n_head=None, n_embd=None, block_size=None)
    tuned = replace(small, init_from=str(source), out=small.out / "tuned", **sizes)
    cut(tuned)
    shutil.rmtree(source)
    train(replace(tuned, resume=True))
    assert len(log(tuned)) == 4


def test_a_damaged_state_is_refused_and_names_the_last_good_model(small):
    cut(small)
    path = small.out / "last" / "state.pt"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"state\.pt is damaged.*--init-from"):
        train(replace(small, resume=True))


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda state: {"weights": {}}, "not that of a run of this course: no "),
        (lambda state: state | {"progress": 5}, "not that of a run"),
        (lambda state: state | {"progress": {"step": 3}}, "no .*'best'"),
        (lambda state: state | {"model": {"a": 1}}, r"state\.pt: "),
        (lambda state: state | {"settings": {}}, "no .*'learning_rate'"),
        (lambda state: state | {"text_sha256": "0"}, r"differ in \['text_sha256'\]"),
        (lambda state: state | {"optimizers": []}, "optimizers"),
    ],
)
def test_a_state_of_something_else_is_refused(small, change, told):
    cut(small)
    path = small.out / "last" / "state.pt"
    write_state(path, change(read_state(path)))
    with pytest.raises(ValueError, match=told):
        train(replace(small, resume=True))


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda record: record | {"settings": 5}, "not that of a run"),
        (lambda record: {"settings": record["settings"]}, r"no \['processes'\]"),
        (lambda record: _without(record, "steps"), r"no \['steps'\]"),
        (lambda record: _with(record, seed=5), r"not of one run, .*\['seed'\]"),
    ],
)
def test_a_damaged_record_is_refused(small, change, told):
    cut(small)
    path = small.out / "last" / "train.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ValueError, match=told):
        train(replace(small, resume=True))


def _with(record, **settings):
    return record | {"settings": record["settings"] | settings}


def _without(record, name):
    return record | {"settings": {k: v for k, v in record["settings"].items()
                                  if k != name}}  # fmt: skip


def test_another_tokenizer_or_none_is_refused(small):
    cut(small)
    path = small.out / "last" / "tokenizer.json"
    saved = json.loads(path.read_text())
    path.write_text(json.dumps(saved | {"chars": saved["chars"][::-1]}))
    with pytest.raises(ValueError, match=r"tokenizer\.json is missing, or is not the"):
        train(replace(small, resume=True))
    path.unlink()
    with pytest.raises(ValueError, match=r"tokenizer\.json is missing"):
        train(replace(small, resume=True))


def test_the_time_before_a_stop_counts(small):
    cut(small)
    path = small.out / "last" / "state.pt"
    state = read_state(path)
    state["progress"]["seconds"] = 1000.0
    write_state(path, state)
    assert 1000 < train(replace(small, resume=True)).seconds < 1100


def test_a_model_without_a_run_is_named_as_such(small, whole):
    shutil.rmtree(whole.out / "last")
    with pytest.raises(FileExistsError, match="holds a model already .* another"):
        train(whole)


def test_a_second_run_in_one_folder_is_refused_and_names_the_first(small):
    with (
        RunFolder(small.out),
        pytest.raises(OSError, match=f"another run is in .*process {os.getpid()} on"),
    ):
        train(small)
    train(small)  # the lock is gone with its holder


def test_a_run_is_not_written_over_unasked(small, whole):
    before = (whole.out / "model.safetensors").read_bytes()
    with pytest.raises(FileExistsError, match="holds a run already .*add --resume"):
        train(replace(whole, seed=7))
    assert (whole.out / "model.safetensors").read_bytes() == before


def test_a_folder_without_a_run_is_named_and_refused(small):
    with pytest.raises(FileNotFoundError, match="holds no run to go on with"):
        train(replace(small, resume=True))
    assert not small.out.exists()


def test_other_settings_are_named(small, whole):
    changed = replace(whole, resume=True, n_embd=32, seed=3)
    with pytest.raises(ValueError, match=r"'n_embd': \(16, 32\).*'seed': \(1337, 3\)"):
        train(changed)


def test_another_text_is_refused(small):
    cut(small)
    with open(small.data, "a") as file:
        file.write("more\n")
    with pytest.raises(ValueError, match="the text of .* is not the one"):
        train(replace(small, resume=True))


def test_going_on_elsewhere_is_allowed_and_said(small, capsys):
    cut(small)
    train(replace(small, resume=True, threads=2))
    said = capsys.readouterr().out
    assert "no longer bit for bit" in said and "'threads': (1, 2)" in said


def test_an_out_that_is_a_file_is_refused_at_once(small):
    small.out.write_text("a file")
    with pytest.raises(OSError, match="cannot be the folder of a run.*--out"):
        train(small)


def test_a_full_disk_is_named_and_the_run_goes_on(small, whole, monkeypatch):
    def full(*arguments):
        raise RuntimeError("[enforce fail at inline_container.cc] . unexpected pos 64")

    with monkeypatch.context() as patch:
        patch.setattr("torch.save", full)
        with pytest.raises(OSError, match=r"state\.pt could not be written .* MB free"):
            train(small)
    train(replace(small, resume=True))
    assert same_run(small, whole)


def test_the_record_of_a_text_file_has_no_stories(whole):
    record = json.loads((whole.out / "train.json").read_text())
    assert record["settings"]["stories"] is None
    assert record["settings"]["threads"] == 1


# ---- make soak ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def unstopped(tmp_path_factory):
    """A run of seconds that nothing has stopped, for all moments below."""
    config = small_config(tmp_path_factory.mktemp("unstopped"))
    config = replace(config, steps=400, eval_interval=10)
    train(config)
    return config


@pytest.mark.soak
@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("seed", range(100))
def test_a_run_stopped_at_any_moment_goes_on_bit_for_bit(unstopped, tmp_path, seed):
    chance = random.Random(seed)
    config = replace(unstopped, out=tmp_path / "run")
    command = [sys.executable, "-m", "gptlib", "train", *options(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(0.5, 12.0))
    for sent in chance.choice([["SIGKILL"], ["SIGINT"], ["SIGINT", "SIGINT"]]):
        process.send_signal(signal.Signals[sent])  # does nothing if it has ended
    process.wait()
    begun = (config.out / "last" / "train.json").exists()
    train(replace(config, resume=begun))
    assert same_run(config, unstopped)
