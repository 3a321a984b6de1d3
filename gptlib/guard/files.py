"""Files that are whole or not there: written under a temporary name, then renamed."""

import csv
import io
import json
import os
import reprlib
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import Tensor

# What the course ships: the corpus, the trained model, the race's measurements. A wheel
# brings it inside the package; in a checkout it lies beside the package.
PACKAGE = Path(__file__).resolve().parents[1]
INSTALLED = PACKAGE / "_data"
DATA = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "data"


REMEDY = "copy it anew, or save it again"


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`.

    Renaming is one step for the file system: whoever reads `path`, even after the
    process was killed, finds the old file or the new one, never half of one.

    Raises:
        OSError: it could not be written, as on a full disk; `path` is as it was.
    """
    path = Path(path)
    # A name of its own each time: two writers never share a temporary file.
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        write(temporary)
        os.replace(temporary, path)
    # torch.save and safetensors have errors of their own for a full disk.
    except Exception as error:
        raise OSError(_not_written(path, error)) from error
    finally:
        with suppress(OSError):  # it is not there: renamed, or never made
            temporary.unlink()


def _not_written(path: Path, error: Exception) -> str:
    folder = next(p for p in path.absolute().parents if p.exists())
    free = shutil.disk_usage(folder).free / 1e6
    before = "; the one that was there is still whole" if path.exists() else ""
    why = getattr(error, "strerror", None) or error  # without the temporary name
    return (
        f"{path} could not be written ({why}){before}: its disk has {free:,.1f} MB "
        f"free, is that enough, and may you write there?"
    )


def remove_leftovers(folder: Path, seconds: float | None = None) -> None:
    """Delete the temporary files of processes that were killed while writing.

    Args:
        folder: where to look.
        seconds: how old they must be, where another process may be writing.
    """
    for path in Path(folder).glob(f".*.{'[0-9a-f]' * 8}.tmp"):
        with suppress(OSError):  # not ours to delete, or deleted just now
            if seconds and time.time() - path.stat().st_mtime < seconds:
                continue
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with newlines as they are."""
    write_whole(path, lambda tmp: tmp.write_bytes(text.encode()))


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON that a person can read."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_csv(path: Path, rows: list[dict[str, float]]) -> None:
    """Write rows with the same keys: a header, then a line for each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


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


def read_json(path: Path) -> dict:
    """The object in a JSON file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not JSON, or JSON of another kind.
    """
    try:
        # A byte-order mark, which some editors write, does no harm.
        value = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise ValueError(f"{path} is not JSON ({error}): {REMEDY}") from None
    if not isinstance(value, dict):
        got = reprlib.repr(value)
        raise ValueError(f"{path} must hold an object {{...}}, got {got}: {REMEDY}")
    return value


@contextmanager
def naming(path: str | Path, remedy: str = "") -> Iterator[None]:
    """Whatever is found wrong inside is said to be wrong with this file."""
    try:
        yield
    except (TypeError, ValueError) as error:
        said = f" is damaged, {error}: {remedy}" if remedy else f": {error}"
        raise ValueError(f"{path}{said}") from None


def read_state(path: Path) -> dict:
    """What `write_state` wrote, on the CPU; a file can hold data only, never code.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or holds something other than plain data.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            # torch.load does not look at the checksums that the format has.
            if damaged := archive.testzip():
                raise ValueError(f"the checksum of {damaged} in it is wrong")
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load has no error of its own
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(f"{path} is damaged or no checkpoint ({what})") from error
