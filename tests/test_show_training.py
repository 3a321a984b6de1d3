import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("Agg")

from gptlib.optim import cosine_lr
from gptlib.show.training import draw_losses, draw_schedule


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_the_schedule_is_drawn_beyond_its_end_and_said_in_words():
    words = draw_schedule(cosine_lr, peak=1.0, min_lr=0.1, warmup=4, total=12)
    (line, *_) = plt.gca().get_lines()
    assert list(line.get_ydata())[12:] == [0.1, 0.1, 0.1]
    assert "from 0.2 in step 0 to 1 in step 4" in words
    assert "is at 0.55 in step 8 and at 0.1 from step 12 on" in words


def test_the_losses_are_told_apart_by_more_than_colour():
    curves = {"training": [3.04, 2.0], "validation": [3.16, 2.12]}
    words = draw_losses([50, 100], curves, floor=0.27)
    styles = {line.get_linestyle() for line in plt.gca().get_lines()}
    assert styles == {"-", "--", ":"}
    assert "from step 50 to step 100: training from 3.04 to 2.000; valid" in words
    assert "floor is at 0.270" in words
