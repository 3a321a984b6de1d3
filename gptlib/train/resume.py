"""Going on with a run: by which settings, and whether it stays the same run."""

from dataclasses import asdict, replace

from gptlib.train.config import MAY_CHANGE, TrainConfig


def from_settings(saved: dict, given: TrainConfig) -> TrainConfig:
    """The config of a run that goes on: what was saved, with `given`'s out.

    An option counts as given if it was typed, or has another value than its default.

    Raises:
        ValueError: an option was given that says something else than was saved.
    """
    said = {
        name: value for name, value in asdict(given).items() if given.was_given(name)
    }
    free = ("out", "resume", *MAY_CHANGE)
    changed = {
        name: (saved.get(name), value)
        for name, value in said.items()
        if name not in free and value != saved.get(name)
    }
    if changed:
        raise ValueError(
            f"--resume goes on with the run's own settings, but (then, now) differ: "
            f"{changed}. Leave these options out, or start anew in another --out"
        )
    own = {name: saved[name] for name in asdict(given) if name in saved}
    now = {name: said[name] for name in MAY_CHANGE if name in said}
    return replace(given, **own | now)


def what_happens(record: dict, settings: dict, processes: int, step: int | None) -> str:
    """How a run goes on, in words.

    Args:
        record: what the run was started with, see `Trainer.record`.
        settings, processes: what it has now.
        step: where its state stands; None if it has none.
    """
    if step is None:
        return "nothing was reached yet, starting anew"
    then = record["settings"] | {"processes": record["processes"]}
    now = settings | {"processes": processes}
    if step == settings["steps"]:
        return f"this run is finished, after all its {step} steps"
    names = (*MAY_CHANGE, "processes")
    changed = {n: (then.get(n), now[n]) for n in names if then.get(n) != now[n]}
    text = f"going on after step {step} of {settings['steps']}"
    if changed:
        text += f", no longer bit for bit, for (then, now) differ: {changed}"
    return text
