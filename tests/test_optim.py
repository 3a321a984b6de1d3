import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig
from gptlib.optim import (
    Muon,
    configure_optimizers,
    cosine_lr,
    decay_names,
    orthogonalise,
)


def gpt2_on_meta():
    with torch.device("meta"):
        return GPT(GPTConfig.create("gpt2"))


def counts(model, rule):
    params = dict(model.named_parameters())
    return [sum(params[n].numel() for n in names) for names in decay_names(model, rule)]


def test_nanogpts_rule_decays_matrices_with_gpt2s_numbers():
    assert counts(gpt2_on_meta(), "nanogpt") == [124_318_464, 121_344]


def test_mingpts_rule_on_an_untied_gpt2_gives_mingpts_numbers():
    model = gpt2_on_meta()
    model.lm_head = nn.Linear(768, 50257, bias=False, device="meta")
    assert counts(model, "mingpt") == [123_532_032, 39_505_152]


def test_the_rules_differ_in_the_embeddings_alone():
    model = gpt2_on_meta()
    nano, mini = (decay_names(model, rule)[0] for rule in ("nanogpt", "mingpt"))
    assert nano - mini == {"transformer.wte.weight", "transformer.wpe.weight"}
    assert mini < nano


@pytest.mark.parametrize("rule", ["nanogpt", "mingpt"])
def test_every_parameter_is_in_one_group(rule):
    model = GPT(GPTConfig(vocab_size=7, block_size=5, n_layer=2, n_head=1, n_embd=4))
    decay, no_decay = decay_names(model, rule)
    assert decay | no_decay == dict(model.named_parameters()).keys()
    assert not decay & no_decay
    assert all("bias" not in name and "ln_" not in name for name in decay)


def test_the_optimizer_holds_each_parameter_once_with_the_decay_of_its_group():
    model = GPT(GPTConfig(vocab_size=7, block_size=5, n_layer=2, n_head=1, n_embd=4))
    optimizer = model.configure_optimizers(weight_decay=0.3, learning_rate=0.01)
    held = [p for group in optimizer.param_groups for p in group["params"]]
    assert {id(p) for p in held} == {id(p) for p in model.parameters()}
    assert len(held) == len(list(model.parameters()))
    assert [g["weight_decay"] for g in optimizer.param_groups] == [0.3, 0.0]
    assert [g["lr"] for g in optimizer.param_groups] == [0.01, 0.01]


def test_without_a_gradient_only_decayed_parameters_shrink():
    model = nn.Linear(3, 2)
    nn.init.ones_(model.bias)
    weight = model.weight.detach().clone()
    optimizer = configure_optimizers(model, weight_decay=0.5, learning_rate=0.1)
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    torch.testing.assert_close(model.weight.detach(), weight * (1 - 0.1 * 0.5))
    assert model.bias.tolist() == [1, 1]


def test_unknown_rules_and_modules_are_refused():
    with pytest.raises(ValueError, match="unknown rule 'adam'.*nanogpt.*mingpt"):
        decay_names(nn.Linear(2, 2), "adam")
    strange = nn.Sequential(nn.Linear(2, 2), nn.PReLU())
    with pytest.raises(ValueError, match="'1' is a PReLU.*weight.*rule='nanogpt'"):
        decay_names(strange, "mingpt")


def test_the_learning_rate_ramps_up_falls_as_a_cosine_and_stays():
    lr = lambda step: cosine_lr(step, peak=1.0, min_lr=0.1, warmup=4, total=12)
    assert [lr(s) for s in range(5)] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert lr(8) == pytest.approx(0.55)  # half way
    assert lr(6) == pytest.approx(0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2)
    assert [lr(12), lr(99)] == [0.1, 0.1]


def test_the_cosine_equals_pytorchs():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=2.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 50, eta_min=0.5)
    for step in range(50):
        mine = cosine_lr(step, peak=2.0, min_lr=0.5, warmup=0, total=50)
        assert mine == pytest.approx(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()


def some_weights(seed):
    generator = torch.Generator().manual_seed(seed)
    shapes = (6, 4), (4, 6), (5, 5)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def test_muon_goes_where_pytorchs_goes_but_for_the_rounding():
    both = []
    for kind in (Muon, torch.optim.Muon):
        params = [nn.Parameter(it) for it in some_weights(0)]
        made = kind(params, lr=0.02, momentum=0.9, weight_decay=0.1)
        for step in range(1, 6):
            for p, grad in zip(params, some_weights(step), strict=True):
                p.grad = grad
            made.step()
        both.append((params, made))
    (mine, muon), (theirs, _) = both
    for ours, other, start in zip(mine, theirs, some_weights(0), strict=True):
        assert 0 < (ours - other).norm() < 0.02 * (other - start).norm()
    again = torch.optim.Muon(mine)  # what it keeps is what PyTorch's keeps
    again.load_state_dict(muon.state_dict())
    assert again.param_groups[0]["momentum"] == 0.9


def test_muon_in_float64_is_exact_and_leaves_what_has_no_gradient():
    start = torch.tensor([[3.0, 0.0], [0.0, 4.0]], dtype=torch.float64)
    p, still = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    p.grad = start.clone()
    muon = Muon([p, still], lr=0.1, momentum=0.0, weight_decay=0.5)
    assert muon.step(lambda: 7.0) == 7.0
    s = torch.tensor([0.6, 0.8], dtype=torch.float64)
    for _ in range(5):
        s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
    assert_close(p.detach(), 0.95 * start - 0.1 * torch.diag(s))
    assert torch.equal(still, start)


def test_orthogonalised_is_the_same_lying_and_standing():
    G = torch.randn(3, 8)
    assert_close(orthogonalise(G.T), orthogonalise(G).T)
    values = torch.linalg.svdvals(orthogonalise(G))
    assert values.min() > 0.6 and values.max() < 1.3
    assert not orthogonalise(torch.zeros(2, 2)).any()
