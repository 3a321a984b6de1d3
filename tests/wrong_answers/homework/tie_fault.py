"""Answers to the homework tie-fault and its witness: right ones, and wrong ones."""

import inspect
from collections import OrderedDict

import torch
from torch import nn

from gptlib.checks.homework.tie_fault import make_model as given
from gptlib.layernorm import LayerNorm


def parts_of(V, C):
    return OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )


def assigned(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight
    return model


def registered(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.register_parameter("weight", model.lm_head.weight)
    return model


def wrapped_and_then_assigned(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = nn.Parameter(model.lm_head.weight)
    model.lm_head.weight = model.wte.weight
    return model


def before_the_model(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    parts["wte"].weight = parts["lm_head"].weight
    model = nn.Sequential(parts)
    return model


def the_same_memory(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight.data = model.lm_head.weight.data
    return model


def another_parameter(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = nn.Parameter(model.lm_head.weight.detach())
    return model


def cloned(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = nn.Parameter(model.lm_head.weight.clone())
    return model


def the_other_way(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.lm_head.weight = model.wte.weight
    return model


def line_deleted(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    return model


def copied_again_and_again(V, C):
    model = nn.Sequential(parts_of(V, C))

    def copy(model, inputs):
        model.wte.weight.data.copy_(model.lm_head.weight.data)

    model.register_forward_pre_hook(copy)
    return model


def module_for_matrix(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head
    return model


def layer_for_layer(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte = model.lm_head
    return model


def layer_for_layer_the_other_way(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.lm_head = model.wte
    return model


def copied(V, C):
    """The fault of lesson 12."""
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight.data.copy_(model.lm_head.weight.data)
    return model


def not_a_parameter(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight.data
    return model


def frozen(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight.requires_grad_(False)
    return model


def drawn_anew(V, C):
    """GPT-2's spread, and not the numbers of the head."""
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight
    nn.init.normal_(model.lm_head.weight, std=0.02)
    return model


def norm_frozen(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight
    model.ln_f.requires_grad_(False)
    return model


def one_id_without_gradient(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C, padding_idx=0),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight
    return model


def in_double_precision(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight
    return model.double()


def norm_without_weights(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=nn.LayerNorm(C, elementwise_affine=False),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight
    return model


def written_anew(V, C):
    wte = nn.Embedding(V, C)
    head = nn.Linear(C, V, bias=False)
    head.weight = wte.weight
    norm = LayerNorm(C)
    return nn.Sequential(OrderedDict(wte=wte, ln_f=norm, lm_head=head))


def nothing_returned(V, C):
    parts = OrderedDict(
        wte=nn.Embedding(V, C),
        ln_f=LayerNorm(C),
        lm_head=nn.Linear(C, V, bias=False),
    )
    model = nn.Sequential(parts)
    model.wte.weight = model.lm_head.weight


def stepped(model, lr=1.0):
    idx = torch.randint(7, (2, 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    model(idx).square().sum().backward()
    optimizer.step()
    return model


def with_adam(model):
    """The head after a step of a fixed loss."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    model(torch.arange(7)[None]).square().sum().backward()
    optimizer.step()
    return model.lm_head.weight.detach()


def tied_by_hand(model):
    model.wte.weight = model.lm_head.weight
    return model


def against_a_tied_one(make_model):
    """The same start with and without a true tie, a step later."""
    torch.manual_seed(5)
    mine = with_adam(make_model(7, 4))
    torch.manual_seed(5)
    return (mine - with_adam(tied_by_hand(make_model(7, 4)))).abs().max()


def apart(make_model):
    model = stepped(make_model(7, 4))
    return (model.wte.weight - model.lm_head.weight).abs().max().item()


def apart_after_adam(make_model):
    model = make_model(11, 6)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    idx, y = torch.randint(11, (2, 20))
    torch.nn.functional.cross_entropy(model(idx), y).backward()
    optimizer.step()
    return (model.wte.weight - model.lm_head.weight).norm()


def counted(make_model):
    V, C = 9, 5
    return sum(p.numel() for p in make_model(V, C).parameters()) - V * C - 2 * C


def identity(make_model):
    model = make_model(7, 4)
    return float(model.wte.weight is not model.lm_head.weight)


def gradients_apart(make_model):
    model = make_model(7, 4)
    model(torch.tensor([[1, 2, 3]])).square().sum().backward()
    return (model.wte.weight.grad - model.lm_head.weight.grad).abs().sum()


def listed(make_model):
    return len(list(make_model(3, 2).parameters())) - 3


def changed_by_hand(make_model):
    model = make_model(7, 4)
    with torch.no_grad():
        model.lm_head.weight[0] += 1
    return (model.wte.weight - model.lm_head.weight).abs().max()


def at_the_start(make_model):
    model = make_model(7, 4)
    return (model.wte.weight - model.lm_head.weight).abs().max().item()


def no_gradient_yet(make_model):
    model = make_model(7, 4)
    torch.optim.SGD(model.parameters(), lr=1.0).step()
    return (model.wte.weight - model.lm_head.weight).abs().max().item()


def how_far_it_walked(make_model):
    model = make_model(7, 4)
    before = model.wte.weight.detach().clone()
    return (stepped(model).wte.weight - before).abs().max().item()


def the_loss(make_model):
    model = stepped(make_model(7, 4))
    return model(torch.tensor([[1, 2, 3]])).square().mean().item()


def tiny_step(make_model):
    model = make_model(7, 4)
    (1e-4 * model(torch.tensor([[1, 2, 3]]))).square().sum().backward()
    return (model.wte.weight.grad - model.lm_head.weight.grad).abs().max().item()


def memory(make_model):
    model = make_model(7, 4)
    return float(model.wte.weight.data_ptr() != model.lm_head.weight.data_ptr())


def state_dict_counted(make_model):
    return len(make_model(7, 4).state_dict()) - 3


def a_table(make_model):
    model = stepped(make_model(7, 4))
    return model.wte.weight - model.lm_head.weight


def always_zero(make_model):
    return 0.0


def by_its_name(make_model):
    return float(make_model.__name__ == "make_model")


def by_its_source(make_model):
    return float("copy_" in inspect.getsource(make_model))


def printed(make_model):
    print(apart(make_model))


ANSWERS = {
    "tie-fault": {
        "right": [assigned, registered, wrapped_and_then_assigned, before_the_model],
        "wrong": {
            given: "This is still the code as it was given",
            the_same_memory: "two parameters, on the same memory",
            another_parameter: "two parameters, on the same memory",
            copied: "equal at the start, and two parameters",
            cloned: "a copy of the other",
            the_other_way: "starts with the embedding's numbers",
            line_deleted: "not even equal at the start",
            copied_again_and_again: "lines differ from the code as it was given",
            written_anew: "lines differ from the code as it was given",
            module_for_matrix: "cannot assign 'torch.nn.modules.linear.Linear'",
            layer_for_layer: "wte has become an nn.Linear",
            layer_for_layer_the_other_way: "lm_head has become an nn.Embedding",
            not_a_parameter: "cannot assign 'torch.FloatTensor'",
            frozen: "The shared matrix has no gradient",
            drawn_anew: "does not start with the numbers that the head had",
            norm_frozen: "The norm is no longer learned",
            one_id_without_gradient: "no longer those that were given",
            in_double_precision: "does not start with the numbers",
            norm_without_weights: "change only the tie",
            nothing_returned: "needs a `return`",
        },
    },
    "tie-witness": {
        "right": [
            against_a_tied_one,
            counted,
            identity,
            gradients_apart,
            listed,
        ],
        "wrong": {
            at_the_start: "Your number is 0 for code in which",
            apart: "two parameters on the same memory",
            apart_after_adam: "two parameters on the same memory",
            changed_by_hand: "same memory: what you look at is the same there",
            memory: "the same there as in right code",
            no_gradient_yet: "the same there as in right code",
            how_far_it_walked: "is different there too",
            the_loss: "For code that is right your number is",
            tiny_step: "in right code, or nearly so",
            state_dict_counted: "should be 0",
            a_table: "returned Tensor",
            always_zero: "Your number is 0",
            by_its_name: "the same there as in right code",
            by_its_source: "the same there as in right code",
            printed: "put `return` in place of `print`",
        },
    },
}
