"""The one door: `python -m gptlib train`, `sample`, `race` or `bench`."""

import difflib
import os
import sys
from importlib import import_module

# Each module has CONFIG, a dataclass whose fields are the options, and `command`, which
# takes one. They are imported when asked for: a help text should not wait for torch.
COMMANDS = {
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
ERRORS = (ValueError, TypeError, OSError, RuntimeError, ImportError, ArithmeticError)
PROGRAM = "python -m gptlib"


def usage() -> str:
    """What can be asked for, a line each."""
    lines = [f"  {name:8} {what}" for name, (_, what) in COMMANDS.items()]
    return "\n".join(
        [
            f"usage: {PROGRAM} COMMAND [options]",
            "",
            *lines,
            "",
            f"{PROGRAM} COMMAND --help lists the options of a command.",
        ]
    )


def main(words: list[str] | None = None) -> None:
    """Run the command that `words` (the program's arguments) ask for.

    Every mistake ends in one line on stderr and status 1; a wrong command in status 2;
    Ctrl-C in status 130, as shells have it.
    """
    words = sys.argv[1:] if words is None else words
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return
    name, *options = words
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f": did you mean {close[0]}?" if close else ""
        sys.exit(f"error: no command {name!r}{hint}\n\n{usage()}")
    # Behind torchrun every process has the same mistake; one of them says it.
    mute = os.environ.get("RANK", "0") != "0"
    try:
        import tyro

        module = import_module(COMMANDS[name][0])
        config = tyro.cli(module.CONFIG, prog=f"{PROGRAM} {name}", args=options)
        module.command(config)
    except ERRORS as error:
        sys.exit(1 if mute else f"error: {' '.join(str(error).split())}")
    except KeyboardInterrupt as stop:
        if not mute:
            print(f"\n{stop}" if str(stop) else "\nstopped", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
