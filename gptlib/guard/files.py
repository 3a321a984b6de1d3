"""Files that are whole or not there: written under a temporary name, then renamed."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

# What the course ships: the corpus, the trained model, the race's measurements. A wheel
# brings it inside the package; in a checkout it lies beside the package.
PACKAGE = Path(__file__).resolve().parents[1]
INSTALLED = PACKAGE / "_data"
DATA = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "data"


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`.

    Renaming is one step for the file system: whoever reads `path`, even after the
    process was killed, finds the old file or the new one, never half of one.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with newlines as they are."""
    write_whole(path, lambda tmp: tmp.write_bytes(text.encode()))


def to_csv(rows: list[dict[str, float]]) -> str:
    """The log as text: a header, then a line a checkpoint."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON that a person can read."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_safetensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write contiguous tensors on the CPU that share no memory."""
    from safetensors.torch import save_file

    def write(temporary: Path) -> None:
        # Versions of transformers ask which framework the file is for.
        save_file(tensors, temporary, metadata={"format": "pt"})
        temporary.chmod(0o644)  # safetensors would let nobody else read it

    write_whole(path, write)


def write_state(path: Path, state: dict) -> None:
    """Write tensors, numbers, strings, lists and dicts: all that a run goes on from."""
    write_whole(path, lambda tmp: torch.save(state, tmp))


def read_state(path: Path) -> dict:
    """What `write_state` wrote, on the CPU; a file can hold data only, never code.

    Raises:
        FileNotFoundError: no checkpoint there.
        ValueError: the file is damaged, or holds something other than plain data.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no checkpoint at {path}: nothing to resume from")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load has no error of its own
        raise ValueError(
            f"{path} is damaged or no checkpoint ({type(error).__name__}): start anew "
            f"in another folder"
        ) from error
