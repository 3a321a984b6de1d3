import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from gptlib import GPT, GPTConfig
from gptlib.show.sample import SampleConfig, sample, write
from gptlib.text.tokenizers import BPETokenizer, CharTokenizer


@pytest.fixture
def folder(tmp_path):
    """A random model of characters that the samples can be told from."""
    tokenizer = CharTokenizer("\nabcdefgh")
    config = GPTConfig(9, block_size=8, n_layer=1, n_head=1, n_embd=8)
    GPT(config).save_pretrained(tmp_path)
    tokenizer.save(tmp_path / "tokenizer.json")
    return tmp_path


def test_the_same_seed_writes_the_same_and_another_writes_something_else(
    folder, capsys
):
    texts = []
    for seed in (1, 1, 2):
        sample(SampleConfig(model=str(folder), seed=seed))
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]


def test_one_line_ends_at_the_newline_and_otherwise_goes_on(folder, capsys):
    config = SampleConfig(model=str(folder), seed=1, num_samples=1, max_new_tokens=200)
    sample(config)
    line = capsys.readouterr().out
    sample(replace(config, one_line=False))
    text = capsys.readouterr().out
    assert line.strip() == text.split("\n")[0]
    assert len(text.strip("\n")) > 150


def test_the_prompt_stands_before_what_is_written(folder, capsys):
    sample(SampleConfig(model=str(folder), prompt="\nabc", num_samples=2))
    stories = capsys.readouterr().out.rstrip("\n").split("\n\n")
    assert sum(story.strip().startswith("abc") for story in stories) == 2


def test_every_setting_reaches_the_sampler(folder, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        "gptlib.show.sample.stream",
        lambda *a, **options: seen.update(options) or iter(()),
    )
    given = dict(do_sample=False, temperature=0.7, top_k=3, top_p=0.9, use_cache=False)
    sample(SampleConfig(model=str(folder), **given))
    assert seen == given | {"stop_id": 0}


def test_pieces_join_to_the_text_also_within_characters():
    tokenizer = BPETokenizer([])  # bytes: é is two tokens
    model = GPT(GPTConfig(256, block_size=8, n_layer=1, n_head=1, n_embd=8))
    ids = iter([[195], [169], [97]])
    logits = torch.full((1, 256), -1e9)
    model.hidden = lambda idx, cache=None: torch.zeros(1, 1, 8)
    model.lm_head.forward = lambda x: logits.index_fill(1, torch.tensor(next(ids)), 0.0)
    config = SampleConfig(prompt="x", max_new_tokens=3)
    assert list(write(config, model, tokenizer)) == ["é", "a"]


@pytest.mark.parametrize(
    "bad, message",
    [
        (dict(prompt=""), "prompt is empty"),
        (dict(num_samples=0), "num_samples must be at least 1, got 0"),
        (dict(temperature=0.0), "temperature must be above 0"),
        (dict(top_p=2.0), "top_p must be"),
    ],
)
def test_bad_settings_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        SampleConfig(**bad)


def test_the_command_line_writes_and_its_errors_are_one_line(folder):
    command = [sys.executable, "-m", "gptlib", "sample", "--model", str(folder)]
    done = subprocess.run([*command, "--prompt", "abc"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("abc")
    bad = subprocess.run([*command, "--prompt", "xyz"], capture_output=True, text=True)
    assert bad.returncode == 1
    assert bad.stderr.startswith("error: unknown character 'x' at position 0")
    assert len(bad.stderr.strip().splitlines()) == 1
