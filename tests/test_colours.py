"""The colours of the course's pictures, as they look to everybody: computed."""

from itertools import combinations

import numpy as np
import pytest
from colorspacious import cspace_convert
from matplotlib.colors import to_rgb

from gptlib.show import plots

NAMES = ("BLUE", "ORANGE", "GREEN", "RED", "GREY", "INK", "PALE")
COLOURS = {name: to_rgb(getattr(plots, name)) for name in NAMES}
# In CAM02-UCS two colours side by side are told apart from a distance of about 1.
APART = 5
BLIND = ("protanomaly", "deuteranomaly", "tritanomaly")


def seen(colour, kind):
    """The colour as somebody sees it who lacks one of three kinds of cones."""
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
    return np.clip(cspace_convert(colour, space, "sRGB1"), 0, 1) if kind else colour


def lightness(name):
    return cspace_convert(COLOURS[name], "sRGB1", "CAM02-UCS")[0]


@pytest.mark.parametrize("kind", [None, *BLIND])
@pytest.mark.parametrize("pair", [*combinations(NAMES, 2)], ids="-".join)
def test_two_colours_are_told_apart(pair, kind):
    a, b = (
        cspace_convert(seen(COLOURS[name], kind), "sRGB1", "CAM02-UCS") for name in pair
    )
    assert np.linalg.norm(a - b) >= APART


def test_in_grey_three_colours_and_the_ground_differ():
    light = sorted(map(lightness, ("BLUE", "ORANGE", "INK", "PALE")))
    assert min(np.diff(light)) > 4 * APART


def test_in_grey_green_red_and_grey_look_alike_as_the_style_says():
    light = sorted(map(lightness, ("GREEN", "RED", "GREY")))
    assert light[-1] - light[0] < 2
    assert "GREEN, RED and GREY look alike" in plots.__doc__
