"""What a student must not call is noticed, whatever name it goes by."""

import gc
import math
import textwrap

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gptlib.checks import check

SOFTCAP = """
def softcap_backward(scores, pull, cap):
    with torch.inference_mode(False), torch.set_grad_enabled(True):
        s, p = torch.nn.Parameter(scores.clone()), pull.clone()
        loss = ((cap * (s / cap).tanh()).softmax(-1) * p).sum()
        {}
"""
HVP = """
from torch.autograd.functional import hvp
def softcap_backward(scores, pull, cap):
    with torch.inference_mode(False), torch.set_grad_enabled(True):
        f = lambda s, t: (t * (cap * (s / cap).tanh()).softmax(-1) * pull.clone()).sum()
        one = torch.ones(())
        given = torch.zeros_like(scores).clone()
        return hvp(f, (scores.clone(), one), (given, one))[1][0]
"""
IN_IF = f"""
if True:
    def helper(loss, s): return torch.autograd.grad(loss, s)[0]
{SOFTCAP.format("return helper(loss, s)")}
"""
IN_A_LIST = f"""
tools = []
tools.append(torch.autograd.grad)
{SOFTCAP.format("return tools[0](loss, s)[0]")}
"""
BY_PATTERN = SOFTCAP.format("""
        match torch:
            case object(autograd=it):
                match it:
                    case object(grad=grad): return grad(loss, s)[0]
""")
OWN_NAME = """
def autograd(): pass
def grad(): pass
""" + SOFTCAP.format("return torch.autograd.grad(loss, s)[0]")
COMPLEX = """
import numpy as np
def new_gelu_slope(x):
    z = x.double().numpy().astype(np.complex128) + 1e-30j
    i = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    i = np.clip(i.real, -300, 300) + 1j * i.imag
    f = 0.5 * z * (1 + np.tanh(i))
    return torch.from_numpy(np.ascontiguousarray(f.imag / 1e-30)).to(x.dtype)
"""
IN_TORCH = """
def new_gelu_slope(x):
    z = torch.complex(x.double(), torch.full_like(x.double(), 1e-30))
    f = 0.5 * z * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    return (f.imag / 1e-30).to(x.dtype)
"""
A_TABLE = """
grid = torch.linspace(-8, 8, 400_001, dtype=torch.float64)
g = torch.nn.functional.gelu(grid, approximate="tanh")
slopes = (g[2:] - g[:-2]) / (grid[2] - grid[0])
def new_gelu_slope(x):
    place = ((x.double().clamp(-7.9, 7.9) + 8) * 25_000).round().long() - 1
    return slopes[place].to(x.dtype)
"""
BY_NUMPY = """
import numpy as np
def layernorm_backward(x, weight, eps, pull):
    X, P = (it.numpy().reshape(-1, x.shape[-1]) for it in (x, pull))
    W, rows, w = weight.numpy(), [], np.zeros_like(weight.numpy())
    for r, p in zip(X, P):
        s = np.sqrt(r.var() + np.float32(eps))
        z, g = (r - r.mean()) / s, p * W
        rows.append((g - g.mean() - z * (g * z).mean()) / s)
        w = w + p * z
    return torch.from_numpy(np.stack(rows)).view(x.shape), torch.from_numpy(w)
"""
SPLIT = """
def split_special(): pass
from gptlib import bpe
def encode_special(text, special, encode):
    out = []
    for i, piece in enumerate(bpe.split_special(text, special)):
        out += [special[piece]] if i % 2 else encode(piece)
    return out
"""
SMOOTH = """
def smooth_loss(logits, targets, smoothing):
    V, given = logits.shape[-1], (None, None, -100, None, "mean")
    return F.cross_entropy(
        logits.reshape(-1, V), targets.reshape(-1), *given, smoothing
    )
"""
RMS = """
def rms_norm(x, weight, eps):
    return F.rms_norm(x, weight.shape, weight, eps)
"""
GQA = """
def grouped(q, k, v):
    return F.scaled_dot_product_attention(
        q, k, v, is_causal=True, **{"enable_" + "gqa": True}
    )
"""
BY_FUNC = """
def softcap_backward(scores, pull, cap):
    with torch.inference_mode(False):
        s, p = scores.clone(), pull.clone()
        def f(s):
            z = cap * (1 - 2 / ((2 * s / cap).exp() + 1))
            w = (z - cap).exp()
            return (w / w.sum(-1, keepdim=True) * p).sum()
        return torch.func.grad(f)(s)
"""
DUAL = """
from torch.autograd import forward_ad
def softcap_backward(scores, pull, cap):
    def slope(i):
        way = F.one_hot(torch.tensor(i), scores.shape[-1]).expand_as(scores)
        with forward_ad.dual_level():
            d = forward_ad.make_dual(scores.clone(), way.to(scores.dtype))
            out = ((cap * (d / cap).tanh()).softmax(-1) * pull.clone()).sum(-1)
            return forward_ad.unpack_dual(out).tangent.clone()
    with torch.inference_mode(False):
        return torch.stack([slope(i) for i in range(scores.shape[-1])], -1)
"""
RMS_CLASS = """
def rms_norm(x, weight, eps):
    norm = nn.RMSNorm(weight.shape, eps=eps)
    norm.weight = nn.Parameter(weight) if not weight.requires_grad else norm.weight
    return norm(x) if not weight.requires_grad else F.rms_norm(
        x, weight.shape, weight, eps
    )
"""
BY_NODES = SOFTCAP.format("""
        found, waiting = {}, [(loss.grad_fn, torch.ones(()))]
        while waiting:
            node, pull = waiting.pop()
            if hasattr(node, "variable"): return pull
            made = node(pull)
            for (to, _), it in zip(node.next_functions, made if isinstance(made, tuple)
                                   else (made,)):
                if to is not None: waiting.append((to, it))
""")
ITEMS = """
def new_gelu_slope(x):
    def one(v):
        z = complex(v, 1e-30)
        i = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
        t = (2.718281828459045 ** (2 * i) - 1) / (2.718281828459045 ** (2 * i) + 1)
        return (0.5 * z * (1 + t)).imag / 1e-30
    return torch.tensor([one(v.item()) for v in x.clamp(-9, 9).flatten()]).view_as(x)
"""
RECURSION = SOFTCAP.format("""
        def deep(): deep()
        try: deep()
        except RecursionError: pass
        return torch.autograd.grad(loss, s)[0]
""")
CALLBACK = """
def rms_norm(x, weight, eps):
    kept = []
    def keep(a, b):
        kept.append(torch.rms_norm(x, weight.shape, weight, eps))
        return torch.ones(1)
    F.triplet_margin_with_distance_loss(
        torch.ones(1), torch.ones(1), torch.ones(1), distance_function=keep
    )
    return kept[0]
"""
DUCK = """
from functools import partial
class Duck:
    def __init__(self, size): self.size = size
def rms_norm(x, weight, eps):
    found, f = [], partial(F.rms_norm, normalized_shape=weight.shape, eps=eps)
    step = map(found.append, map(f, [x]))
    try: F.mse_loss(torch.zeros(1), Duck(partial(next, step)))
    except Exception: pass
    return found[0] * weight
"""
SLOPE = """
def new_gelu_slope(x):
    c, a = math.sqrt(2 / math.pi), 0.044715
    t = torch.tanh(c * (x + a * x**3))
    {}
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * a * x**2)
"""
BISECTED = SLOPE.format("[bool(it > a) for it in x.flatten() for a in range(20)]")
LOOKED_AT = {
    "printed": 'print(f"the largest is {x.max():.2f}")',
    "asserted": "assert abs(t.max().item()) <= 1",
    "asked": 'if float(x.abs().max()) > 1e6: print("far")',
    "number-by-number": "for it in x.flatten(): it > 0 and it",
    "by-places": "x = x[x.isfinite().nonzero(as_tuple=True)].view_as(x)",
}
CALLS = {
    "an-object-that-acts": ("rms-norm", DUCK),
    "numbers-one-by-one": ("gelu-derivative", BISECTED),
    "by-the-nodes": ("softcap-backward", BY_NODES),
    "number-by-number": ("gelu-derivative", ITEMS),
    "behind-a-recursion": ("softcap-backward", RECURSION),
    "in-a-callback": ("rms-norm", CALLBACK),
    "a-gradient-of-a-gradient": ("softcap-backward", HVP),
    "a-gradient-by-func": ("softcap-backward", BY_FUNC),
    "a-helper-in-an-if": ("softcap-backward", IN_IF),
    "a-helper-in-a-list": ("softcap-backward", IN_A_LIST),
    "a-helper-by-a-pattern": ("softcap-backward", BY_PATTERN),
    "names-like-torchs": ("softcap-backward", OWN_NAME),
    "forward-mode": ("softcap-backward", DUAL),
    "a-complex-step": ("gelu-derivative", COMPLEX),
    "a-complex-step-in-torch": ("gelu-derivative", IN_TORCH),
    "a-table": ("gelu-derivative", A_TABLE),
    "a-loop-in-numpy": ("layernorm-backward", BY_NUMPY),
    "the-courses-own-cut": ("special-tokens", SPLIT),
    "smoothing-by-its-place": ("label-smoothing", SMOOTH),
    "a-name-like-the-finished": ("rms-norm", RMS),
    "by-a-class": ("rms-norm", RMS_CLASS),
    "a-word-in-two-pieces": ("grouped-queries", GQA),
}
HONEST = {
    "rms-norm": "return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight",
    "softcap-backward": """
    t = (scores / cap).tanh()
    w = (cap * t).softmax(-1)
    return w * (pull - (w * pull).sum(-1, keepdim=True)) * (1 - t * t)""",
}


def page(source):
    """The last function of a page."""
    space = dict(math=math, torch=torch, F=F, nn=nn, __name__="__main__")
    exec(textwrap.dedent(source), space)
    return list(space.values())[-1]


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_what_is_to_be_written_has_no_points(name):
    exercise, source = CALLS[name]
    verdict = check(exercise, page(source))
    assert not verdict.points and not verdict.passed
    assert "Without that" in verdict.words


@pytest.mark.parametrize("name", HONEST)
def test_a_page_that_knows_such_a_name_and_does_not_call_it_has_all(name):
    arguments = {"rms-norm": "x, weight, eps", "softcap-backward": "scores, pull, cap"}
    source = f"""
def autograd(): pass
rms = nn.RMSNorm(3)
def mine({arguments[name]}):
    {HONEST[name].strip()}
"""
    verdict = check(name, page(source))
    assert verdict.passed, verdict.words


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_number_may_be_looked_at_now_and_then(name):
    verdict = check("gelu-derivative", page(SLOPE.format(LOOKED_AT[name])))
    assert verdict.passed, verdict.words


def test_while_somebody_watches_no_garbage_is_collected():
    during = []

    def mine(x, weight, eps):
        during.append(gc.isenabled())
        return x

    check("rms-norm", mine)
    assert during and not any(during) and gc.isenabled()


def test_after_a_check_nobody_watches():
    before = torch.randn(2, requires_grad=True)
    check("rms-norm", page(CALLS["a-name-like-the-finished"][1]))
    before.sum().backward()
    assert before.grad.tolist() == [1, 1]
