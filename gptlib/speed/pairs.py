"""The lines of the bench: each two ways of doing the same thing.

The plain loop is one that a person would write: it cuts its batches in slices and has
AdamW without `fused`. Hugging Face's model is trained in the same plain loop.
"""

import copy
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from gptlib.attention import attention_weights, fused_attention
from gptlib.bpe import apply_merges, split_words, train_bpe, train_bpe_plainly
from gptlib.config import GPTConfig
from gptlib.guard.compiled import compile_here
from gptlib.model import GPT
from gptlib.pretrained import config_to_hf, state_to_hf
from gptlib.speed.measure import Call, Pair
from gptlib.speed.recipes import sliced_batch
from gptlib.text.batches import get_batch
from gptlib.text.corpora import load_text
from gptlib.text.tokenizers import BPETokenizer, CharTokenizer
from gptlib.train import optimizer_step
from gptlib.train.start import flash_is_faster

# nanoGPT's recipe for a CPU: 4 layers of 128, rows of 64 tokens, 12 rows a step.
RECIPE = dict(n_layer=4, n_head=4, n_embd=128)
BLOCK, BATCH, NEW = 64, 12, 256


# Training


def our_step(
    forward: Callable,
    model: nn.Module,
    optimizer: Optimizer,
    ids: Tensor,
    autocast: Callable = nullcontext,
) -> Tensor:
    """One step as training does it; returns its loss."""
    batch, params = get_batch(ids, BLOCK, BATCH), list(model.parameters())
    loss, _ = optimizer_step(forward, params, [optimizer], [batch], autocast=autocast)
    return loss


def plain_step(
    forward: Callable,
    model: nn.Module,
    optimizer: Optimizer,
    ids: Tensor,
    autocast: Callable = nullcontext,
) -> Tensor:
    """One step as a plain loop does it: a slice a row, and no check of anything."""
    X, y = sliced_batch(ids, BLOCK, BATCH)
    with autocast():
        logits = forward(X)
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), y.view(-1))
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.detach()


def training_pair(hugging_face: bool, dtype: str = "float32") -> tuple[Call, Call]:
    """Ten steps of ours, and of the same model, or Hugging Face's, in a plain loop."""
    text = load_text("tales")[0]
    tokenizer = CharTokenizer.from_text(text)
    ids = torch.tensor(tokenizer.encode(text))
    flash = flash_is_faster(BLOCK, dtype, "cpu")
    model = GPT(GPTConfig(tokenizer.vocab_size, BLOCK, flash=flash, **RECIPE))
    forward = other = copy.deepcopy(model)
    if hugging_face:
        other = to_hugging_face(other).train()
        forward = lambda X: other(X, use_cache=False).logits
    half = partial(torch.autocast, "cpu", torch.bfloat16, enabled=dtype == "bfloat16")
    adamw, plain = model.configure_optimizers(), AdamW(other.parameters(), lr=6e-4)
    ours = partial(our_step, model, model, adamw, ids, half)
    theirs = partial(plain_step, forward, other, plain, ids, half)
    return ten_times(ours), ten_times(theirs)


def compiled_pair() -> tuple[Call, Call]:
    """Ten steps of ours, compiled and not. The first call compiles: a minute or so."""
    theirs = GPT(GPTConfig(65, BLOCK, **RECIPE))
    ours = copy.deepcopy(theirs)
    ids = torch.randint(65, (10_000,))

    def step(forward: Callable, model: GPT) -> Call:
        return partial(our_step, forward, model, model.configure_optimizers(), ids)

    return ten_times(step(compile_here(ours), ours)), ten_times(step(theirs, theirs))


def ten_times(call: Call) -> Call:
    """One that calls ten times, where one call is too short to be timed."""
    return lambda: [call() for _ in range(10)]


def to_hugging_face(model: GPT) -> nn.Module:
    """The same model, run by `transformers`."""
    from transformers import GPT2Config, GPT2LMHeadModel

    other = GPT2LMHeadModel(GPT2Config(**config_to_hf(model.config)))
    other.load_state_dict(state_to_hf(model), strict=False)
    other.tie_weights()
    return other.eval()


# Writing


def writing_pair(hugging_face: bool, prompt: int = 1) -> tuple[Call, Call]:
    """256 tokens by ours with its cache, and by ours without or by Hugging Face's."""
    model = GPT(GPTConfig(65, prompt + NEW, **RECIPE)).eval()
    idx = torch.zeros(1, prompt, dtype=torch.int64)
    ours = lambda: model.generate(idx, NEW)
    if not hugging_face:
        return ours, lambda: model.generate(idx, NEW, use_cache=False)
    options = dict(max_new_tokens=NEW, min_new_tokens=NEW, do_sample=True, top_k=0)
    options |= dict(attention_mask=torch.ones_like(idx), pad_token_id=0)
    other = to_hugging_face(model)
    return ours, lambda: other.generate(idx, **options)


# Attention


def attention_calls(T: int) -> tuple[Call, Call]:
    """One forward pass of 4 heads of 64, fused and with the table of weights."""
    q, k, v = torch.randn(3, 1, 4, T, 64)
    return lambda: fused_attention(q, k, v), lambda: attention_weights(q, k) @ v


# Tokens


def token_training_pair() -> tuple[Call, Call]:
    text = load_text("tales")[0]
    return lambda: train_bpe(text, 512), lambda: train_bpe_plainly(text, 512)


def encoding_pair() -> tuple[Call, Call]:
    train_text, val_text = load_text("tales")
    text = val_text[:10_000]
    merges = train_bpe(train_text, 512)
    tokenizer = BPETokenizer(merges)
    replay = lambda: [apply_merges(w.encode(), merges) for w in split_words(text)]
    return lambda: tokenizer.encode(text), replay


# Starting


def import_pair() -> tuple[Call, Call]:
    """A Python that imports gptlib, and one that imports torch alone."""
    start = lambda code: (
        lambda: subprocess.run([sys.executable, "-c", code], check=True)
    )
    return start("import gptlib"), start("import torch")


LENGTHS = (64, 256, 1024, 4096)
HF = "transformers' GPT-2"
PAIRS = [
    Pair("training step", "plain loop", lambda: training_pair(False)),
    Pair("training step", HF, lambda: training_pair(True)),
    Pair("the same in bfloat16", HF, lambda: training_pair(True, "bfloat16")),
    Pair("compiled step", "not compiled", compiled_pair),
    Pair("writing 256 tokens", "no cache", lambda: writing_pair(False)),
    Pair("writing 256 tokens", HF, lambda: writing_pair(True)),
    Pair("the same after 256", "no cache", lambda: writing_pair(False, 256)),
    Pair("the same after 256", HF, lambda: writing_pair(True, 256)),
    *(
        Pair(f"fused attention, T = {T}", "the table", partial(attention_calls, T))
        for T in LENGTHS
    ),
    Pair("training 256 merges", "counting anew", token_training_pair),
    Pair("encoding", "replaying merges", encoding_pair),
    Pair("import gptlib", "import torch", import_pair),
]
