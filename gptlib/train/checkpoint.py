"""The folder of a run: who may write there, and what is in it after each checkpoint.

out/        the model with the best validation loss, and log.csv
out/last/   train.json from the first moment on; after each checkpoint the newest
            weights and state.pt, from which the run goes on
"""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout
from torch import nn

from gptlib.config import GPTConfig
from gptlib.guard.files import (
    naming,
    read_json,
    read_state,
    remove_leftovers,
    write_csv,
    write_json,
    write_state,
)
from gptlib.pretrained import save_pretrained
from gptlib.text.tokenizers import Tokenizer
from gptlib.train.config import MAY_CHANGE, TrainConfig, resolved
from gptlib.train.progress import Progress

RECORD, STATE, TOKENIZER = "last/train.json", "last/state.pt", "last/tokenizer.json"
REACHED = ("model.safetensors", "log.csv", STATE)  # what a run has to lose
RECORD_KEYS = ("settings", "processes")
STATE_KEYS = (
    *RECORD_KEYS,
    "model",
    "text_sha256",
    "weights",
    "optimizers",
    "progress",
    "tokenizer_sha256",
)


class RunFolder:
    """The folder `out`; inside `with`, no other process can be in it.

    Args:
        out: made if it is not there, and removed again if nothing was written.
        alone: take the lock and write. Of several processes only the first one does.

    Raises:
        OSError: the folder cannot be made or written to, or another run is in it.
    """

    def __init__(self, out: Path, alone: bool = True):
        self.out, self.last, self.alone = Path(out), Path(out) / "last", alone
        # The system frees the lock when its process dies, however it dies.
        self.lock = FileLock(self.last / "lock")

    def __enter__(self) -> "RunFolder":
        if self.alone:
            self._take()
        names = (*REACHED, RECORD)
        self.found = [name for name in names if (self.out / name).exists()]
        return self

    def __exit__(self, *error: object) -> None:
        if not self.alone:
            return
        with suppress(OSError):
            (self.last / "owner.json").unlink(missing_ok=True)
            if os.listdir(self.last) == ["lock"]:  # nothing was written
                (self.last / "lock").unlink()  # still held, so by nobody else
        self.lock.release()
        for folder in (self.last, self.out):
            with suppress(OSError):  # not empty
                folder.rmdir()

    def _take(self) -> None:
        try:
            self.last.mkdir(parents=True, exist_ok=True)
            self.lock.acquire(blocking=False)
            me = dict(pid=os.getpid(), host=socket.gethostname())
            write_json(self.last / "owner.json", me)
        except Timeout:
            raise OSError(f"another run is in {self.out}: {self._owner()}") from None
        except OSError as error:
            self.__exit__()
            raise OSError(
                f"{self.out} cannot be the folder of a run: {error}. Name another one "
                f"with --out"
            ) from error
        for folder in (self.out, self.last):
            remove_leftovers(folder)

    def _owner(self) -> str:
        try:
            owner = read_json(self.last / "owner.json")
            return f"process {owner['pid']} on {owner['host']}; stop it, or wait for it"
        except (OSError, ValueError, KeyError):
            return "it began a moment ago"

    def refuse_what_is_there(self) -> None:
        """Never write over what an earlier run reached, or a model, unasked."""
        found = [name for name in REACHED if name in self.found]
        if found and self.alone:
            go_on = "add --resume to go on with it, or choose another folder with --out"
            if RECORD not in self.found:  # nothing to go on with
                go_on = "choose another folder with --out"
            what = "a run" if RECORD in self.found else "a model"
            raise FileExistsError(
                f"{self.out} holds {what} already ({', '.join(found)}): {go_on}"
            )

    def record(self) -> dict:
        """What the run that is here was started with: see `begin`.

        Raises:
            FileNotFoundError: there is no run here.
            ValueError: its record is damaged.
        """
        if RECORD not in self.found:
            what = "a model, but no run" if self.found else "no run"
            raise FileNotFoundError(
                f"{self.out} holds {what} to go on with: leave --resume out to begin "
                f"one, or name its folder with --out"
            )
        record = read_json(self.out / RECORD)
        _check(record, RECORD_KEYS, self.out / RECORD)
        return record

    def state(self, record: dict) -> dict | None:
        """Where the run stood at its last checkpoint; None if it had none.

        Args:
            record: what `record` returned.

        Raises:
            ValueError: the state is damaged, or that of something else.
        """
        if STATE not in self.found:
            return None
        try:
            state = read_state(self.out / STATE)
            _check(state, STATE_KEYS, self.out / STATE)
            self._check_same_run(record, state)
            return state
        except ValueError as error:
            remedy = "Begin anew in another --out"
            if "model.safetensors" in self.found:
                remedy = (
                    f"Its best model so far is in {self.out}: begin another run from "
                    f"that with --init-from {self.out} and another --out"
                )
            raise ValueError(f"{error}: this run cannot go on. {remedy}") from error

    @contextmanager
    def announced(self, record: dict) -> Iterator[None]:
        """Inside, a run is made ready: from here on it can be gone on with.

        If something is found wrong with it, the folder is as before. To read a text and
        to make a model may take a minute, in which Ctrl-C or a power cut may come.
        """
        new = self.alone and RECORD not in self.found
        if new:
            write_json(self.out / RECORD, record)
        try:
            yield
        except Exception:
            if new:
                (self.out / RECORD).unlink()
            raise

    def begin(self, record: dict, tokenizer: Tokenizer) -> None:
        """Say what this run is, before its first step."""
        if not self.alone:
            return
        tokenizer.save(self.out / TOKENIZER)
        write_json(self.out / RECORD, record)

    def write_best(self, model: nn.Module, tokenizer: Tokenizer, record: dict) -> None:
        """The model of the lowest validation loss so far, in GPT-2's format."""
        save_pretrained(model, self.out)
        tokenizer.save(self.out / "tokenizer.json")
        write_json(self.out / "train.json", record)

    def write_last(self, model: nn.Module, rows: list[dict], state: dict) -> None:
        """The log, the newest weights, and the state that holds them once more."""
        save_pretrained(model, self.last)
        write_csv(self.out / "log.csv", rows)
        self.write_state(state)  # the last one, and whole in itself

    def write_state(self, state: dict) -> None:
        """What `state` returns, from what `Trainer.state` says."""
        sealed = {**state, "tokenizer_sha256": self._tokenizer_sha256()}
        write_state(self.out / STATE, sealed)

    def _tokenizer_sha256(self) -> str:
        path = self.out / TOKENIZER
        return sha256(path.read_bytes()).hexdigest() if path.exists() else "missing"

    def _check_same_run(self, record: dict, state: dict) -> None:
        one, other = (
            {k: v for k, v in part["settings"].items() if k not in MAY_CHANGE}
            for part in (record, state)
        )
        changed = [key for key in one if one[key] != other[key]]
        more = ("model", "text_sha256")
        changed += [key for key in more if record.get(key) != state[key]]
        if changed:
            raise ValueError(
                f"{self.out / RECORD} and {self.out / STATE} are not of one run, they "
                f"differ in {changed}"
            )
        if state["tokenizer_sha256"] != self._tokenizer_sha256():
            raise ValueError(
                f"{self.out / TOKENIZER} is missing, or is not the tokenizer that this "
                f"run began with"
            )


def _check(value: object, keys: tuple[str, ...], path: Path) -> None:
    """Refuse what no run of this course wrote."""
    _check_keys(value, keys, path)
    _check_keys(value["settings"], resolved(TrainConfig()), path)
    if "progress" in keys:
        with naming(path):
            GPTConfig(**value["model"])
        _check_keys(value["progress"], [f.name for f in fields(Progress)], path)


def _check_keys(value: object, keys: Iterable[str], path: Path) -> None:
    missing = [k for k in keys if not isinstance(value, dict) or k not in value]
    if missing:
        raise ValueError(f"{path} is not that of a run of this course: no {missing}")
