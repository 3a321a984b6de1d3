"""A whole run in its folder: `python -m gptlib train`, behind torchrun or alone."""

from gptlib.train.checkpoint import RunFolder
from gptlib.train.config import TrainConfig, from_settings, resolved
from gptlib.train.loop import Trainer
from gptlib.train.processes import World, processes
from gptlib.train.progress import Progress


def train(config: TrainConfig, trainer: type[Trainer] = Trainer) -> Progress:
    """Run `config` to its end, as one of several processes if torchrun started it.

    Raises:
        OSError: the folder cannot be used, holds a run already, or another is in it.
        ValueError: settings that do not fit one another, the text, or the machine.
        FloatingPointError: the loss is no longer a number.
        KeyboardInterrupt: Ctrl-C, after the step was finished and kept.
    """
    world = World.from_environment()
    with RunFolder(config.out, alone=world.rank == 0) as folder:
        state = None
        if config.resume:
            config = from_settings(folder.settings(), config)
            state = folder.state()
            if state is None and world.rank == 0:
                print(f"{config.out}: nothing was reached yet, starting anew")
        else:
            folder.refuse_what_is_there()
        with processes(resolved(config)["device"], config.threads):
            run = trainer(config, state)
            folder.begin(run.record, run.tokenizer)
            return run.run(folder)


def command(config: TrainConfig) -> None:
    """`python -m gptlib train`."""
    progress = train(config)
    if World.from_environment().rank == 0:
        print(
            f"best validation loss {progress.best:.4f} nats a token, "
            f"model in {config.out}"
        )


CONFIG = TrainConfig
