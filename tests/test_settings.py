"""What a run is told: defaults, what is refused before anything is written, sources."""

import subprocess
import sys
from dataclasses import fields, replace

import pytest
import torch
from safetensors.torch import load_file
from small import python, small_config

from gptlib.model import GPT
from gptlib.train import TrainConfig, Trainer, lr_factor, pick_device, train
from gptlib.train.config import RATES, resolved
from gptlib.train.start import wants_flash

TUNED = dict(n_layer=None, n_head=None, n_embd=None, block_size=None)


@pytest.fixture
def small(tmp_path):
    return small_config(tmp_path)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A trained model to fine-tune, and the config that made it."""
    config = small_config(tmp_path_factory.mktemp("source"))
    train(config)
    return config


def test_every_setting_has_its_value_and_those_of_the_optimizer_their_own():
    for optimizer, rates in RATES.items():
        settings = resolved(TrainConfig(optimizer=optimizer))
        assert rates.items() <= settings.items()
        open_ = {name for name, value in settings.items() if value is None}
        muon = {"muon_learning_rate"} if optimizer == "adamw" else set()
        assert open_ == {"init_from", "bpe_vocab_size"} | muon
        assert settings.keys() == {f.name for f in fields(TrainConfig)} - {
            "out",
            "resume",
        }


@pytest.mark.parametrize("steps, warmup, interval", [(5, 0, 1), (100, 10, 10)])
def test_a_short_run_warms_up_and_is_measured_within_its_steps(steps, warmup, interval):
    settings = resolved(TrainConfig(steps=steps))
    assert (settings["warmup"], settings["eval_interval"]) == (warmup, interval)


@pytest.mark.parametrize(
    "given, told",
    [
        (dict(data="my.txt", stories=10), "only the tales are made"),
        (dict(bpe_vocab_size=300), "only tokenizer bpe has it"),
        (dict(optimizer="adamw", muon_momentum=0.9), "AdamW has no Muon"),
        (dict(optimizer="adamw", muon_learning_rate=0.1), "AdamW has no Muon"),
        (dict(rule="mingpt"), "Muon has its own"),
        (dict(schedule="cosine", hold=0.5), "a cosine does not hold"),
        (dict(optimizer="adamw", hold=0.5), "a cosine does not hold"),
        (dict(init_from="gpt2", tokenizer="bpe"), "come from the model in init_from"),
        (dict(init_from="gpt2", n_layer=2), "come from the model in init_from"),
        (dict(init_from="gpt2", bias=False), "come from the model in init_from"),
    ],
)
def test_a_setting_that_would_be_ignored_is_refused(given, told):
    name = list(given)[-1]
    with pytest.raises(ValueError, match=f"'{name}'.* would be ignored, .*{told}"):
        TrainConfig(**given)


@pytest.mark.parametrize(
    "given, told",
    [
        (dict(steps=0), "steps must be at least 1, got 0"),
        (dict(batch_size=0), "batch_size must be at least 1"),
        (dict(stories=-1), "stories must be at least 0"),
        (dict(grad_clip=0), "grad_clip must be above 0"),
        (dict(beta2=1.0), "beta2 must be at least 0 and below 1"),
        (dict(min_lr_factor=1.5), "at least 0 and at most 1"),
        (dict(learning_rate=-1e-3), "learning_rate must be at least 0"),
        (dict(dtype="float16"), r"one of \('float32', 'bfloat16'\), got 'float16'"),
        (dict(optimizer="sgd"), "'sgd'"),
        (dict(n_head=3), "n_embd = 16 does not divide by n_head = 3"),
        (dict(dropout=1.0), "dropout must be at least 0 and below 1"),
        (dict(accumulate=3), "batch_size = 16 does not divide by 3"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_written(small, given, told):
    tiny = dict(n_layer=1, n_head=2, n_embd=16, block_size=16, steps=2)
    with pytest.raises(ValueError, match=told):
        train(TrainConfig(**(dict(out=small.out, data=small.data) | tiny | given)))
    assert not small.out.exists()


def test_fine_tuning_starts_from_the_weights_and_the_tokenizer_of_a_model(source):
    config = replace(source, init_from=str(source.out), **TUNED)
    trainer, model = Trainer(config), GPT.from_pretrained(source.out)
    assert trainer.tokenizer.vocab_size == model.config.vocab_size
    for name, p in trainer.model.state_dict().items():
        assert torch.equal(p, model.state_dict()[name]), name
    assert trainer.model.config.dropout == 0.2  # the run's, not the file's
    peaks = [group["peak"] for group in trainer.groups()]
    assert peaks == pytest.approx([5e-4, 3e-3])  # a tenth of what a new model gets


def test_fine_tuning_may_shorten_a_model_and_not_lengthen_it(source):
    tuned = replace(source, init_from=str(source.out), **TUNED)
    model = Trainer(replace(tuned, block_size=9)).model
    long = load_file(source.out / "model.safetensors")["transformer.wpe.weight"]
    assert torch.equal(model.transformer.wpe.weight, long[:9])
    with pytest.raises(ValueError, match="17"):
        Trainer(replace(tuned, block_size=17))


def test_fine_tuning_from_nothing_is_refused_at_once_and_leaves_no_folder(small):
    missing = str(small.out / "typo")
    with pytest.raises(FileNotFoundError, match="typo"):
        train(replace(small, init_from=missing, **TUNED))
    assert not small.out.exists()


def test_fine_tuning_on_characters_that_the_model_lacks_names_them_all(small, source):
    other = small.out.with_name("other.txt")
    other.write_text("Quick, 7 kites!\n" * 20)
    config = replace(small, data=str(other), init_from=str(source.out), **TUNED)
    with pytest.raises(ValueError, match=r"'Q' \(18\).*'!' \(18\)"):
        train(config)
    assert not small.out.exists()


def test_a_device_that_is_not_here_is_refused_and_auto_finds_one():
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    for name, yes in here.items():
        if not yes:
            with pytest.raises(ValueError, match=f"'{name}' is not available"):
                pick_device(name)
    found = pick_device("auto").type
    assert found == next((name for name, yes in here.items() if yes), "cpu")


@pytest.mark.parametrize(
    "have, found", [(["cuda", "mps"], "cuda"), (["mps"], "mps"), ([], "cpu")]
)
def test_auto_takes_the_gpu_that_there_is(have, found, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: "cuda" in have)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: "mps" in have)
    assert pick_device("auto", local_rank=1).type == found
    assert pick_device("cpu").type == "cpu"


def test_on_the_command_line_a_mistake_is_one_line(small):
    done = python("-m", "gptlib", "train", "--out", small.out, "--n-head", "3")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    done = python("-m", "gptlib", "train", "--stepz", "3")
    assert done.returncode == 2 and "--steps" in done.stderr


def test_help_names_every_setting():
    said = python("-m", "gptlib", "train", "--help").stdout
    for field in fields(TrainConfig):
        assert f"--{field.name.replace('_', '-')}" in said


@pytest.mark.parametrize(
    "device, dtype, block_size, fused",
    [
        ("cpu", "float32", 64, True),
        ("cpu", "bfloat16", 320, False),
        ("cpu", "bfloat16", 1024, True),
        ("cuda", "bfloat16", 320, True),
    ],
)
def test_auto_takes_the_attention_that_is_faster(device, dtype, block_size, fused):
    settings = dict(flash="auto", device=device, dtype=dtype)
    assert wants_flash(settings, block_size) == fused


@pytest.mark.parametrize("choice", ["on", "off"])
def test_the_attention_that_was_asked_for_is_taken(small, source, choice):
    fresh = replace(small, flash=choice)
    tuned = replace(source, init_from=str(source.out), flash=choice, **TUNED)
    for config in (fresh, tuned):
        model = Trainer(config).model
        flags = {block.attn.flash for block in model.transformer.h}
        assert flags == {choice == "on"} == {model.config.flash}


def test_a_rate_holds_as_long_as_it_is_told_to():
    settings = resolved(TrainConfig(steps=100, warmup=0, hold=0.7))
    rates = [lr_factor(settings, step) for step in range(101)]
    assert rates[:70] == [1.0] * 70
    assert rates[85] == pytest.approx(0.5) and rates[100] == 0.0


def test_an_option_that_was_typed_counts_also_with_its_defaults_value(small):
    told = ("--optimizer", "adamw", "--muon-momentum", "0.95")
    done = python("-m", "gptlib", "train", "--out", small.out, *told)
    assert done.returncode == 1 and "'muon_momentum': 0.95} would be" in done.stderr
    train(small)
    more = ("--resume", "--steps", "7000", "--lr=0.005", "--threads", "1")
    done = python("-m", "gptlib", "train", "--out", small.out, *more)
    assert done.returncode == 1 and "'steps': (20, 7000)" in done.stderr
    assert "threads" not in done.stderr and "learning_rate" not in done.stderr
    done = python("-m", "gptlib", "train", "--out", small.out, "--resume")
    assert done.returncode == 0 and "is finished, after all its 20" in done.stdout


def test_the_threads_are_put_back(small):
    before = torch.get_num_threads()
    train(replace(small, threads=before + 1, steps=3))
    assert torch.get_num_threads() == before


def test_usage_is_printed_for_who_reads_only_its_first_line():
    command = [sys.executable, "-c", "import gptlib.__main__ as m; m.main([])"]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    done.stdout.close()
    assert done.communicate()[1] == b""
