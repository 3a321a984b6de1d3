"""What a check may expect of a student's report on an experiment: that it can be true.

How good its reasons are is for a reader to say.
"""

import math
import re
from collections.abc import Callable, Mapping
from statistics import mean

import torch

from gptlib.checks.predictions import predicted
from gptlib.checks.verdict import Wrong
from gptlib.config import GPTConfig
from gptlib.model import GPT
from gptlib.train.experiment import SMALL

KEYS = ("what", "parameters", "tokens", "losses")
SEEDS = 3
LEAST = 0.8  # of the budget: `experiment` makes 4 steps or more, and less than one
# is left over
OVER, NOISE = 1.02, 1.1
FEW_WORDS, OTHER_WORDS = 15, 10  # of a reason, and how many of them differ
MOST = 1e18  # no number of a row is as large
MOST_ROWS, MOST_SEEDS, MOST_WORDS = 40, 20, 1000
NEAR = 0.006  # how well a reason quotes a number of the report
# Of the tales: the loss of the reader who knows their grammar on the validation
# stories, in nats a character, and how many characters there are. A test computes both.
FLOOR, CHARACTERS = 0.265653, 55
BLIND = math.log(CHARACTERS)


def expect_rows(
    exercise: str,
    mine: object,
    known: Mapping[str, int],
    *,
    budget: float,
    own: int = 0,
    floor: float = FLOOR,
    start: float = BLIND,
) -> list[dict]:
    """The report's rows, if they can be true.

    Args:
        exercise: its name.
        mine: the report, a dict with `rows`.
        known: what rows there have to be, and how many parameters each must have.
        budget: tokens x parameters of one run.
        own: how many rows of the student's own choice there have to be beside them.
        floor: the loss that nobody can get below.
        start: the loss of blind guessing; some more is allowed for noise.

    Raises:
        NotWritten: nothing is reported yet.
        Wrong: a row is missing, or cannot be true; it is named.
    """
    rows = predicted(exercise, mine, "rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Wrong("`rows` must be a list of dicts, as `experiment` returns them.")
    if len(rows) > MOST_ROWS:
        raise Wrong(f"It has {len(rows)} rows: {MOST_ROWS} at most can be read.")
    names = [_name(row) for row in rows]
    for name in known:
        if name not in names:
            raise Wrong(f"There is no row whose `what` is {name!r}.")
    if len(set(names)) < len(known) + own:
        raise Wrong(f"{own} more of your own choice must stand beside {list(known)}.")
    for row in rows:
        if names.count(row["what"]) > 1:
            raise Wrong(f"Two rows are called {row['what']!r}: name each differently.")
        _expect_numbers(row)
        _expect_true(row, budget, floor, start)
        if row["parameters"] != known.get(row["what"], row["parameters"]):
            raise Wrong(
                f"{row['what']}: a model of these sizes does not have "
                f"{row['parameters']} parameters."
            )
    _expect_different(rows)
    return rows


def _name(row: dict) -> str:
    """What the row is called."""
    name = row.get("what")
    if not isinstance(name, str) or not name.strip():
        raise Wrong(f"`what` of each row must be a text, and one is {name!r:.40}.")
    return name


def _expect_different(rows: list[dict]) -> None:
    """Raise Wrong where two rows agree in all their losses."""
    seen: dict[tuple, str] = {}
    for row in rows:
        name, losses = row["what"], tuple(row["losses"])
        if losses in seen:
            raise Wrong(
                f"{seen[losses]} and {name}: all their losses are the same. Was one "
                "row copied, or do its settings change nothing?"
            )
        seen[losses] = name


def _expect_numbers(row: dict) -> None:
    name, missing = row["what"], [key for key in KEYS if key not in row]
    if missing:
        raise Wrong(f"{name}: the row lacks {', '.join(missing)}.")
    losses = row["losses"]
    if not isinstance(losses, list | tuple) or not SEEDS <= len(losses) <= MOST_SEEDS:
        raise Wrong(
            f"{name}: `losses` must be {SEEDS} numbers, one for each seed, or more, up "
            f"to {MOST_SEEDS}."
        )
    for number in (row["parameters"], row["tokens"], *losses):
        if type(number) not in (int, float) or not -MOST < number < MOST:
            raise Wrong(f"{name}: {number!r:.40} is no number.")
    for key, least in (("parameters", CHARACTERS), ("tokens", 1)):
        if row[key] < least or row[key] != int(row[key]):
            raise Wrong(f"{name}: {row[key]} {key} cannot be.")


def _expect_true(row: dict, budget: float, floor: float, start: float) -> None:
    name, spent = row["what"], row["parameters"] * row["tokens"]
    if spent > OVER * budget:
        raise Wrong(f"{name}: tokens x parameters is {spent:.3g}, over {budget:.3g}.")
    if spent < LEAST * budget:
        raise Wrong(
            f"{name}: tokens x parameters is {spent:.3g} of {budget:.3g}: run it with "
            "the whole budget, or the rows cannot be compared."
        )
    lowest, highest = min(row["losses"]), max(row["losses"])
    if lowest < floor:
        raise Wrong(
            f"{name}: a loss of {lowest:.4g} is below the floor of {floor:.4f}, and no "
            "model gets there honestly. Is the future masked, and is the loss one of "
            "stories that it was not trained on?"
        )
    if highest > NOISE * start:
        raise Wrong(
            f"{name}: a loss of {highest:.4g} is worse than blind guessing, "
            f"{start:.4f}: did it learn at all?"
        )
    if lowest == highest:
        raise Wrong(
            f"{name}: all its losses are {lowest:g}: three seeds never agree in all "
            "digits. Was each run with its own?"
        )


def expect_best(exercise: str, mine: object) -> None:
    """Raise Wrong unless `best` names the row whose mean loss is the lowest."""
    rows, best = (predicted(exercise, mine, name) for name in ("rows", "best"))
    means = [(row["what"], mean(row["losses"])) for row in rows]
    names = [name for name, _ in means]
    if best not in names:
        raise Wrong(f"`best` is {best!r:.60}, and the rows are {names}.")
    lowest = min(number for _, number in means)
    if not math.isclose(dict(means)[best], lowest, abs_tol=1e-9):
        raise Wrong(f"`best` is {best!r}, but another row has a lower mean loss.")


def expect_reason(exercise: str, mine: object, name: str = "because") -> None:
    """Raise Wrong unless the reason is a sentence or two and rests on a number."""
    words = predicted(exercise, mine, name)
    if not isinstance(words, str) or len(words.split()) < FEW_WORDS:
        raise Wrong(f"`{name}` must be a text of {FEW_WORDS} words or more.")
    if len(words) > 10 * MOST_WORDS or len(words.split()) > MOST_WORDS:
        raise Wrong(f"`{name}` has more than {MOST_WORDS} words: a sentence or two do.")
    if len(set(words.lower().split())) < OTHER_WORDS:
        raise Wrong(f"`{name}` says the same few words again and again.")
    if not re.search(r"\d", words):
        raise Wrong(f"`{name}` names no number: which one of yours decides?")
    named = [float(number) for number in re.findall(r"\d+\.\d+|\d+", words)]
    known = _numbers(predicted(exercise, mine, "rows"))
    if not any(abs(a - b) <= NEAR for a in named for b in known):
        raise Wrong(
            f"`{name}` names no number of your report: no loss, no mean of a row, no "
            "spread of its seeds, and no difference of two rows."
        )


def _numbers(rows: list[dict]) -> list[float]:
    """What a reason may rest on: losses, means, spreads, and how far rows differ."""
    losses = [loss for row in rows for loss in row["losses"]]
    means = [mean(row["losses"]) for row in rows]
    spreads = [max(row["losses"]) - min(row["losses"]) for row in rows]
    return [*losses, *means, *spreads, *(abs(a - b) for a in means for b in means)]


def parameters(change: Callable | None = None, **sizes: object) -> int:
    """How many parameters `experiment`'s model has with these sizes."""
    names = ("n_layer", "n_head", "n_embd", "block_size")
    chosen = {name: SMALL[name] for name in names} | sizes
    with torch.device("meta"):
        model = GPT(GPTConfig(CHARACTERS, **chosen))
        model = (change(model) if change else None) or model
    return sum(p.numel() for p in model.parameters())
