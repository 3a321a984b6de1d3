"""A whole run in its folder: `python -m gptlib train`, behind torchrun or alone."""

from gptlib.train.checkpoint import RunFolder
from gptlib.train.config import TrainConfig, resolved
from gptlib.train.loop import Trainer
from gptlib.train.processes import World, processes
from gptlib.train.progress import Progress
from gptlib.train.resume import from_settings, what_happens


def train(config: TrainConfig, trainer: type[Trainer] = Trainer) -> Progress:
    """Run `config` to its end, as one of several processes if torchrun started it.

    Raises:
        OSError: the folder cannot be used, holds a run already, or another is in it.
        ValueError: settings that do not fit one another, the text, or the machine.
        FloatingPointError: the loss is no longer a number.
        KeyboardInterrupt: Ctrl-C; it says how the run goes on.
    """
    world = World.from_environment()
    with RunFolder(config.out, alone=world.rank == 0) as folder:
        if config.resume:
            config, state = _go_on(folder, config, world)
        else:
            folder.refuse_what_is_there()
            state = None
        settings = resolved(config)
        with processes(settings["device"], config.threads):
            try:
                record = {"settings": settings, "processes": world.size}
                with folder.announced(record):
                    run = trainer(config, state)
                folder.begin(run.record, run.tokenizer)
                if config.init_from and not state and world.rank == 0:
                    folder.write_state(run.state())  # from here on its source may go
                return run.run(folder)
            except KeyboardInterrupt as stop:
                what = str(stop) or "stopped at once"
                raise KeyboardInterrupt(
                    f"{what}: --resume --out {config.out} goes on"
                ) from None


def _go_on(
    folder: RunFolder, config: TrainConfig, world: World
) -> tuple[TrainConfig, dict | None]:
    """The settings and the state of the run that is in the folder."""
    record = folder.record()
    config = from_settings(record["settings"], config)
    state = folder.state(record)
    if world.rank == 0:
        step = state["progress"]["step"] if state else None
        text = what_happens(record, resolved(config), world.size, step)
        print(f"{config.out}: {text}", flush=True)
    return config, state


def command(config: TrainConfig) -> None:
    """`python -m gptlib train`."""
    progress = train(config)
    if World.from_environment().rank == 0:
        print(
            f"best validation loss {progress.best:.4f} nats a token, "
            f"model in {config.out}"
        )


CONFIG = TrainConfig
