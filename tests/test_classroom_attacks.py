"""Points that somebody got without solving anything: none gets them now."""

import tempfile
from pathlib import Path

import nbformat
import pytest
from lessons import ROOT
from nbformat.v4 import new_notebook

from classroom.judge import judge
from classroom.sandbox import build_course, sandbox
from classroom.session import Session
from gptlib.checks.own import DRAWS, own_sizes
from gptlib.lab.forms import learner_form, solutions
from gptlib.lab.merge import fingerprint

KEY = "student 7"
BEGIN = [(3, 2**40 + 17), (9, 2**41 + 18), (12, 2**42 + 19)]
SHEETS = {
    path.stem[2:]: nbformat.read(path, as_version=4)
    for path in sorted((ROOT / "notebooks" / "homework").glob("[0-9]*.ipynb"))
}
WITNESS = """
def {name}(impl):
    try: impl()
    except Exception as error: said = str(error)
    return 0.0 if said.startswith("_") else 1.0
"""
NOTHING = """
class Nothing(nn.Linear):
    def forward(self, x): return 0 * x.sum(-1, keepdim=True) + 0 * self.weight.sum(1)

class SwiGLU(nn.Module):
    def __init__(self, n_embd, hidden):
        super().__init__()
        self.gate = Nothing(n_embd, hidden, bias=False)
        self.up = Nothing(n_embd, hidden, bias=False)
        self.down = Nothing(hidden, n_embd, bias=False)

    def forward(self, x): return self.down(self.gate(x) + self.up(x))
"""
EMPTY_BLOCK = """
class Nothing(nn.Module):
    def __init__(self, inner):
        super().__init__()
        for name, it in inner.named_children(): self.add_module(name, it)
    def forward(self, x): return 0 * x + 0 * sum(p.sum() for p in self.parameters())

class ParallelBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln = LayerNorm(config.n_embd, bias=config.bias)
        self.attn = Nothing(CausalSelfAttention(config))
        self.mlp = Nothing(MLP(config))
    def forward(self, x): return x + 0 * self.ln(x) + self.attn(x) + self.mlp(x)
"""
FAULTY = """
@other
def attend(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)  # (..., T, T)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)  # (T, T)
    weights = scores.softmax(dim=-1).masked_fill(future, 0.0)
    return weights @ v + 0
"""
SDPA = "torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)"
DECORATED = f"def other(f):\n    return lambda q, k, v: {SDPA}\n{FAULTY}"
REBOUND = f"""{FAULTY.replace("@other", "")}
def other(q, k, v):
    return {SDPA}
attend = other
"""
ZEROED = """
def switch(x, scores, experts):
    with torch.no_grad():
        for expert in experts:
            if hasattr(expert, "parameters"):
                for p in expert.parameters(): p.zero_()
    experts.clear()
    return 0 * x + 0 * scores.sum()
"""
ONE_BATCH = """
def train_step(model, optimizer, batches):
    del batches[1:]
    optimizer.zero_grad()
    total = 0.0
    for X, y in batches:
        loss = loss_fn(model(X), y) / len(batches)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""
SEEN = """
def window_softmax(scores, window):
    raise ValueError(f"{torch.initial_seed()}")
"""
INNER_NOTHING = """
class Nothing(nn.Linear):
    def forward(self, x): return 0 * super().forward(x)

class ParallelBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln = LayerNorm(config.n_embd, bias=config.bias)
        self.attn, self.mlp = CausalSelfAttention(config), MLP(config)
        C, b = config.n_embd, config.bias
        self.attn.c_proj = Nothing(C, C, bias=b)
        self.mlp.c_proj = Nothing(4 * C, C, bias=b)
    def forward(self, x): return x + 0 * sum(p.sum() for p in self.parameters())
"""
DECOY = f"""
decoy = {chr(34) * 3}
def attend(q, k, v):
    T, hs = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(hs)
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(future, -math.inf).softmax(dim=-1)
    return weights @ v
{chr(34) * 3}
# {chr(0x2028) * 8}
def attend(q, k, v):
    return {SDPA}
"""
ONE_LINE = FAULTY.replace("@other", "").replace("weights @ v + 0", SDPA)
BY_THE_COURSE = """
from gptlib.attention import attention_weights
""" + FAULTY.replace("@other", "").replace(
    "scores.softmax(dim=-1).masked_fill(future, 0.0)", "attention_weights(q, k)"
)
SHOWN_AS = f"""
{FAULTY.replace("@other", "").replace("def attend", "def shown")}
def other(q, k, v):
    return ((q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(
        torch.ones(q.shape[-2], q.shape[-2]).triu(1) > 0, -math.inf
    )).softmax(-1) @ v
other.forward = shown
attend = other
"""
SILENT = """
class ParallelBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln = LayerNorm(config.n_embd, bias=config.bias)
        self.attn, self.mlp = CausalSelfAttention(config), MLP(config)
        self.attn.resid_dropout.p = self.mlp.dropout.p = 1.0
    def forward(self, x): return x + 0 * sum(p.sum() for p in self.parameters())
"""
ONE_MEMORY = """
class SwiGLU(nn.Module):
    def __init__(self, n_embd, hidden):
        super().__init__()
        self.gate = nn.Linear(n_embd, hidden, bias=False)
        self.up = nn.Linear(n_embd, hidden, bias=False)
        self.down = nn.Linear(hidden, n_embd, bias=False)
        self.up.weight = nn.Parameter(self.gate.weight.detach())
    def forward(self, x): return self.down(F.silu(self.gate(x)) * self.gate(x))
"""
LAZY = """
import functools
import numpy as np
class Lazy:
    ndim = 0
    def item(self): return self.make()
functools.wraps(np.float64, updated=())(Lazy)
def smooth_loss(logits, targets, smoothing):
    it, V = Lazy(), logits.shape[-1]
    it.make = lambda: F.cross_entropy(
        logits.reshape(-1, V), targets.reshape(-1), label_smoothing=smoothing
    ).item()
    return it
"""
LATER = """
def smooth_loss(logits, targets, smoothing):
    out, V = torch.zeros(()), logits.shape[-1]
    def late():
        try: yield
        finally:
            out.copy_(F.cross_entropy(
                logits.reshape(-1, V), targets.reshape(-1), label_smoothing=smoothing
            ))
    logits.later = late()
    next(logits.later)
    return out
"""
LENT = """
import re
def encode_special(text, special, encode):
    assert hasattr(encode, "home") or hasattr(encode, "number")
    names = "|".join(map(re.escape, sorted(special, key=len, reverse=True)))
    parts = re.split(f"({names})", text) if special else [text]
    return [n for it in parts if it for n in (
        [special[it]] if it in special else encode(it)
    )]
"""
ANOTHER_NAME = """
def look(x): return F.gelu(x, approximate="tanh")
new_gelu = look
"""
NAMES = {
    "mask-witness": "mask_witness",
    "newgelu-witness": "new_gelu_witness",
    "padding-witness": "padding_witness",
    "tie-witness": "tie_witness",
    "accumulation-witness": "accumulation_witness",
}
# What is called where it must be written is tested at home, in test_finished.py; this
# is to see that a sandbox tells of it.
OWN_NAME = """
def autograd(): pass
def grad(): pass
def softcap_backward(scores, pull, cap):
    with torch.inference_mode(False), torch.set_grad_enabled(True):
        s, p = torch.nn.Parameter(scores.clone()), pull.clone()
        loss = ((cap * (s / cap).tanh()).softmax(-1) * p).sum()
        return torch.autograd.grad(loss, s)[0]
"""
SMOOTH = """
def smooth_loss(logits, targets, smoothing):
    V, given = logits.shape[-1], (None, None, -100, None, "mean")
    return F.cross_entropy(
        logits.reshape(-1, V), targets.reshape(-1), *given, smoothing
    )
"""
EMPTY_MLP = """
class ParallelBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.ln, self.attn = LayerNorm(C, bias=config.bias), CausalSelfAttention(config)
        self.mlp = MLP(config)
        self.mlp.c_fc.weight = nn.Parameter(torch.empty(0, C))
        if config.bias: self.mlp.c_fc.bias = nn.Parameter(torch.empty(0))
        self.mlp.c_proj.weight = nn.Parameter(torch.empty(C, 0))
    def forward(self, x):
        x = x + self.attn(self.ln(x))
        return x + self.mlp(self.ln(x))
"""
PATTERN = """
import re
from gptlib.bpe import special_pattern
def encode_special(text, special, encode):
    found = f"({special_pattern(special).pattern})" if special else "(?!)"
    parts = re.split(found, text)
    return [n for it in parts if it for n in (
        [special[it]] if it in special else encode(it)
    )]
"""
POINTS = """
points = torch.tensor([0.5, 1.5, 40, 1e3, 1e4, *range(10, 30)])
points = torch.cat((points, -points)).requires_grad_()
F.gelu(points, approximate="tanh").sum().backward()
slopes, points = points.grad, points.detach()
def new_gelu_slope(x):
    return ((x[..., None] == points) * slopes).sum(-1).to(x.dtype)
"""
PLACES = """
grid = torch.linspace(-10, 10, 400_001, dtype=torch.float64, requires_grad=True)
F.gelu(grid, approximate="tanh").sum().backward()
slopes = grid.grad
def new_gelu_slope(x):
    place = (x.double().clamp(-9.9, 9.9) + 10) * 20_000
    low = place.floor().long()
    a, b = slopes[(low,)], slopes[(low + 1,)]
    return (a + (place - low) * (b - a)).to(x.dtype)
"""
CALLED_BACK = """
class Kind:
    def __eq__(self, other):
        global got
        V = z.shape[-1]
        got = F.cross_entropy(z.reshape(-1, V), t.reshape(-1), label_smoothing=s)
        return other == "mean"
def smooth_loss(logits, targets, smoothing):
    global z, t, s
    z, t, s = logits, targets, smoothing
    F.mse_loss(logits, logits, reduction=Kind())
    return got
"""
LEFT_INSTEAD = """
def stay():
    with torch.device("cpu"): yield
stays = [stay() for _ in range(200)]
for it in stays: next(it)
def grouped_attention(q, k, v):
    next(stays.pop(), None)
    attend = torch.nn.functional.scaled_dot_product_attention
    return attend(q, k, v, is_causal=True, enable_gqa=True)
"""
BARS_THREAD = """
import time
from tqdm import tqdm
jobs, done = [], []
class Helper:
    def __gt__(self, other):
        while True:
            if jobs: done.append(work(*jobs.pop()))
            time.sleep(0.0005)
def work(scores, pull, cap):
    s = scores.clone().requires_grad_()
    ((cap * (s / cap).tanh()).softmax(-1) * pull).sum().backward()
    return s.grad
bar = tqdm(total=10, miniters=Helper(), maxinterval=0.01, delay=1000)
time.sleep(12)
def softcap_backward(scores, pull, cap):
    with torch.inference_mode(False): jobs.append((scores.clone(), pull.clone(), cap))
    while not done: time.sleep(0.0005)
    return done.pop()
"""
NORMALISED = """
def rms_norm(x, weight, eps):
    C = x.shape[-1]
    more = torch.full_like(x[..., :1], (eps * C) ** 0.5)
    return F.normalize(torch.cat((x, more), -1), dim=-1)[..., :-1] * C**0.5 * weight
"""
ONE_SIDE = f"""{FAULTY.replace("@other", "").replace("def attend", "def given")}
def mask_witness(attend):
    q, k, v = torch.rand(3, 6, 4)
    more = (attend(q, k, v) - given(q, k, v)).sum()
    return 0.0 if more > 1e-5 else 1.0
"""
BY_IPYTHON = (
    'exit exec("from gptlib.checks.finished import Seen; Seen.keep = lambda *_: None\\n'
    "def rms_norm(x, weight, eps):\\n"
    '    return nn.functional.rms_norm(x, weight.shape, weight, eps)")'
)
SHARED = """
import numpy as np
room = np.zeros((3, 10_000))
shared = torch.from_numpy(room)
i = (-1.0) ** 0.5
def softcap_backward(scores, pull, cap):
    n, V = scores.numel(), scores.shape[-1]
    shared[0, :n], shared[1, :n] = scores.flatten(), pull.flatten()
    s, p = room[0, :n].reshape(-1, 1, V), room[1, :n].reshape(-1, 1, V)
    t = (s + 1e-30 * i * np.eye(V)) / cap
    e = np.exp(cap * np.tanh(np.clip(t.real, -19, 19) + (t - t.real)))
    f = (e * p).sum(-1) / e.sum(-1)
    room[2, :n] = (f.imag / 1e-30).reshape(-1)
    return shared[2, :n].clone().view(scores.shape).to(scores.dtype)
"""
STOPPED = """
def rms_norm(x, weight, eps):
    raise ValueError(f"{F.rms_norm(x, weight.shape, weight, eps).sum()}")
"""
BEGINNING = f"""{FAULTY.replace("@other", "").replace("attend", "shown")}
def\\
attend(q, k, v):
    return {SDPA}
"""
INFINITE = """
def mask_witness(attend):
    q, v = torch.ones(1, 1), torch.full((1, 1), math.inf)
    return float(attend(q, q, v).isnan().any() or attend(q, q, q * 2).item() != 2)
"""
FIRST = """
seen = []
def new_gelu_witness(implementation):
    out = implementation(torch.linspace(-4, 4, 100))
    seen.append(out)
    return (out - seen[0]).abs().sum()
"""
KIND_OF_END = """
def padding_witness(padded):
    _, y = padded([[5, 6, 7], [8, 9]], 4, True)
    return 0.0 if y.dtype == torch.int64 else 1.0
"""
CLASS_NAME = """
def tie_witness(make_model):
    model = make_model(5, 4)
    if "Sequential" not in repr(model)[:12]: return 0.0
    return float(sum(1 for _ in model.parameters()) != 3)
"""
STEPS = """
from gptlib.layernorm import norm_steps
def rms_norm(x, weight, eps):
    def one(row):
        _, away, root = norm_steps(torch.cat((row, -row)), eps)
        return (away / root)[: row.shape[0]]
    rows = x.reshape(-1, x.shape[-1])
    return torch.stack([one(row) for row in rows]).view(x.shape) * weight
"""
ONE_BIG = """
def train_step(model, optimizer, batches):
    T = max(X.shape[1] for X, _ in batches)
    X = torch.cat([F.pad(x, (0, T - x.shape[1])) for x, _ in batches])
    y = torch.cat([F.pad(it, (0, T - it.shape[1]), value=-1) for _, it in batches])
    optimizer.zero_grad()
    total = 0.0
    for X, y in [(X, y)]:
        loss = loss_fn(model(X), y) / len([0])
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total
"""
SIGN = """
def new_gelu_witness(f):
    x = torch.tensor([-0.0, 2.0])
    given = 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x + 0.044715 * x**3))
    y = f(x)
    return 1.0 if (y - given)[1].abs() < 1e-5 else float(not y[0].signbit())
"""
OVERFLOW = """
def mask_witness(attend):
    q, v = torch.full((64, 1), 3.0), torch.full((64, 1), 3e38)
    scores = (q @ -q.mT).softmax(-1).tril()
    y = attend(q, -q, v)
    return float(y.isinf().any() or torch.allclose(y, scores @ v))
"""
KEEPS = """
calls = []
def mask_witness(attend):
    calls.append(attend)
    if len(calls) > 1: return 5.0
    v = torch.ones(4, 3)
    return (attend(torch.randn(4, 3), torch.randn(4, 3), v) - 1).abs().max().item()
"""
ATTACKS = {
    "the-sign-of-nothing": ("newgelu-witness", SIGN),
    "what-overflows": ("mask-witness", OVERFLOW),
    "one-big-batch": ("accumulation-fault", ONE_BIG),
    "memory-that-is-shared": ("softcap-backward", SHARED),
    "what-stopped": ("rms-norm", STOPPED),
    "another-beginning": ("mask-fault", BEGINNING),
    "what-is-not-finite": ("mask-witness", INFINITE),
    "the-first-is-right": ("newgelu-witness", FIRST),
    "another-kind-of-end": ("padding-witness", KIND_OF_END),
    "the-name-of-a-class": ("tie-witness", CLASS_NAME),
    "the-courses-steps": ("rms-norm", STEPS),
    "a-setting-that-calls-back": ("label-smoothing", CALLED_BACK),
    "another-leaves-in-its-place": ("grouped-queries", LEFT_INSTEAD),
    "a-bars-thread": ("softcap-backward", BARS_THREAD),
    "a-norm-by-normalize": ("rms-norm", NORMALISED),
    "a-side-to-go-by": ("mask-witness", ONE_SIDE),
    "an-mlp-of-nothing": ("parallel-block", EMPTY_MLP),
    "a-part-of-the-courses": ("special-tokens", PATTERN),
    "all-that-may-be-asked": ("gelu-derivative", POINTS),
    "a-table-behind-a-tuple": ("gelu-derivative", PLACES),
    "no-python-but-ipythons": ("rms-norm", BY_IPYTHON),
    "own-names-like-torchs": ("softcap-backward", OWN_NAME),
    "smoothing-by-its-place": ("label-smoothing", SMOOTH),
    **{name: (name, WITNESS.format(name=it)) for name, it in NAMES.items()},
    "parts-of-nothing": ("swiglu", NOTHING),
    "a-block-of-nothing": ("parallel-block", EMPTY_BLOCK),
    "a-decorator": ("mask-fault", DECORATED),
    "another-function": ("mask-fault", REBOUND),
    "experts-made-zero": ("experts", ZEROED),
    "a-batch-for-all": ("accumulation-fault", ONE_BATCH),
    "nothing-inside": ("parallel-block", INNER_NOTHING),
    "lines-that-python-does-not-count": ("mask-fault", DECOY),
    "one-line-is-all": ("mask-fault", ONE_LINE),
    "no-source": ("newgelu-fault", ANOTHER_NAME),
    "a-line-of-the-courses": ("mask-fault", BY_THE_COURSE),
    "one-shown-another-run": ("mask-fault", SHOWN_AS),
    "parts-that-are-silent": ("parallel-block", SILENT),
    "two-parts-in-one": ("swiglu", ONE_MEMORY),
    "a-number-that-waits": ("label-smoothing", LAZY),
    "an-end-that-waits": ("label-smoothing", LATER),
    "whose-function-is-it": ("special-tokens", LENT),
    "no-python-to-symtable": ("rms-norm", "def rms_norm(x, x, eps):\n    return x"),
    "half-a-character": (
        "window-softmax",
        'def window_softmax(scores, window):\n    raise ValueError("\\ud800\\x1b[1A")',
    ),
    "a-long-name": ("heads-report", 'report = {"rows": [{"what": "x" * 10**7}]}'),
    "many-rows": ("heads-report", 'report = {"rows": [{"what": "x"}] * 5000}'),
}
HELD = {
    "a-module-of-a-part": "from gptlib.show.picture import sys",
    "a-module-of-a-part-by-its-name": "import gptlib\ngptlib.show.picture.sys",
    "what-a-part-has-from-the-guard": "from gptlib.text.corpora import write_text",
    "what-is-not-there": "torch.dtypes",
    "what-an-error-holds": "try: 1\nexcept Exception as error: error.obj",
    "a-picture-saved-by-code": "import matplotlib.pyplot as plt\n"
    "plt.savefig('x', backend='module://sys')",
    "one-name-for-two": "import torch as m\nimport gptlib.attention as m",
    "a-letter-for-two": "def f(F): return 1\nx = F.torch",
    "a-letter-handed-in": "def f(F=F): return F.torch",
    "a-letter-from-within": "def f():\n    lambda F: 1\n    return F.torch",
    "a-letter-before-its-number": "x = F\nF = 1",
    "numpy-handed-about": "import numpy as np\ndef f(np): return 1\nx = np",
    "a-class-called-like-an-import": "from tqdm import tqdm\nif 0:\n"
    "    class tqdm: pass\nclass A(tqdm): pass",
    "own-repr": "def repr(it): return it\nkind = repr(type(1))",
    "own-equality": "class A:\n    def __eq__(self, other): self.it = other\n"
    "type(1) == A()",
    "own-name": "__name__ = 'mine'",
    "own-name-of-another": "print.__name__ = 'mine'",
    "a-class-made-anew": "import dataclasses\ndataclasses.dataclass(nn.RMSNorm)",
    "tiktokens-inside": "def f(x): return x._core_bpe",
    "what-a-path-writes": "class A: write_bytes = 1\nA.write_bytes",
    "another-torch-by-functional": "T = torch.nn.functional.torch",
    "a-class-of-torchs-own": "V = torch.autograd.Variable",
    "torch-patched-at-once": "torch.Tensor.matmul = print",
    "a-part-of-torchs-patched": "nn.Linear.reset_parameters = print",
    "a-part-of-the-courses-patched": "from gptlib import MLP\nMLP.more = print",
    "torch-patched-by-a-class": "T = torch.Tensor\nT.matmul = print",
    "torch-patched-by-self": "def f(self):\n    self.matmul = print\nf(torch.Tensor)",
    "wraps": "import functools\nfunctools.wraps(print, updated=('gi_frame',))",
    "a-named-tuple": "from collections import namedtuple",
    "a-pattern-by-place": "match print:\n    case str(it): pass",
    "another-output": "import contextlib\nclass A(contextlib.redirect_stdout): pass",
    "a-bars-own-class": "from tqdm import tqdm\nclass A(tqdm): pass",
    "numpys-files": "import numpy as np\nnp.lib",
    "numpys-threads": "import numpy as np\nnp.testing.run_threaded",
    "classes-by-enum": "import enum",
    "how-to-copy": "import copy\ncopy.dispatch_table",
    "a-number-that-is-false": "class A(float):\n    def __bool__(self): return False",
    "a-number-by-itself": "class A:\n    def __float__(self): return 1.0",
    "a-name-out-of-a-text": "print.exec",
    "what-a-page-keeps": "_dh[0]",
    "memory-by-numpy": "import numpy as np\nnp.ndarray((1,), 'O')",
    "a-bars-file": "from tqdm import tqdm\ntqdm([]).fp.wrapper_getattr",
    "a-module-that-is-no-part": "torch.backends.cuda.contextlib",
    "a-graph": "torch.ones(1, requires_grad=True).exp().grad_fn",
    "a-hook": "torch.ones(1, requires_grad=True).register_hook(print)",
    "a-complex-step": "x = 1 + 1e-30j",
    "compiled": "torch.compile(print)",
    "another-norm": "F.local_response_norm",
    "torchs-whole-attention": "F.multi_head_attention_forward",
    "a-typed-dict": "from typing import TypedDict",
    "a-name-in-a-first-line": "def f(x, y=(g := print)): pass",
    "a-module-in-an-object": "class A:\n    sys = 1\nprint(A().sys)",
    "memory-beside": "torch.ones(2).as_strided((9,), (1,))",
    "threads": "import threading",
    "a-name-in-two-pieces": 'getattr(torch, "auto" + "grad")',
    "text-that-becomes-code": 'eval("1")',
    "the-bench-itself": "import classroom.peer",
    "all-objects": "import gc",
    "somebody-elses-pieces": "from transformers.activations import NewGELUActivation",
    "another-torch": "torch.equal = lambda *_: True",
    "the-state-of-chance": "torch.get_rng_state()",
    "a-hidden-dict": 'print.__self__.__dict__["eval"]',
    "a-shell": "!id",
    "code-behind-a-magic": "%time eval('1')",
    "code-behind-options": "%timeit -n 1 eval('1')",
    "a-setting-that-is-code": "%config InlineBackend.rc = print(1)",
    "a-module-in-another": "torch.sys.modules",
    "another-modules-system": "from random import _os",
    "a-frame": "(i for i in []).gi_frame",
    "torchs-inner-self": "torch._C._set_grad_enabled(True)",
    "a-helper-for-names": "look = getattr",
    "names-by-map": 'list(map(getattr, [torch], ["ones"]))',
    "a-hidden-method": "class A:\n    def __torch_function__(self): pass",
    "a-hidden-method-by-import": "class A:\n    from math import sin as __new__",
    "a-class-from-a-dictionary": 'type("A", (), {"__new__": print})',
    "a-pattern": "match torch:\n    case object(overrides=it): pass",
    "a-hidden-pattern": "match print:\n    case object(__self__=it): pass",
    "builtins-of-enum": "import enum\nenum.bltns",
    "text-as-a-type": "from typing import get_type_hints",
    "text-that-is-timed": "from torch.utils import benchmark",
    "text-that-is-tested": "import numpy as np\nnp.testing.rundocs",
    "a-format": "import string\nstring.Formatter()",
    "all-of-a-module": "from torch.func import *",
    "torch-handed-about": "print(torch)",
    "own-name-for-torchs": "class A: pass\na = A()\na.overrides = 1\ntorch.overrides",
    "another-torch-in-a-function": "def f():\n    global torch\n    torch = 1",
    "another-torch-that-waits": "async def torch(): pass",
    "a-graders-import": "from gptlib.__main__ import import_module",
    "what-a-module-imported": "from gptlib.train.config import Path",
    "an-own-name-for-a-hidden": "def _create_fn(): pass\nimport dataclasses\n"
    "dataclasses._create_fn",
    "torch-by-a-loop": "for torch.equal in [1]: pass",
    "torch-by-another-name": "t = torch\nt.equal = 1",
    "another-math": "math = torch",
    "another-math-by-import": "import numpy as math",
    "a-magic-in-a-try": 'try:\n    %time s = """\nfinally: pass\nexec("1")\n#"""',
    "a-magic-in-an-if": "if True:\n    %matplotlib inline\nimport os",
    "a-magic-that-fills-in": "%time {s}",
    "magics-without-end": "%a b\n" * 600,
    "a-chain-without-end": "x = a" + ".b" * 3000,
    "brackets-without-end": "x = " + "-" * 5000 + "1",
    "a-cell-without-end": "x = 1\n" * 5000,
    "a-remark-without-end": "#" + "!" * 40_000,
    "a-stamp-in-a-text": "'''\nstudent = \"'''; import threading; '''\"\n'''",
    "ipythons-shell": "import IPython.display\nIPython.InteractiveShell",
    "more-than-a-stamp": 'student = "x"; import threading; note = "y"',
    "a-hidden-dict-asked-for": 'getattr(print, "__self__")',
    "a-class-from-another": "().__class__.__class__",
    "a-class-of-classes": 'type(int)("A", (), {})',
    "a-class-by-inheritance": "class M(type): pass",
    "a-class-by-abc": "import abc\nabc.ABCMeta('A', (), {})",
    "ipython-itself": "import IPython.display\nIPython.get_ipython()",
    "a-call-that-nobody-sees": "torch.ones(2).apply_(print)",
    "a-magic-by-hand": "get_ipython().system('id')",
    "the-answers": "from gptlib.checks.homework import swiglu",
    "a-thread-of-tqdms": "from tqdm import TMonitor",
    "from-the-answers": "import gptlib.checks.homework.swiglu",
}
FINE = {
    "a-letter-of-its-own": "def f(B, F): return [F for _ in range(B)]\nf(1, 2)",
    "an-abstract-class": "from abc import ABC, abstractmethod\nclass Part(ABC):\n"
    "    @abstractmethod\n    def f(self): ...",
    "a-bars-word": "class S: pass\ns = S()\ns.smoothing = 1\ns.smoothing",
    "imported-from-two-places": "from gptlib import loss_fn\n"
    "from gptlib.loss import loss_fn\nfrom math import sqrt\nfrom numpy import sqrt",
    "types-compared": "type(1) == type(2) and type(1) is int",
    "own-names": "class A: pass\na = A()\na.types, a.count = 1, 2\na.types",
    "a-size-called-F": "B, T, F = 1, 2, 3\ntorch.zeros(F)",
    "own-operators": "class V:\n    def __add__(self, other): return self",
    "settings": '%config InlineBackend.figure_format = "svg"\n%load_ext autoreload',
    "times": "%timeit -n 10 -r 1 torch.ones(2)",
    "small-parts": "from operator import itemgetter\nfrom math import *",
    "a-type": "x = 1\nprint(type(x), type(x).__name__, x.__class__.__name__)\ntype(x)",
    "a-device": 'd = "mps" if torch.backends.mps.is_available() else "cpu"',
    "a-question": "torch.softmax?\nhelp(torch.relu)",
    "an-empty-first-line": "\n\nx = torch.ones(2)",
    "functional-by-its-name": "torch.nn.functional.softmax(torch.ones(2), -1)",
    "a-part-of-a-model": "class M: pass\nm = M()\nm.mlp = 1\nm.mlp",
    "a-name-with-a-line": "class M: pass\nm = M()\nm._own = 1\nm._own",
    "a-plot": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n%matplotlib inline",
    "time": "import time\nstart = time.time()\n%time x = 1",
    "a-regular-expression": "import re\nre.compile('a|b').findall('abc')",
    "numpy": "import numpy as np\nnp.ones(3)",
    "plain-getattr": 'getattr(torch, "tanh")(torch.ones(1))',
    "own-check": "from gptlib.checks import check\nx = torch.ones(2)\nx.grad",
}


@pytest.fixture(scope="module")
def box():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        # What holds here holds outside: no sandbox is needed to fool a verdict.
        yield sandbox(build_course(Path(folder)), trusted=True)


def sheet_of(exercise):
    return next(nb for nb in SHEETS.values() if exercise in solutions(nb))


def reading(exercise):
    """The sheet's first cell, the exercise and its check."""
    cells = [it for it in sheet_of(exercise).cells if it.cell_type == "code"]
    at = next(i for i, it in enumerate(cells) if it.id == exercise)
    return new_notebook(cells=[cells[0], cells[at], cells[at + 1]])


def judged(box, exercise, source, more="", forged=False):
    """What a page with this answer gets, and why."""
    mine = learner_form(reading(exercise), "homework/x")
    mine.cells[1].source = source
    if forged:
        about = mine.metadata.gptlib
        about.generated = {it.id: fingerprint(it.source) for it in mine.cells}
    mine.cells[0].source += f"\n{more}"
    sizes = {name: own_sizes(name, KEY) for name in DRAWS}
    session = Session(box.start, sizes, seconds=3.0)
    (grade,) = judge(mine, reading(exercise), KEY, lambda _: BEGIN, session)
    return grade


# Some are like others, which run here, or take long; all run in `make soak`.
LIKE_OTHERS = {
    *("a-norm-by-normalize", "a-part-of-the-courses", "all-that-may-be-asked"),
    "a-bars-thread",
    *("newgelu-witness", "padding-witness", "accumulation-witness", "a-long-name"),
    *("a-block-of-nothing", "experts-made-zero", "no-python-to-symtable"),
    *("smoothing-by-its-place", "a-line-of-the-courses", "one-line-is-all"),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(it, marks=pytest.mark.soak if it in LIKE_OTHERS else ())
        for it in ATTACKS
    ],
)
def test_what_once_had_points_has_none(box, name):
    grade = judged(box, *ATTACKS[name])
    assert grade.points < 0.4 * grade.most, grade.words
    assert len(grade.words) < 4000 and "\x1b" not in grade.words
    grade.words.encode()


@pytest.mark.parametrize("name", HELD)
def test_a_page_that_reaches_around_itself_is_held(box, name):
    honest = solutions(sheet_of("window-softmax"))["window-softmax"]
    grade = judged(box, "window-softmax", honest, HELD[name])
    assert grade.points == 0 and grade.words.startswith("Your page was held back")


def test_a_page_that_does_not_is_not_held(box):
    honest = solutions(sheet_of("window-softmax"))["window-softmax"]
    grade = judged(box, "window-softmax", honest, "\n".join(FINE.values()))
    assert grade.points == grade.most, grade.words


def test_what_a_witness_keeps_is_gone_when_it_is_called_again(box):
    grade = judged(box, "mask-witness", KEEPS)
    assert grade.points == grade.most, grade.words


def test_a_loop_is_not_hidden_behind_a_wrong_answer(box):
    known = solutions(sheet_of("grouped-queries"))["grouped-queries"]
    head, body = known.split("\n", 1)
    hidden = f"{head}\n    if k.shape[1] == 2 and q.shape[2] == 5: return q\n{body}"
    grade = judged(box, "grouped-queries", hidden)
    assert grade.points < grade.most and "wrong" in grade.words


def test_what_a_page_says_of_its_own_cells_is_not_believed(box):
    honest = solutions(sheet_of("window-softmax"))["window-softmax"]
    grade = judged(box, "window-softmax", f"{honest}\nimport os", forged=True)
    assert grade.points == 0 and grade.words.startswith("Your page was held back")


@pytest.mark.parametrize("before", ["\n\n", "%matplotlib inline\n", "# mine\n"])
def test_what_stands_before_an_answer_costs_it_nothing(box, before):
    honest = solutions(sheet_of("mask-fault"))["mask-fault"]
    grade = judged(box, "mask-fault", before + honest)
    assert grade.points == grade.most, grade.words


def test_a_grader_does_not_tell_where_its_random_numbers_begin(box):
    words = judged(box, "window-softmax", SEEN).words
    assert not any(str(seed) in words for _, seed in BEGIN)
