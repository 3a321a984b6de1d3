"""The project: the best GPT within a budget of FLOPs, and a board of all tries."""

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import mean

from torch import nn

from gptlib.flops import flops_per_token
from gptlib.guard.files import write_csv
from gptlib.guard.values import checked_number
from gptlib.loss import evaluate
from gptlib.model import GPT
from gptlib.text.batches import eval_rows, make_split
from gptlib.text.corpora import load_text
from gptlib.text.tales import corpus, read
from gptlib.train.config import TrainConfig
from gptlib.train.experiment import LEAST, SMALL, Run

BUDGET = 3e12  # FLOPs of a run: minutes on a laptop
FRESH_SEED, FRESH = 20_000, 300  # stories that nobody chose anything by
GIVEN = ("data", "steps", "eval_interval", "seed", "tokenizer", "init_from")


def compete(
    name: str,
    board: Path,
    *,
    budget: float = BUDGET,
    change: Callable[[GPT], nn.Module | None] | None = None,
    seed: int = 1,
    **settings: object,
) -> dict:
    """Train until the budget is spent, judge, and write a line on the board.

    The model reads the tales character by character. A step costs `flops_per_token` for
    each of its tokens, and the last one that the budget cannot pay is not made.

    Args:
        name: of the try; each of its seeds is a line.
        board: a CSV, which keeps what it holds.
        budget: FLOPs of the run, forward and backward.
        change: does something to the new model before it is trained.
        seed: of the run.
        settings: fields of TrainConfig that differ from experiment's SMALL.

    Returns:
        The line: name, seed, flops, parameters, tokens, val_loss in nats a character,
        over_floor (that loss over the floor of the validation stories), and
        fresh_over_floor, the same for stories that were written for this alone.

    Raises:
        ValueError: a setting that is not to be chosen, or a budget that pays too few
            steps.
    """
    checked_number("budget", budget)
    if fixed := [it for it in GIVEN if it in settings]:
        raise ValueError(f"{', '.join(fixed)} cannot be chosen: all tries share it")
    given = SMALL | settings | {"seed": seed}
    once = Run(TrainConfig(steps=1, **given), change)
    tokens = once.tokens
    cost = flops_per_token(once.model) * tokens
    steps = int(budget // cost)
    if steps < LEAST:
        raise ValueError(
            f"{name}: a budget of {budget:g} FLOPs pays {steps} steps of {cost:g}, and "
            f"{LEAST} are needed: make the model or the batch smaller"
        )
    run = Run(TrainConfig(steps=steps, eval_interval=steps, **given), change)
    loss = run.run().rows[-1]["val_loss"]
    line = {
        "name": name,
        "seed": seed,
        "flops": f"{steps * cost:.4g}",
        "parameters": sum(p.numel() for p in run.model.parameters()),
        "tokens": steps * tokens,
        "val_loss": round(loss, 4),
        "over_floor": round(loss / floor(), 4),
        "fresh_over_floor": round(on_fresh_stories(run), 4),
    }
    write_csv(board, [*lines(board), line])
    return line


@cache
def floor() -> float:
    """The floor of the validation stories, in nats a character."""
    stories = [read(text) for text in load_text("tales")[1].strip("\n").split("\n")]
    characters = sum(len(story.text) + 1 for story in stories)
    return sum(story.nats for story in stories) / characters


def on_fresh_stories(run: Run) -> float:
    """The run's loss over the floor on stories that were written for this alone."""
    made = corpus(FRESH_SEED, FRESH)
    split = make_split(made.text, run.tokenizer, by_story=True)
    rows = eval_rows(split.ids, run.model.config.block_size, split.starts)
    return evaluate(run.model, *rows) / made.floor


def lines(board: Path) -> list[dict]:
    """The lines of a board, in the order of the tries; none if there is no file."""
    if not Path(board).exists():
        return []
    with open(board, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def leaderboard(board: Path) -> str:
    """All tries, the best first: by their mean loss over the floor, with its range."""
    tries: dict[str, list[dict]] = {}
    for line in lines(board):
        tries.setdefault(line["name"], []).append(line)
    said = [f"{'try':24} seeds  over the floor              on fresh stories"]
    for name, them in sorted(tries.items(), key=lambda it: _mean(it[1], "over_floor")):
        seen = [float(it["over_floor"]) for it in them]
        ends = f"({min(seen):.3f} to {max(seen):.3f})"
        fresh = _mean(them, "fresh_over_floor")
        said.append(f"{name:24} {len(them):5}  {mean(seen):.3f} {ends:20} {fresh:.3f}")
    return "\n".join(said)


def _mean(them: list[dict], column: str) -> float:
    return mean(float(it[column]) for it in them)
