import subprocess
import sys
from dataclasses import fields, replace

import pytest
import torch

from gptlib import GPT, GPTConfig
from gptlib.show.sample import SampleConfig, pieces, sample
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
    assert seen == given


def written(ids, tokenizer, **settings):
    """The pieces of a sample by a model that writes `ids`, whatever it has read."""
    sizes = dict(block_size=8, n_layer=1, n_head=1, n_embd=8)
    model, rest = GPT(GPTConfig(tokenizer.vocab_size, **sizes)), iter(ids)
    one_hot = torch.eye(tokenizer.vocab_size)
    model.lm_head.forward = lambda x: one_hot[None, next(rest)]
    settings = dict(prompt="x", max_new_tokens=len(ids), do_sample=False) | settings
    return list(pieces(SampleConfig(**settings), model, tokenizer))


def test_a_piece_ends_with_a_whole_character():
    tokenizer = BPETokenizer([])  # bytes: é is two tokens
    assert written([195, 169, 97], tokenizer) == ["é", "a"]


@pytest.mark.parametrize("ids", [[97, 195], [97, 226, 130], [255, 97, 0xF0, 0x9F]])
def test_pieces_join_to_the_text_also_if_it_ends_within_a_character(ids):
    tokenizer = BPETokenizer([])
    assert "".join(written(ids, tokenizer)) == tokenizer.decode(ids)


@pytest.mark.parametrize("one_line, text", [(True, "a"), (False, "a\n\nb")])
def test_one_line_also_ends_at_a_newline_within_a_token(one_line, text):
    tokenizer = BPETokenizer([(b"\n", b"\n")])
    assert tokenizer.encode("a\n\n") == [97, 256]
    assert "".join(written([97, 256, 98], tokenizer, one_line=one_line)) == text


def test_samples_stand_a_blank_line_apart(folder, capsys):
    sample(SampleConfig(model=str(folder), seed=1, num_samples=2))
    text = capsys.readouterr().out
    assert text.endswith("\n\n") and "\n\n\n" not in text


@pytest.mark.parametrize(
    "bad, message",
    [
        (dict(prompt=""), "prompt is empty"),
        (dict(num_samples=0), "num_samples must be at least 1, got 0"),
        (dict(max_new_tokens=-1), "max_new_tokens must be at least 0, got -1"),
        (dict(temperature=0.0), "temperature must be above 0.*--no-do-sample"),
        (dict(top_p=2.0), "top_p must be"),
    ],
)
def test_bad_settings_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        SampleConfig(**bad)


def test_every_default_can_be_shown_in_help():
    assert all(str(field.default).isprintable() for field in fields(SampleConfig))


def test_the_command_line_writes_and_its_errors_are_one_line(folder):
    command = [sys.executable, "-m", "gptlib", "sample", "--model", str(folder)]
    done = subprocess.run([*command, "--prompt", "abc"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("abc")
    bad = subprocess.run([*command, "--prompt", "xyz"], capture_output=True, text=True)
    assert bad.returncode == 1 and not bad.stdout
    assert bad.stderr.startswith("error: unknown character 'x' at position 0")
    assert len(bad.stderr.strip().splitlines()) == 1
