"""Drawings of the race: the loss over time, line by line, and two schedules.

Each function makes the figure and returns what it shows in words, for `show`.
"""

from matplotlib.ticker import LogLocator

from gptlib.optim import cosine_lr, hold_lr
from gptlib.show.plots import BLUE, GREEN, GREY, ORANGE, RED, plt
from gptlib.speed.results import Race

LOOKS = [
    dict(color=colour, linestyle=dashes)
    for dashes in ("-", "--", ":")
    for colour in (BLUE, ORANGE, GREEN, RED)
]


def draw_race(race: Race) -> str:
    """The loss of each line over time; a cross where one ended without arriving."""
    ax = plt.subplots(figsize=(9, 4.2))[1]
    for look, line in zip(LOOKS, race.lines.values(), strict=False):
        _, seconds, losses = zip(*line.points, strict=True)
        ax.plot(seconds, losses, label=line.idea, **look)
        # A cross lies over the circles, and white edges keep them apart.
        mark, front = ("o", 3) if race.arrived(line.idea) else ("X", 4)
        end = dict(color=look["color"], ms=10, mec="white", zorder=front)
        ax.plot(seconds[-1], losses[-1], mark, **end)
    ax.axhline(race.finish, color=GREY, linestyle=":")
    ax.set(ylim=(race.finish - 0.1, 2.65), ylabel="validation loss, nats")
    # Equal factors of time are then equally far apart.
    ax.set(xscale="log", xlabel="seconds, evaluations left out, log scale")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
    ax.set_title(f"Seed {race.seed}: to the dotted line")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    said = ", ".join(
        f"{line.idea} {line.end.seconds:.0f} s"
        + (" and not there" if not race.arrived(line.idea) else "")
        for line in race.lines.values()
    )
    return (
        f"Falling curves of the loss over seconds, on a log scale, down to a dotted "
        f"line at {race.finish:.3f}; a cross marks a line that ended above it. Ends: "
        f"{said}."
    )


def draw_schedules(total: int, warmup: int, hold: float) -> str:
    """Two ways down from the same peak: a cosine, and hold, then a line."""
    ax, steps = plt.subplots()[1], range(total)
    shape = dict(peak=1.0, min_lr=0.0, warmup=warmup, total=total)
    cosine = [cosine_lr(step, **shape) for step in steps]
    held = [hold_lr(step, hold=hold, **shape) for step in steps]
    ax.plot(steps, cosine, "--", color=ORANGE, label="cosine")
    ax.plot(steps, held, color=BLUE, label="hold, then fall")
    ax.set(xlabel="step", ylabel="share of the peak rate", title="Two ways down")
    ax.legend()
    above = [sum(rate > 0.9 for rate in rates) for rates in (cosine, held)]
    return (
        f"Two curves over {total} steps. Both rise for {warmup} steps. The cosine then "
        f"falls at once, slowly at first; it is above nine tenths of the peak for "
        f"{above[0]} steps. The other stays at the peak until step "
        f"{round(hold * total)} and falls in a straight line; it is above nine tenths "
        f"for {above[1]}."
    )
