"""The files of a model: in a folder here, or fetched from the Hugging Face hub."""

import os
import re
from difflib import get_close_matches
from pathlib import Path

from torch import Tensor

from gptlib.guard.files import read_json
from gptlib.guard.values import checked_type

CONFIG, WEIGHTS = "config.json", "model.safetensors"
# transformers cuts large weights into several files; this one says which holds what.
INDEX, SHARDS = "model.safetensors.index.json", "model-*-of-*.safetensors"
HUB_NAME = re.compile(r"[a-z0-9][\w.-]*(/[a-z0-9][\w.-]*)?", re.ASCII | re.IGNORECASE)


def model_folder(source: str | Path) -> Path:
    """The folder `source`, or the one in the cache with the hub's model of that name.

    A `Path`, text that cannot be a name on the hub, and text whose first part is a
    folder here ("runs/tale") stand for folders only, so that a typing mistake never
    becomes a request to the hub.

    Raises:
        TypeError: neither text nor a path.
        FileNotFoundError: no such folder; the message names the model most like it.
        ConnectionError: a hub name that could not be fetched.
        ImportError: a hub name, and huggingface_hub is not installed.
    """
    path = _path("source", source, "a folder, or a name on the Hugging Face hub")
    if str(source) == "":
        raise FileNotFoundError("source is empty: give a folder such as data/tales-gpt")
    if path.is_dir():
        return path
    if path.is_file():
        raise FileNotFoundError(f"{path} is a file: give its folder, {path.parent}")
    on_the_hub = isinstance(source, str) and HUB_NAME.fullmatch(source)
    if not on_the_hub or ("/" in source and path.parent.is_dir()):
        raise FileNotFoundError(f"no folder {source}{_hint(path)}")
    return _fetch(source)


def new_folder(folder: str | Path) -> Path:
    """The folder that a model is written to, made if it is not there.

    Raises:
        TypeError: neither text nor a path.
        FileExistsError: a file has that name.
    """
    path = _path("folder", folder, f"a folder, to hold {CONFIG} and {WEIGHTS}")
    if path.is_file():
        raise FileExistsError(
            f"{path} is a file: name a folder, to hold {CONFIG} and {WEIGHTS}"
        )
    path.mkdir(parents=True, exist_ok=True)
    return path


def model_config(folder: Path) -> dict:
    """What the folder's config.json says.

    Raises:
        FileNotFoundError: it is not there.
        ValueError: it is not JSON, or JSON of another kind.
    """
    return read_json(_existing(folder / CONFIG))


def weights_file(folder: Path) -> Path:
    """The folder's model.safetensors, or the index of the shards it was cut into.

    Raises:
        FileNotFoundError: neither is there.
    """
    index, whole = folder / INDEX, folder / WEIGHTS
    return index if index.is_file() and not whole.is_file() else _existing(whole)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a safetensors file, or of the shards of an index, on the CPU.

    Raises:
        FileNotFoundError: the file or a shard is missing.
        ValueError: a file is damaged, or an index names no files beside it.
    """
    return _read_shards(path) if path.name == INDEX else _read_one(path)


def _path(name: str, value: object, wanted: str) -> Path:
    return Path(checked_type(name, value, str | os.PathLike, wanted))


def _read_shards(index: Path) -> dict[str, Tensor]:
    shards = read_json(index).get("weight_map")
    names = list(shards.values()) if isinstance(shards, dict) else [None]
    if not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise ValueError(
            f"{index} is damaged: expected a weight_map from names of tensors to names "
            f"of files in the same folder"
        )
    tensors = {}
    for name in sorted(set(names)):
        tensors |= _read_one(index.with_name(name))
    return tensors


def _read_one(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(_existing(path))
    except SafetensorError as error:
        raise ValueError(
            f"{path} is damaged, or not a safetensors file: {error}"
        ) from error


def _existing(path: Path) -> Path:
    folder, name = path.parent, path.name
    pickles = sorted(folder.glob("pytorch_model*.bin")) if name == WEIGHTS else []
    if path.is_file():
        return path
    if pickles:
        raise FileNotFoundError(
            f"{pickles[0]} is a pickle, which may run code when it is read: convert it "
            f"once with transformers, AutoModelForCausalLM.from_pretrained"
            f"({str(folder)!r}).save_pretrained({str(folder)!r})"
        )
    raise FileNotFoundError(
        f"{folder} has no {name}: expected a folder with {CONFIG} and {WEIGHTS} (or "
        f"{INDEX} and its shards), as GPT.save_pretrained and transformers write it"
    )


def _hint(path: Path) -> str:
    like = _most_like(path)
    return f": did you mean {like}?" if like and (like / CONFIG).is_file() else ""


def _most_like(path: Path) -> Path | None:
    """The folder that is there and whose name, part by part, is most like `path`."""
    if path.is_dir():
        return path
    # A drive that is not there is its own parent.
    parent = _most_like(path.parent) if path != path.parent else None
    if parent is None:
        return None
    names = [p.name for p in parent.iterdir() if p.is_dir()]
    found = get_close_matches(path.name, names, n=1)
    return parent / found[0] if found else None


def _fetch(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(
            f"{name!r} is no folder, and to fetch it from the Hugging Face hub "
            f"huggingface_hub is needed: pip install -e '.[pretrained]'"
        ) from error
    try:
        files = [CONFIG, WEIGHTS, INDEX, SHARDS]
        return Path(snapshot_download(name, allow_patterns=files))
    except Exception as error:
        hint = _hint(Path(name)) or ", or give a folder such as data/tales-gpt"
        raise ConnectionError(
            f"{name!r} is no folder here and could not be fetched from the Hugging "
            f"Face hub ({type(error).__name__}); check the name and the network{hint}"
        ) from error
