"""The files that tokenizers are saved in: JSON with a kind and what it needs."""

import json
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REMEDY = "copy it anew, or save the tokenizer again"


def read_json(path: str | Path) -> dict:
    """A JSON file that holds one object.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not JSON, or holds something else.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON ({error}): {REMEDY}") from None
    if not isinstance(record, dict):
        kind = type(record).__name__
        raise ValueError(f"{path} holds a {kind}, expected an object: {REMEDY}")
    return record


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
    """One field of a record; KeyError if there is none, TypeError if no `kind`."""
    if not isinstance(record[name], kind):
        got = reprlib.repr(record[name])
        raise TypeError(f"{name!r} must be a {kind.__name__}, got {got}")
    return record[name]


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Whatever is found wrong inside is said to be wrong with this file."""
    try:
        yield
    except KeyError as error:
        raise ValueError(f"{path} has no field {error}: {REMEDY}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged, {error}: {REMEDY}") from None
