"""GPT-2 in and out of Hugging Face's format: config.json and model.safetensors."""

import json
import re
from pathlib import Path

import torch
from torch import Tensor, nn

from gptlib.config import GPTConfig
from gptlib.guard.files import write_json, write_safetensors

# Hugging Face's GPT-2 keeps OpenAI's Conv1D, whose weight is (in, out); a Linear's is
# (out, in). These four are turned over on the way in and on the way out.
TRANSPOSED = re.compile(r"(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)\.weight$")
# Masks that old checkpoints carry along; ours is computed.
MASKS = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)$")

GELU_OF = {"gelu_new": "tanh", "gelu_pytorch_tanh": "tanh", "gelu": "exact"}
ACTIVATION_OF = {"tanh": "gelu_new", "exact": "gelu"}
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

    Arguments as in `GPT.from_pretrained`; every tensor is float32 on the CPU.

    Raises:
        FileNotFoundError: no such folder, or a file is missing in it.
        ConnectionError: a hub name that could not be fetched.
        ValueError: not a GPT-2, or weights that do not fit the config.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(source) if Path(source).is_dir() else _fetch(str(source))
    hf = json.loads(_file(folder, "config.json").read_text(encoding="utf-8"))
    config = config_from_hf(hf, flash=flash, dropout=dropout)
    try:
        state = state_from_hf(load_file(_file(folder, "model.safetensors")), config)
    except SafetensorError as error:
        raise ValueError(
            f"model.safetensors in {folder} is damaged: {error}"
        ) from error
    _compare(state, shapes(config), folder)
    return config, state


def save_pretrained(model: nn.Module, folder: str | Path) -> None:
    """Write config.json and model.safetensors so that `transformers` runs our model.

    A model without biases is written with biases of zero, since Hugging Face's GPT-2
    always has them: the same function, and read back here it has none again.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(folder / "model.safetensors", state_to_hf(model))
    write_json(folder / "config.json", config_to_hf(model.config))


def config_from_hf(
    hf: dict, *, flash: bool = True, dropout: float | None = None
) -> GPTConfig:
    """Our config for a dict read from a Hugging Face config.json."""
    missing = [key for key in ("model_type", *SIZES) if key not in hf]
    if missing or hf["model_type"] != "gpt2":
        raise ValueError(
            f"this is not a GPT-2: its config.json has model_type "
            f"{hf.get('model_type')!r} and lacks {missing}"
        )
    wrong = {key: hf[key] for key, only in ONLY.items() if hf.get(key, only) != only}
    if hf.get("n_inner") not in (None, 4 * hf["n_embd"]):
        wrong["n_inner"] = hf["n_inner"]
    activation = hf.get("activation_function", "gelu_new")
    if activation not in GELU_OF:
        wrong["activation_function"] = activation
    dropouts = {hf.get(f"{where}_pdrop", 0.1) for where in ("attn", "embd", "resid")}
    if dropout is None and len(dropouts) > 1:
        wrong["attn_pdrop, embd_pdrop, resid_pdrop"] = dropouts
    if wrong:
        raise ValueError(
            f"this is not a plain GPT-2, its config.json says {wrong}: expected "
            f"{ONLY}, a GELU of {sorted(GELU_OF)}, and one dropout (or give dropout=)"
        )
    return GPTConfig(
        vocab_size=hf["vocab_size"],
        block_size=hf["n_positions"],
        n_layer=hf["n_layer"],
        n_head=hf["n_head"],
        n_embd=hf["n_embd"],
        dropout=dropouts.pop() if dropout is None else dropout,
        bias=hf.get("bias", True),
        gelu=GELU_OF[activation],
        flash=flash,
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
        "attn_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "resid_pdrop": config.dropout,
        "bias": config.bias,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def state_from_hf(tensors: dict[str, Tensor], config: GPTConfig) -> dict[str, Tensor]:
    """Our names and our orientation for the tensors of a Hugging Face GPT-2."""
    state = {}
    head, wte = (tensors.get(n) for n in ("lm_head.weight", "transformer.wte.weight"))
    if head is not None and wte is not None and not torch.equal(head, wte):
        raise ValueError("lm_head.weight differs from wte.weight: GPT-2 ties the two")
    for name, tensor in tensors.items():
        # The hub's "gpt2" is a bare GPT2Model, saved without this prefix.
        name = name.removeprefix("transformer.")
        if MASKS.search(name) or name == "lm_head.weight":
            continue
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
    """The tensors of a Hugging Face GPT2LMHeadModel with the weights of `model`."""
    state = {}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight":  # tied: Hugging Face stores it once, as wte
            continue
        turned = tensor.t() if TRANSPOSED.search(name) else tensor
        state[name] = turned.contiguous().cpu()
    if not model.config.bias:
        for path, module in model.transformer.named_modules():
            if hasattr(module, "bias") and module.bias is None:
                size = module.weight.shape[0]
                state[f"transformer.{path}.bias"] = torch.zeros(size)
    return state


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


def _compare(
    state: dict[str, Tensor], ours: dict[str, tuple[int, ...]], folder: Path
) -> None:
    """Say which tensors are missing, left over or of another shape, if any."""
    given = {name: tuple(p.shape) for name, p in state.items()}
    if given != ours:
        both = sorted(ours.keys() & given.keys())
        other = [(n, given[n], ours[n]) for n in both if given[n] != ours[n]]
        raise ValueError(
            f"the weights in {folder} do not fit its config.json: "
            f"missing {sorted(ours.keys() - given.keys())[:5]}, "
            f"unknown {sorted(given.keys() - ours.keys())[:5]}, "
            f"(name, shape there, shape expected) {other[:5]}"
        )


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} has no {name}: expected a folder with config.json and "
            f"model.safetensors, as GPT.save_pretrained and transformers write it"
        )
    return path


def _fetch(name: str) -> Path:
    """The folder in the local cache that holds the hub's model `name`."""
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise FileNotFoundError(f"no folder {name}")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(
            f"{name!r} is no folder, and to fetch it from the Hugging Face hub "
            f"huggingface_hub is needed: pip install -e '.[pretrained]'"
        ) from error
    files = ["config.json", "model.safetensors"]
    try:
        return Path(snapshot_download(name, allow_patterns=files))
    except Exception as error:
        raise ConnectionError(
            f"{name!r} is no folder here and could not be fetched from the Hugging "
            f"Face hub ({type(error).__name__}): check the name and the network, or "
            f"give a folder such as data/tales-gpt"
        ) from error
