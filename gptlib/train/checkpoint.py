"""The folder of a run: who may write there, and what is in it after each checkpoint.

out/        the model with the best validation loss, and log.csv
out/last/   train.json from the first step on; after each checkpoint the newest
            weights and state.pt, from which the run goes on
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from torch import nn

from gptlib.guard.files import (
    read_json,
    read_state,
    remove_leftovers,
    write_csv,
    write_json,
    write_state,
)
from gptlib.pretrained import save_pretrained
from gptlib.text.tokenizers import Tokenizer

RECORD, STATE = "last/train.json", "last/state.pt"
REACHED = ("model.safetensors", "log.csv", STATE)  # what a run has to lose
RECORD_KEYS = ("settings", "model", "text_sha256", "processes")
STATE_KEYS = (*RECORD_KEYS, "weights", "optimizers", "progress")


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
            raise FileExistsError(
                f"{self.out} holds a run already ({', '.join(found)}): add --resume "
                f"to go on with it, or choose another folder with --out"
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
        return _with_keys(RECORD_KEYS, self.out / RECORD, read_json(self.out / RECORD))

    def state(self) -> dict | None:
        """Where the run stood at its last checkpoint; None if it had none.

        Raises:
            ValueError: the state is damaged, or that of something else.
        """
        if STATE not in self.found:
            return None
        try:
            return _with_keys(
                STATE_KEYS, self.out / STATE, read_state(self.out / STATE)
            )
        except ValueError as error:
            remedy = "Begin anew in another --out"
            if "model.safetensors" in self.found:
                remedy = (
                    f"Its best model so far is in {self.out}: begin another run from "
                    f"that with --init-from {self.out} and another --out"
                )
            raise ValueError(f"{error}: this run cannot go on. {remedy}") from error

    def begin(self, record: dict, tokenizer: Tokenizer) -> None:
        """Say what this run is, before its first step."""
        if not self.alone:
            return
        tokenizer.save(self.last / "tokenizer.json")
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
        """What `state` returns."""
        write_state(self.out / STATE, state)


def _with_keys(keys: tuple[str, ...], path: Path, value: object) -> dict:
    missing = [k for k in keys if not isinstance(value, dict) or k not in value]
    if missing:
        raise ValueError(f"{path} is not that of a run of this course: no {missing}")
    return value
