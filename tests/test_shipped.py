"""What is said of the model in data/tales-gpt is what it does."""

import csv
import json
import re
from pathlib import Path

import pytest
import torch

from gptlib import GPT
from gptlib.guard.files import DATA
from gptlib.loss import evaluate
from gptlib.text.batches import eval_rows, make_split
from gptlib.text.corpora import load_text
from gptlib.text.tales import read
from gptlib.text.tokenizers import load_pretrained_tokenizer
from gptlib.train.config import TrainConfig, resolved

FOLDER = DATA / "tales-gpt"
README = (Path(__file__).resolve().parent.parent / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def shipped():
    return GPT.from_pretrained(FOLDER), load_pretrained_tokenizer(FOLDER)


@pytest.fixture(scope="module")
def losses(shipped):
    """The model's loss on the whole validation split, and the floor there."""
    model, tokenizer = shipped
    _, val_text = load_text("tales")
    val = make_split(val_text, tokenizer, by_story=True)
    rows = eval_rows(val.ids, model.config.block_size, val.starts)
    stories = val_text.strip("\n").split("\n")
    nats = sum(read(story).nats for story in stories)
    return evaluate(model, *rows), nats / (len(val_text) - 1)


def test_the_readme_states_its_loss_the_floor_and_their_ratio(losses):
    loss, floor = losses
    said = re.search(r"\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|\n", README)
    assert float(said[1]) == pytest.approx(loss, abs=6e-4)
    assert float(said[2]) == pytest.approx(floor, abs=6e-5)
    assert float(said[3]) == pytest.approx(loss / floor, abs=2e-3)


def test_it_is_close_to_the_floor_and_not_below(losses):
    loss, floor = losses
    assert floor < loss < 1.015 * floor


def test_its_log_ends_where_it_is(losses):
    rows = list(csv.DictReader((FOLDER / "log.csv").open()))
    best = min(float(row["val_loss"]) for row in rows)
    assert best == pytest.approx(losses[0], rel=1e-4)
    settings = json.loads((FOLDER / "train.json").read_text("utf-8"))["settings"]
    assert int(rows[-1]["step"]) == settings["steps"]


def test_its_settings_are_the_defaults_of_train():
    """So that the command in data/README.md, which has no option, is the one."""
    saved = json.loads((FOLDER / "train.json").read_text("utf-8"))["settings"]
    assert saved == resolved(TrainConfig(threads=saved["threads"]))


def test_it_has_about_0_8_million_parameters(shipped):
    model, tokenizer = shipped
    assert 0.75e6 < model.get_num_params(non_embedding=False) < 0.9e6
    assert model.config.vocab_size == tokenizer.vocab_size == 55


@pytest.fixture(scope="module")
def written(shipped):
    """Twenty tales, as the tour has them written."""
    model, tokenizer = shipped
    (newline,) = tokenizer.encode("\n")
    idx = torch.full((20, 1), newline)
    chance = torch.Generator().manual_seed(1337)
    options = dict(temperature=0.8, stop_id=newline, generator=chance)
    rows = model.generate(idx, 320, **options)
    return [tokenizer.decode(row).strip("\n") for row in rows]


def test_most_of_what_it_writes_is_without_a_fault(written):
    """15 of 20 where it was made; another processor may draw other tales."""
    assert sum(good_part(tale) == len(tale) for tale in written) >= 9
    assert sum(map(good_part, written)) / len(written) > 120


@pytest.mark.soak  # its 100,000 stories take half a minute to write
def test_nothing_that_it_writes_stands_in_the_stories_that_it_read(written):
    stories = json.loads((FOLDER / "train.json").read_text("utf-8"))["settings"]
    read_by_it = load_text("tales", stories=stories["stories"])[0]
    assert read_by_it.count("\n") == 100_001
    assert not any(f"\n{tale}\n" in read_by_it for tale in written)


def good_part(tale):
    """How many characters the grammar reads before the first fault."""
    try:
        return len(read(tale).text)
    except ValueError as fault:  # "at character 105: found ..."
        return int(re.match(r"at character (\d+)", str(fault))[1])
