import math

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.ladder import (
    draw_cheat,
    draw_costs,
    draw_counting,
    draw_ladder,
    draw_possible,
)

STORIES = [("ab\n", 0.25), ("ac\n", 0.25), ("b\n", 0.5)]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_what_is_ruled_out_is_hatched_from_the_next_character_on():
    words = draw_possible(STORIES, "ab\n")
    hatched = [bool(p.get_hatch()) for p in plt.gca().patches]
    assert hatched == [False] * 3 + [False, False, True] + [False, True]
    assert "Nats paid: a 0.69, b 0.69, ⏎ 0.00; 1.386 in all." in words


def test_below_each_character_stand_what_is_left_and_what_it_costs():
    draw_possible(STORIES, "ab\n")
    numbers = [text for text in written() if text[:1].isdigit()]
    assert numbers == ["0.50", "0.25", "0.25", "0.69", "0.69", "0.00"]
    assert {"p = 0.250", "p = 0.500", "left", "nats"} <= set(written())


def test_a_ladder_names_its_rungs_and_says_which_floor_is_drawn():
    words = draw_ladder({"low": 1.0, "high": 4.0}, floor=("the split's floor", 0.5))
    assert "high 4.000, low 1.000; below them" in words
    assert "the split's floor 0.500" in written()


def test_rungs_close_to_each_other_have_their_names_on_two_sides():
    draw_ladder({"one": 1.0, "two": 1.02, "far": 4.0})
    sides = {text.get_text()[:3]: text.get_ha() for text in plt.gca().texts}
    assert sides == {"far": "left", "two": "left", "one": "right"}


def test_counting_says_where_it_turns():
    words = draw_counting([1, 2, 3], new=[3.0, 1.0, 2.0], seen=[3.0, 0.9, 0.5], gpt=0.3)
    assert "from 3.00 to 1.00 at n = 2 and rises to 2.00" in words


def test_costs_are_shaded_on_the_scale_that_is_given():
    words = draw_costs("abcd", torch.tensor([0.0, 2.0, 1.0, 3.0]), "somebody", top=4.0)
    assert [p.get_alpha() for p in plt.gca().patches] == [0.0, 0.5, 0.25, 0.75]
    assert "somebody pays for it, 6 nats in all; 2 of 4 characters cost more" in words
    assert "The dearest: d of 'abcd' 3.0" in words


def test_a_cheat_is_drawn_with_both_floors():
    words = draw_cheat({"it": 0.1}, {"it": 1.5}, floors=(0.26, math.exp(-1)))
    heights = {line.get_ydata()[0] for line in plt.gca().lines}
    assert heights == {0.26, math.exp(-1)}
    assert "it 0.10 and 1.50" in words
    assert "0.2600 and 0.3679" in words
