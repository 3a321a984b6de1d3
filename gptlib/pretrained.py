"""GPT-2 in and out of Hugging Face's format: config.json and model.safetensors."""

import re
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from gptlib.config import GPTConfig
from gptlib.guard.files import naming, write_json, write_safetensors
from gptlib.guard.folders import (
    CONFIG,
    WEIGHTS,
    model_config,
    model_folder,
    new_folder,
    read_tensors,
    weights_file,
)
from gptlib.guard.values import checked_number, checked_whole
from gptlib.guard.weights import check_numbers, check_tied

# Hugging Face's GPT-2 keeps OpenAI's Conv1D, whose weight is (in, out); a Linear's is
# (out, in). These four are turned over on the way in and on the way out.
TRANSPOSED = re.compile(r"(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)\.weight$")
# Masks that old checkpoints carry along; ours is computed.
MASKS = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)$")

GELU_OF = {"gelu_new": "tanh", "gelu_pytorch_tanh": "tanh", "gelu": "exact"}
ACTIVATION_OF = {"tanh": "gelu_new", "exact": "gelu"}
DROPOUTS = ("attn_pdrop", "embd_pdrop", "resid_pdrop")
SIZES = ("vocab_size", "n_positions", "n_layer", "n_head", "n_embd")
# What Hugging Face's GPT-2 can be told to do differently, and GPT-2 itself does not.
ONLY = {
    "model_type": "gpt2",
    "layer_norm_epsilon": 1e-5,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "reorder_and_upcast_attn": False,
    "tie_word_embeddings": True,
    "add_cross_attention": False,
}


def read_pretrained(
    source: str | Path, *, dropout: float | None = None, flash: bool = True
) -> tuple[GPTConfig, dict[str, Tensor]]:
    """Config and state dict of a folder or of a model on the Hugging Face hub.

    Arguments as in `GPT.from_pretrained`; every tensor is float32 on the CPU. Weights
    in several files, as transformers saves large models, are read too.

    Raises:
        FileNotFoundError: no such folder, or a file is missing in it.
        ConnectionError: a hub name that could not be fetched.
        ValueError: a file is damaged, not a GPT-2's, or the weights do not fit the
            config; the message begins with the file's name.
    """
    folder = model_folder(source)
    hf = model_config(folder)
    if dropout is not None:  # then the file's own do not matter
        hf |= dict.fromkeys(DROPOUTS, 0.0)
    with naming(folder / CONFIG):
        config = config_from_hf(hf)
    path = weights_file(folder)
    tensors = read_tensors(path)
    with naming(path):
        state = state_from_hf(tensors, config)
        check_fit(state, config)
    dropout = config.dropout if dropout is None else dropout
    return replace(config, dropout=dropout, flash=flash), state


def save_pretrained(model: nn.Module, folder: str | Path) -> None:
    """Write config.json and model.safetensors so that `transformers` runs our model.

    A model without biases is written with biases of zero, since Hugging Face's GPT-2
    always has them: the same function, and read back here it has none again.

    Raises:
        TypeError: `folder` is neither text nor a path.
        FileExistsError: `folder` is a file.
        ValueError: a model that is no plain GPT-2, see `state_to_hf`; nothing is
            written then.
    """
    state, folder = state_to_hf(model), new_folder(folder)
    write_safetensors(folder / WEIGHTS, state)
    write_json(folder / CONFIG, config_to_hf(model.config))


def config_from_hf(hf: dict) -> GPTConfig:
    """Our config for a dict read from a Hugging Face config.json.

    Raises:
        TypeError: a field of the wrong type.
        ValueError: not a GPT-2, or one that does something differently.
    """
    missing = [key for key in ("model_type", *SIZES) if key not in hf]
    if missing or hf["model_type"] != "gpt2":
        raise ValueError(
            f"this is not a GPT-2: it has model_type {hf.get('model_type')!r} "
            f"and lacks {missing}"
        )
    V, block_size, n_layer, n_head, C = (checked_whole(key, hf[key]) for key in SIZES)
    _refuse_variants(hf, C)
    dropouts = {checked_number(key, hf.get(key, 0.1)) for key in DROPOUTS}
    if len(dropouts) > 1:
        raise ValueError(
            f"{', '.join(DROPOUTS)} are {sorted(dropouts)}, and GPT has one dropout: "
            f"choose it with dropout="
        )
    return GPTConfig(
        vocab_size=V,
        block_size=block_size,
        n_layer=n_layer,
        n_head=n_head,
        n_embd=C,
        dropout=dropouts.pop(),
        bias=hf.get("bias", True),
        gelu=GELU_OF[hf.get("activation_function", "gelu_new")],
    )


def _refuse_variants(hf: dict, C: int) -> None:
    allowed = {key: [value] for key, value in ONLY.items()}
    allowed |= {"n_inner": [None, 4 * C], "activation_function": list(GELU_OF)}
    wrong = {k: hf[k] for k in allowed if k in hf and hf[k] not in allowed[k]}
    if wrong:
        expected = {key: allowed[key] for key in wrong}
        raise ValueError(
            f"this is not a plain GPT-2: it says {wrong}, expected one of {expected}"
        )


def config_to_hf(config: GPTConfig) -> dict:
    """The config.json that `transformers` reads; `bias` is there for us alone."""
    return {
        **ONLY,
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": config.vocab_size,
        "n_positions": config.block_size,
        "n_ctx": config.block_size,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "n_embd": config.n_embd,
        "activation_function": ACTIVATION_OF[config.gelu],
        **dict.fromkeys(DROPOUTS, config.dropout),
        "bias": config.bias,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def state_from_hf(tensors: dict[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
    """Our names and our orientation for the tensors of a Hugging Face GPT-2.

    Raises:
        ValueError: a head of its own, weights that are not finite floating-point
            numbers, or biases where the config has none.
    """
    # The hub's "gpt2" is a bare GPT2Model, saved without this prefix.
    bare = {name.removeprefix("transformer."): p for name, p in tensors.items()}
    if len(bare) < len(tensors):
        twice = [n for n in bare if {n, f"transformer.{n}"} <= tensors.keys()]
        raise ValueError(f"there with and without 'transformer.' in front: {twice[:5]}")
    head = bare.pop("lm_head.weight", None)
    if head is not None:
        check_tied(head, bare.setdefault("wte.weight", head))
    state = {}
    for name, tensor in bare.items():
        if MASKS.search(name):
            continue
        check_numbers(name, tensor)
        if not config.bias and name.endswith(".bias"):
            if tensor.any():
                raise ValueError(f"config says bias=False, but {name} is not zero")
            continue
        turned = tensor.t().contiguous() if TRANSPOSED.search(name) else tensor
        # A copy: what was read is still tied to the open file.
        state[f"transformer.{name}"] = turned.to(torch.float32, copy=True)
    if "transformer.wte.weight" in state:
        state["lm_head.weight"] = state["transformer.wte.weight"]
    return state


def state_to_hf(model: nn.Module) -> dict[str, Tensor]:
    """The tensors of a Hugging Face GPT2LMHeadModel with the weights of `model`.

    Raises:
        ValueError: a model that has other tensors than GPT-2, or a head of its own.
    """
    ours = model.state_dict()
    check_fit(ours, model.config)
    # Tied: Hugging Face stores it once, as wte.
    check_tied(ours.pop("lm_head.weight"), ours["transformer.wte.weight"])
    state = {}
    for name, tensor in ours.items():
        check_numbers(name, tensor)
        turned = tensor.t() if TRANSPOSED.search(name) else tensor
        state[name] = turned.contiguous().cpu()
    if not model.config.bias:
        for path, module in model.transformer.named_modules():
            if hasattr(module, "bias") and module.bias is None:
                size, dtype = len(module.weight), module.weight.dtype
                state[f"transformer.{path}.bias"] = torch.zeros(size, dtype=dtype)
    return state


def check_fit(state: dict[str, Tensor], config: GPTConfig) -> None:
    """Say which tensors are missing, left over or of another shape, if any."""
    if config.n_layer > len(state):  # before a list of so many names is made
        raise ValueError(
            f"its config says n_layer = {config.n_layer}, but there are only "
            f"{len(state)} tensors: config and weights are not of one model"
        )
    ours, given = shapes(config), {name: tuple(p.shape) for name, p in state.items()}
    if given != ours:
        both = sorted(ours.keys() & given.keys())
        other = [(n, given[n], ours[n]) for n in both if given[n] != ours[n]]
        raise ValueError(
            f"the weights are not those of a GPT-2 of its config's sizes: "
            f"missing {sorted(ours.keys() - given.keys())[:5]}, "
            f"unknown {sorted(given.keys() - ours.keys())[:5]}, "
            f"(name, shape there, shape expected) {other[:5]}"
        )


def shapes(config: GPTConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in the state dict of a GPT of these sizes."""
    V, C, bias = config.vocab_size, config.n_embd, config.bias
    linear = {"attn.c_attn": (3 * C, C), "attn.c_proj": (C, C)}
    linear |= {"mlp.c_fc": (4 * C, C), "mlp.c_proj": (C, 4 * C)}
    found = {"wte.weight": (V, C), "wpe.weight": (config.block_size, C)}
    norms = ["ln_f"]
    for layer in range(config.n_layer):
        norms += [f"h.{layer}.ln_1", f"h.{layer}.ln_2"]
        for name, shape in linear.items():
            found[f"h.{layer}.{name}.weight"] = shape
            if bias:
                found[f"h.{layer}.{name}.bias"] = shape[:1]
    for name in norms:
        found |= {f"{name}.{part}": (C,) for part in ("weight", "bias")[: 1 + bias]}
    named = {f"transformer.{name}": shape for name, shape in found.items()}
    return named | {"lm_head.weight": (V, C)}
