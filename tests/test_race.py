"""The race: what its recipes are, that its clock is fair, and that it can be run."""

import csv
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from gptlib.guard.files import DATA
from gptlib.speed import race
from gptlib.speed.race import PLAIN, RECIPES, RaceConfig, Recipe, Text, make_model, run
from gptlib.text.batches import eval_rows

TINY = dict(n_layer=1, n_head=2, n_embd=8, block_size=8, batch_size=2, warmup=1)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("race") / "text.txt"
    path.write_text("the hen then the other hen\n" * 40, encoding="utf-8")
    return Text(str(path))


def tiny(recipe: Recipe, **given) -> Recipe:
    return replace(recipe, **(TINY | dict(steps=4, eval_every=2) | given))


def test_the_plain_recipe_is_nanogpts_for_a_cpu():
    sizes = dict(n_layer=4, n_head=4, n_embd=128, block_size=64, batch_size=12)
    assert sizes.items() <= vars(PLAIN).items()
    rates = dict(learning_rate=1e-3, floor=0.1, warmup=100, steps=2000, beta2=0.99)
    assert rates.items() <= vars(PLAIN).items()
    assert PLAIN.weight_decay == 0.1
    assert not (PLAIN.vectorised or PLAIN.muon or PLAIN.bfloat16)
    assert not (PLAIN.hold or PLAIN.reach)
    config = make_model(PLAIN, 65).config
    assert (config.bias, config.gelu, config.dropout) == (False, "exact", 0.0)


def test_no_recipe_has_more_parameters_or_a_longer_view_than_the_plain_one():
    counts = [make_model(r, 65).get_num_params(non_embedding=False) for r in RECIPES]
    assert max(counts) == counts[0]
    assert {recipe.block_size for recipe in RECIPES} == {64}
    assert len({recipe.idea for recipe in RECIPES}) == len(RECIPES)


def test_a_convolution_adds_the_vectors_before_and_at_first_nothing():
    x = torch.randn(2, 5, 3)
    conv = race.ShortConv(3, reach=2)
    assert_close(conv(x), x, rtol=0, atol=0)
    assert_close(conv(x[:, :1]), x[:, :1], rtol=0, atol=0)  # shorter than its reach
    weight = torch.nn.init.normal_(conv.weight)  # (reach, C)
    theirs = torch.nn.Conv1d(3, 3, 3, groups=3, bias=False)
    with torch.no_grad():
        theirs.weight[:, 0] = torch.stack((weight[1], weight[0], torch.ones(3)), -1)
        padded = F.pad(x, (0, 0, 2, 0)).mT
        assert_close(conv(x), theirs(padded).mT)


def test_with_convolutions_no_place_hears_a_later_one():
    model = make_model(tiny(RECIPES[-1]), 7)
    for name, p in model.named_parameters():
        if "ln_" in name:
            torch.nn.init.normal_(p)
    idx = torch.randint(7, (1, 8))
    changed = idx.clone()
    changed[0, 5] = (idx[0, 5] + 1) % 7
    with torch.no_grad():
        difference = (model(idx) - model(changed)).abs().amax(dim=-1)[0]
    assert (difference[:5] == 0).all() and (difference[5:] > 0).all()


def test_only_the_last_recipe_leaves_gpt_2():
    names = [set(make_model(r, 65).state_dict()) for r in RECIPES]
    assert all(
        any("ln_1.1." in n for n in some) == (some is names[-1]) for some in names
    )


def test_a_rate_that_holds_rises_stays_and_falls_in_a_line():
    recipe = Recipe(hold=True, steps=10, warmup=2)
    found = [race.lr_factor(recipe, step) for step in range(1, 11)]
    assert found == pytest.approx(
        [1 / 2, 1, 1, 1, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]
    )


def test_two_ways_of_making_a_batch_give_the_same_one(text):
    torch.manual_seed(1)
    sliced = race.sliced_batch(text.train, 8, 3)
    torch.manual_seed(1)
    assert_close(sliced, race.get_batch(text.train, 8, 3), rtol=0, atol=0)


@pytest.mark.parametrize("recipe", [PLAIN, replace(PLAIN, muon=0.02), RECIPES[-1]])
def test_each_parameter_has_one_optimizer(recipe, text):
    model = make_model(tiny(recipe), text.vocab_size)
    optimizers = race.make_optimizers(model, recipe)
    groups = [group for each in optimizers for group in each.param_groups]
    held = [id(p) for group in groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in model.parameters())
    assert len(optimizers) == 1 + bool(recipe.muon)
    muons = {id(p) for each in optimizers[1:] for p in each.param_groups[0]["params"]}
    names = {n for n, p in model.named_parameters() if id(p) in muons}
    ends = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
    assert names == {f"transformer.h.0.{e}.weight" for e in ends if recipe.muon}
    for group in groups:
        assert all(
            (p.dim() == 2) == (group["weight_decay"] > 0) for p in group["params"]
        )


def test_the_plain_run_is_the_one_that_a_person_would_write(text):
    recipe = tiny(PLAIN, steps=6)
    found, rows = race.train(recipe, text, seed=3)
    torch.manual_seed(3)
    model = make_model(recipe, text.vocab_size)
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    groups = [dict(params=matrices, weight_decay=0.1), dict(params=vectors)]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.0)
    for step in range(6):
        for group in optimizer.param_groups:
            group["lr"] = race.cosine_lr(step, peak=1e-3, floor=1e-4, warmup=1, total=6)
        starts = torch.randint(len(text.train) - 8, (2,))
        at = starts[:, None] + torch.arange(8)
        logits = model(text.train[at])
        F.cross_entropy(logits.flatten(0, 1), text.train[at + 1].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    X, y = eval_rows(text.val, 8)
    assert_close(found.state_dict(), model.state_dict())
    assert rows[-1]["val_loss"] == pytest.approx(race.evaluate(model, X, y), abs=1e-4)


def test_a_run_stops_at_the_first_loss_that_is_low_enough(text):
    rows = run(tiny(PLAIN, steps=6), text, seed=1)
    assert [row["step"] for row in rows] == [2, 4, 6]
    losses = [row["val_loss"] for row in rows]
    assert losses[0] > losses[1] > losses[2]
    stopped = run(tiny(PLAIN, steps=6), text, seed=1, target=losses[1])
    assert [row["val_loss"] for row in stopped] == losses[:2]
    assert stopped[-1]["tokens"] == 4 * 2 * 8


def test_the_clock_does_not_run_while_the_loss_is_measured(text, monkeypatch):
    now = [0.0]

    def evaluate(*args, **options):
        now[0] += 1000
        return 5.0

    def step(*args):
        now[0] += 2

    monkeypatch.setattr(race, "evaluate", evaluate)
    monkeypatch.setattr(race, "train_step", step)
    monkeypatch.setattr(race, "clocks", lambda: np.array([now[0], now[0] / 2]))
    rows = run(tiny(PLAIN, steps=6), text, seed=1)
    assert [row["seconds"] for row in rows] == [4, 8, 12]
    assert [row["cpu_seconds"] for row in rows] == [2, 4, 6]


@pytest.mark.parametrize("recipe", RECIPES[1:], ids=lambda recipe: recipe.idea)
def test_every_faster_recipe_learns(recipe, text):
    recipe = tiny(recipe, steps=40, eval_every=20)
    rows = run(recipe, text, seed=1)
    assert rows[-1]["val_loss"] < rows[0]["val_loss"] < math.log(text.vocab_size)


def test_the_race_writes_a_line_a_measurement(text, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(race, "Text", lambda name: text)
    monkeypatch.setattr(race, "RECIPES", (tiny(PLAIN), tiny(PLAIN, idea="other")))
    now = iter(range(1_000_000))
    monkeypatch.setattr(race, "clocks", lambda: np.array([next(now), 0.0]))
    config = RaceConfig(out=tmp_path / "new" / "race.csv", seeds=(1, 2))
    rows = race.race(config)
    with open(config.out, newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == len(rows) == 2 * (2 + 50 + 2)
    assert {(row["idea"], row["seed"]) for row in read} == {
        (idea, seed) for idea in ("plain", race.ESTIMATE, "other") for seed in "12"
    }
    assert capsys.readouterr().out.count(" x") == 4


@pytest.mark.parametrize(
    "bad, message",
    [
        (dict(seeds=()), "seeds must be one or more"),
        (dict(threads=-1), "threads must not be below 0, got -1"),
        (dict(steps=-2), "steps must not be below 0, got -2"),
        (dict(only="Moun"), "no recipe holds 'Moun': the recipes are plain, "),
    ],
)
def test_bad_settings_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        RaceConfig(**bad)


def test_a_trial_takes_the_recipes_that_are_asked_for(text, tmp_path, monkeypatch):
    monkeypatch.setattr(race, "Text", lambda name: text)
    monkeypatch.setattr(race, "RECIPES", [tiny(r) for r in RECIPES])
    now = iter(range(1_000_000))
    monkeypatch.setattr(race, "clocks", lambda: np.array([next(now), 0.0]))
    config = RaceConfig(out=tmp_path / "race.csv", seeds=(1,), steps=3, only="Muon")
    ends = {row["idea"]: row["step"] for row in race.race(config)}
    assert list(ends) == ["plain", race.ESTIMATE, "Muon"]
    assert ends["plain"] == 3 and ends["Muon"] in (2, 3)


def test_a_loss_that_was_not_reached_is_said_to_be():
    end = lambda loss: [dict(idea="a", step=9, seconds=2.0, val_loss=loss)]
    assert "did not get there" in race.line(end(1.5), end(1.4), 1.4)
    assert "1.00 x" in race.line(end(1.4), end(1.4), 1.4)


def test_without_the_text_it_says_what_to_do(monkeypatch, capsys):
    def fail(name):
        raise ConnectionError("Tiny Shakespeare is not in the cache")

    monkeypatch.setattr(race, "load_text", fail)
    monkeypatch.setattr("sys.argv", ["race"])
    with pytest.raises(SystemExit, match="error: Tiny Shakespeare is not in the cache"):
        race.main()


def test_an_estimate_takes_twenty_batches(text, monkeypatch):
    asked = []
    monkeypatch.setattr(
        race, "evaluate", lambda model, X, y: asked.append(X.shape) or 2
    )
    race.estimates(make_model(tiny(PLAIN), 7), tiny(PLAIN), text, dict(step=4))
    assert asked == 50 * [(20 * 2, 8)]


def test_an_estimate_is_the_loss_of_random_rows_and_right_on_average(text):
    model, rows = race.train(tiny(PLAIN), text, seed=1)
    found = race.estimates(model, tiny(PLAIN), text, rows[-1])
    losses = np.array([row["val_loss"] for row in found])
    starts = torch.arange(len(text.val) - 8)[:, None] + torch.arange(8)
    whole = race.evaluate(model, text.val[starts], text.val[starts + 1])
    assert losses.std() > 0
    assert abs(losses.mean() - whole) < 4 * losses.std() / len(losses) ** 0.5


def test_the_recorded_race_is_what_the_readme_says():
    """A GPT-2 of half the parameters: the same loss in an eighth of the time."""
    with open(DATA / "race.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    ends = {(row["seed"], row["idea"]): row for row in rows}
    assert {seed for seed, _ in ends} == {str(seed) for seed in RaceConfig().seeds}
    ours = RECIPES[-2]
    few, many = (make_model(r, 65).get_num_params(False) for r in (ours, PLAIN))
    assert 0.48 < few / many < 0.52
    for seed in {seed for seed, _ in ends}:
        assert {idea for s, idea in ends if s == seed} == {
            race.ESTIMATE,
            *(recipe.idea for recipe in RECIPES),
        }
        finish = float(ends[seed, "plain"]["val_loss"])
        for recipe in RECIPES[1:]:
            end = ends[seed, recipe.idea]
            arrived = float(end["val_loss"]) <= finish
            assert arrived == (recipe not in RECIPES[1:3])
            assert arrived or int(end["step"]) == recipe.steps
            assert int(end["step"]) % recipe.eval_every == 0
        slow, fast = ends[seed, "plain"], ends[seed, ours.idea]
        assert float(fast["val_loss"]) <= float(slow["val_loss"])
        assert float(fast["seconds"]) < float(slow["seconds"]) / 8
