"""The drawings of the race say in words, with their numbers, what they show."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("Agg")

from gptlib.show.race import LOOKS, draw_race, draw_schedules
from gptlib.speed.recipes import RECIPES
from gptlib.speed.results import Line, Point, Race


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def line(idea, seconds, loss):
    return Line(idea, "plain", (Point(1, seconds / 2, 3.0), Point(2, seconds, loss)))


def test_the_race_names_its_finish_and_each_end():
    lines = [line("plain", 120.0, 1.9), line("a", 60.0, 1.95), line("b", 31.0, 1.9)]
    words = draw_race(Race(1, {it.idea: it for it in lines}, ()))
    assert "on a log scale, down to a dotted line at 1.900" in words
    assert plt.gca().get_xscale() == "log"
    assert "plain 120 s, a 60 s and not there, b 31 s." in words
    marks = [it.get_marker() for it in plt.gca().lines if it.get_marker() != "None"]
    assert marks == ["o", "X", "o"]


def test_every_line_of_a_race_has_a_look_of_its_own():
    looks = {(look["color"], look["linestyle"]) for look in LOOKS}
    assert len(looks) == len(LOOKS) >= len(RECIPES)


def test_the_schedules_are_those_of_training():
    words = draw_schedules(total=100, warmup=10, hold=0.4)
    assert "stays at the peak until step 40" in words
    cosine, held = (it.get_ydata() for it in plt.gca().lines)
    assert held[20] == held[39] == 1 and held[70] == pytest.approx(0.5)
    assert cosine[55] == pytest.approx(0.5)
