"""The files that tokenizers are saved in: JSON with a kind and what it needs."""

import reprlib
from pathlib import Path

from gptlib.guard.files import read_json


def read_saved(path: str | Path, kind: str | None = None) -> dict:
    """What a tokenizer has saved; ValueError if it is none, or not of this kind."""
    record = read_json(path)
    if "kind" not in record:
        raise ValueError(
            f"{path} is not a tokenizer of this course, it has no field 'kind' (files "
            f"of other libraries have none): for GPT-2's own use gpt2_tokenizer()"
        )
    if kind not in (None, record["kind"]):
        raise ValueError(
            f"{path} has kind {reprlib.repr(record['kind'])}, expected {kind!r}: "
            f"load_tokenizer(path) reads every kind"
        )
    return record


def field(record: dict, name: str, kind: type) -> object:
    """One field of a record; ValueError if there is none, TypeError if no `kind`."""
    if name not in record:
        raise ValueError(f"it has no field {name!r}")
    if not isinstance(record[name], kind):
        got = reprlib.repr(record[name])
        raise TypeError(f"{name!r} must be a {kind.__name__}, got {got}")
    return record[name]
