"""The recipes of the race: what they are, and the convolutions of the last one."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig
from gptlib.loss import evaluate
from gptlib.optim import cosine_lr
from gptlib.speed.race import run
from gptlib.speed.recipes import (
    CONV,
    MUON,
    PLAIN,
    RECIPES,
    Racer,
    Recipe,
    ShortConv,
    make_model,
    sliced_batch,
)
from gptlib.text import CharTokenizer, eval_rows, get_batch, split_text
from gptlib.train.config import resolved
from gptlib.train.processes import mix
from gptlib.train.start import Corpus

TEXT = Corpus(*split_text("the hen then the other hen\n" * 40), by_story=False)
CHARS = CharTokenizer.from_text(TEXT.train + TEXT.val)
TRAIN, VAL = (torch.tensor(CHARS.encode(text)) for text in (TEXT.train, TEXT.val))
TINY = dict(n_layer=1, n_head=2, n_embd=8, block_size=8, batch_size=2)
STEPS = dict(steps=4, warmup=1, eval_interval=2)


def tiny(recipe: Recipe, **given) -> Recipe:
    settings = replace(recipe.settings, **(TINY | STEPS | given))
    return replace(recipe, settings=settings)


def test_the_plain_recipe_is_nanogpts_for_a_cpu():
    sizes = dict(n_layer=4, n_head=4, n_embd=128, block_size=64, batch_size=12)
    rates = dict(learning_rate=1e-3, min_lr_factor=0.1, warmup=100, steps=2000)
    rates |= dict(schedule="cosine", optimizer="adamw", beta1=0.9, beta2=0.99)
    model = dict(bias=False, gelu="exact", dropout=0.0, dtype="float32")
    rest = dict(weight_decay=0.1, grad_clip=1.0, accumulate=1, compile=False)
    assert (sizes | rates | model | rest).items() <= resolved(PLAIN.settings).items()
    assert PLAIN.by_hand and not PLAIN.conv_width
    made = make_model(PLAIN, 65).config
    assert (made.bias, made.gelu, made.dropout) == (False, "exact", 0.0)


def test_no_recipe_has_more_parameters_or_a_longer_view_than_the_plain_one():
    counts = [make_model(r, 65).get_num_params(non_embedding=False) for r in RECIPES]
    assert max(counts) == counts[0]
    assert {recipe.settings.block_size for recipe in RECIPES} == {64}
    assert len({recipe.idea for recipe in RECIPES}) == len(RECIPES)


def test_each_recipe_adds_to_one_before_it_and_is_tuned_as_some_other_or_itself():
    ideas = [recipe.idea for recipe in RECIPES]
    for number, recipe in enumerate(RECIPES[1:], start=1):
        assert recipe.before in ideas[:number]
        assert recipe.trials in ("", *ideas)
    alone = {recipe.idea for recipe in RECIPES if not recipe.trials}
    assert alone == {"plain", "plain, 2 layers"}  # nanoGPT's own numbers


def test_the_controls_take_one_idea_away():
    of = {recipe.idea: recipe for recipe in RECIPES}
    shallow = replace(of["plain, 2 layers"].settings, n_layer=4)
    assert shallow == PLAIN.settings and of["plain, 2 layers"].by_hand
    for idea in ("AdamW, 2 layers", "AdamW, 1 layer"):
        deep = replace(of[idea].settings, n_layer=4)
        assert deep == of["hold, then fall"].settings
    wide = replace(of["1 layer, 96 wide"].settings, n_embd=128)
    assert wide == of["AdamW, 1 layer"].settings


def with_layers(recipe, n_layer):
    return replace(recipe, settings=replace(recipe.settings, n_layer=n_layer))


def test_only_short_convolutions_leave_gpt_2():
    config = GPTConfig(65, 64, n_layer=2, n_head=4, n_embd=128, bias=False)
    names = GPT(config).state_dict().keys()
    for recipe in RECIPES:
        found = make_model(with_layers(recipe, 2), 65).state_dict().keys()
        assert (found == names) == (recipe is not CONV)


@pytest.mark.parametrize("recipe", RECIPES[1:], ids=lambda recipe: recipe.idea)
def test_every_faster_recipe_learns(recipe):
    _, rows = run(tiny(recipe, steps=40, eval_interval=20), TEXT, seed=1)
    assert rows[-1]["val_loss"] < rows[0]["val_loss"] < math.log(CHARS.vocab_size)


@pytest.mark.parametrize("recipe", [PLAIN, MUON, CONV], ids=lambda r: r.idea)
def test_each_parameter_has_one_optimizer(recipe):
    racer = Racer(tiny(recipe), 1, TEXT)
    groups = [group for each in racer.optimizers for group in each.param_groups]
    held = [id(p) for group in groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in racer.model.parameters())
    muons = {id(p) for each in racer.optimizers[1:] for p in params(each)}
    names = {n for n, p in racer.model.named_parameters() if id(p) in muons}
    ends = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
    inside = {f"transformer.h.0.{end}.weight" for end in ends}
    assert names == (inside if recipe is MUON else set())
    fused = {group["fused"] for group in racer.optimizers[0].param_groups}
    assert fused == {recipe is not PLAIN}


def params(optimizer):
    return [p for group in optimizer.param_groups for p in group["params"]]


def test_two_ways_of_making_a_batch_give_the_same_one():
    torch.manual_seed(1)
    sliced = sliced_batch(TRAIN, 8, 3)
    torch.manual_seed(1)
    assert_close(sliced, get_batch(TRAIN, 8, 3), rtol=0, atol=0)


def test_the_plain_run_is_the_loop_that_a_person_would_write():
    racer, rows = run(tiny(PLAIN, steps=6), TEXT, seed=3)
    torch.manual_seed(3)
    sizes = dict(n_layer=1, n_head=2, n_embd=8, bias=False, gelu="exact")
    model = GPT(GPTConfig(CHARS.vocab_size, 8, **sizes))
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    groups = [dict(params=matrices, weight_decay=0.1), dict(params=vectors)]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.0)
    for step in range(6):
        lr = cosine_lr(step, peak=1e-3, min_lr=1e-4, warmup=1, total=6)
        for group in optimizer.param_groups:
            group["lr"] = lr
        # As every run: a step's chance depends on seed, step and process alone.
        torch.manual_seed(mix(3, step, 1))
        starts = torch.randint(len(TRAIN) - 8, (2,)).tolist()
        X = torch.stack([TRAIN[s : s + 8] for s in starts])
        y = torch.stack([TRAIN[s + 1 : s + 9] for s in starts])
        F.cross_entropy(model(X).flatten(0, 1), y.flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    assert_close(racer.model.state_dict(), model.state_dict())
    loss = evaluate(model, *eval_rows(VAL, 8))
    assert rows[-1]["val_loss"] == pytest.approx(loss, abs=1e-4)


# ---- short convolutions -----------------------------------------------------------


def test_a_convolution_adds_the_vectors_before_and_at_first_nothing():
    x = torch.randn(2, 5, 3)
    conv = ShortConv(3, width=2)
    assert_close(conv(x), x, rtol=0, atol=0)
    assert_close(conv(x[:, :1]), x[:, :1], rtol=0, atol=0)  # shorter than its width
    weight = nn.init.normal_(conv.weight)  # (width, C)
    theirs = nn.Conv1d(3, 3, 3, groups=3, bias=False)
    with torch.no_grad():
        theirs.weight[:, 0] = torch.stack((weight[1], weight[0], torch.ones(3)), -1)
        padded = F.pad(x, (0, 0, 2, 0)).mT
        assert_close(conv(x), theirs(padded).mT)


@pytest.fixture
def convolved():
    """A small model whose convolutions do something."""
    model = make_model(tiny(CONV), 7).eval()
    for name, p in model.named_parameters():
        if "ln_" in name:
            nn.init.normal_(p)
    return model


def test_with_convolutions_no_place_hears_a_later_one(convolved):
    idx = torch.randint(7, (1, 8))
    changed = idx.clone()
    changed[0, 5] = (idx[0, 5] + 1) % 7
    with torch.no_grad():
        difference = (convolved(idx) - convolved(changed)).abs().amax(dim=-1)[0]
    assert (difference[:5] == 0).all() and (difference[5:] > 0).all()


def test_a_model_with_convolutions_refuses_a_cache_and_says_how_it_writes(convolved):
    idx = torch.randint(7, (1, 3))
    with pytest.raises(ValueError, match=r"generate\(\.\.\., use_cache=False\)$"):
        convolved.generate(idx, 1)
    with pytest.raises(ValueError, match="a cache does not keep"):
        convolved(idx, cache=convolved.new_cache())


def test_without_a_cache_it_writes_what_forward_finds_most_likely(convolved):
    written = convolved.generate(
        torch.tensor([[3]]), 7, do_sample=False, use_cache=False
    )
    with torch.no_grad():
        likely = convolved(written[:, :-1]).argmax(dim=-1)
    assert written[:, 1:].tolist() == likely.tolist()


def test_a_model_with_convolutions_is_not_saved_as_a_gpt_2(convolved, tmp_path):
    with pytest.raises(ValueError, match=r"not those of a GPT-2 .*ln_1\.1\.weight"):
        convolved.save_pretrained(tmp_path / "model")
    assert not (tmp_path / "model").exists()
