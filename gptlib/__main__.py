"""The one door: `python -m gptlib lab`, `check`, `train` and the others below."""

import difflib
import os
import sys
from importlib import import_module
from typing import NoReturn

# Each module has CONFIG, a dataclass whose fields are the options, and `command`, which
# takes one. A module is imported when it is asked for, and no other.
COMMANDS = {
    "lab": ("gptlib.lab.run", "open your copies of the lessons in JupyterLab"),
    "check": ("gptlib.lab.judge", "say what is right of what you wrote in them"),
    "progress": (
        "gptlib.lab.progress",
        "show what is written, passed and open",
    ),
    "train": (
        "gptlib.train.run",
        "train a GPT on the tales or on a text of yours",
    ),
    "sample": ("gptlib.show.sample", "let a trained model write"),
    "race": (
        "gptlib.speed.race",
        "race nanoGPT's recipe against better ones",
    ),
    "bench": ("gptlib.speed.bench", "measure what is faster than what, as ratios"),
}
Commands = dict[str, tuple[str, str]]  # module, and what it does
ERRORS = (ValueError, TypeError, OSError, RuntimeError, ImportError, ArithmeticError)
PROGRAM, HELP = "python -m gptlib", ("-h", "--help", "help")


def usage(commands: Commands = COMMANDS, program: str = PROGRAM) -> str:
    """What can be asked for, a line each."""
    lines = [f"  {name:8} {what}" for name, (_, what) in commands.items()]
    return "\n".join(
        [
            f"usage: {program} COMMAND [options]",
            "",
            *lines,
            "",
            f"{program} COMMAND --help lists the options of a command.",
        ]
    )


def main(
    words: list[str] | None = None,
    commands: Commands = COMMANDS,
    program: str = PROGRAM,
) -> None:
    """Run the command that `words` (the program's arguments) ask for.

    Every mistake ends in one line on stderr and status 1; a wrong command in status 2;
    Ctrl-C in status 130, as shells have it.
    """
    words = sys.argv[1:] if words is None else words
    name, *options = words or ["help"]
    # Behind torchrun every process meets the same mistake; the first one says it.
    mute = os.environ.get("RANK", "0") != "0"
    if name not in (*commands, *HELP):
        close = difflib.get_close_matches(name, commands, n=1)
        hint = f": did you mean {close[0]}?" if close else ""
        known = usage(commands, program)
        _leave(2, f"error: no command {name!r}{hint}\n\n{known}", mute)
    try:
        if name in HELP:
            print(usage(commands, program), flush=True)
            return
        module = import_module(commands[name][0])
        module.command(parse(module.CONFIG, f"{program} {name}", options, mute))
    except BrokenPipeError:  # who reads, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ERRORS as error:
        _leave(1, f"error: {' '.join(str(error).split())}", mute)
    except KeyboardInterrupt as stop:
        _leave(130, f"\n{stop}" if str(stop) else "\nstopped", mute)


def parse(config: type, program: str, options: list[str], mute: bool = False) -> object:
    """A config, a dataclass, with the values that `options` give its fields.

    tyro draws a box around whatever it finds wrong itself, such as an option that does
    not exist, and leaves with status 2; when `mute` it leaves in silence.

    Raises:
        TypeError, ValueError: the config's own checks. tyro would draw its box around
            a ValueError of them too, so it fills a twin that has none.
    """
    import tyro

    unchecked = type(config.__name__, (config,), {"__post_init__": lambda self: None})
    unchecked.__doc__ = config.__doc__
    found = tyro.cli(unchecked, prog=program, args=options, console_outputs=not mute)
    if not hasattr(config, "typed"):
        return config(**vars(found))
    words = {word.split("=")[0].replace("-", "_") for word in options}
    names = {f"__{n}": n for n in vars(found)} | {f"__no_{n}": n for n in vars(found)}
    typed = frozenset(names[word] for word in words if word in names)
    made = config.__new__(config)
    object.__setattr__(made, "typed", typed)  # known when the config checks itself
    made.__init__(**vars(found))
    return made


def _leave(status: int, text: str, mute: bool) -> NoReturn:
    if not mute:
        print(text, file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
