import re

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from lessons import lesson

matplotlib.use("Agg")

from gptlib.show.plots import (
    BLUE,
    BOXES,
    PARTS,
    begin_lesson,
    draw_gpt,
    draw_text,
    draw_tokens,
    use_style,
)


@pytest.fixture(autouse=True)
def closed_figures():
    with matplotlib.rc_context():
        yield
    plt.close("all")


def lit_boxes(ax):
    blue = matplotlib.colors.to_rgba(BLUE)
    return [p for p in ax.patches if p.get_fill() and p.get_facecolor() == blue]


def test_a_plot_in_the_style_is_blue_and_open_above_and_to_the_right():
    use_style()
    ax = plt.subplots()[1]
    (line,) = ax.plot([1, 2])
    assert (line.get_color(), line.get_linewidth()) == (BLUE, 2)
    assert [s for s, spine in ax.spines.items() if spine.get_visible()] == [
        "left",
        "bottom",
    ]


def test_a_lesson_begins_in_the_style_and_with_one_thread():
    torch.set_num_threads(2)
    begin_lesson()
    assert torch.get_num_threads() == 1
    assert plt.plot([1, 2])[0].get_color() == BLUE


def test_the_picture_of_the_gpt_lights_what_it_is_told():
    assert len(lit_boxes(draw_gpt())) == 9
    assert len(lit_boxes(draw_gpt({"mlp"}))) == 1
    assert len(lit_boxes(draw_gpt({"layernorm", "block"}))) == 3
    assert len(lit_boxes(draw_gpt(()))) == 0


def test_the_picture_names_lessons_that_exist():
    named = {name for box in BOXES for line in box[2] for name in line.split(", ")}
    assert {"attention", "gpt"} <= named
    assert all(lesson(name).is_file() for name in named)
    shown = ", ".join(text.get_text() for text in draw_gpt().texts)
    names = re.split(r"\n|, ", shown)
    assert {name.replace("_", " ") for name in named} <= set(names)


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match=r"\['head'\].*attention"):
        draw_gpt({"head"})
    assert "attention" in PARTS


def test_text_is_drawn_a_character_a_field_as_dark_as_its_value():
    ax = draw_text("ab\nc", [0.0, 1.0, 2.0, 4.0], width=3, mark=1)
    assert [t.get_text() for t in ax.texts] == ["a", "b", "⏎", "c"]
    fields, frame = ax.patches[:4], ax.patches[4]
    assert [field.get_alpha() for field in fields] == [0.0, 0.25, 0.5, 1.0]
    assert [field.get_xy() for field in fields] == [(0, 0), (1, 0), (2, 0), (0, -1)]
    assert frame.get_xy() == (1, 0)


def test_text_and_values_must_be_equally_long():
    with pytest.raises(ValueError, match="3 characters need as many values: 2"):
        draw_text("abc", [0.0, 1.0])


def test_no_value_at_all_leaves_the_text_bare():
    assert draw_text("ab", [0, 0]).patches[0].get_alpha() == 0


def test_texts_can_share_one_scale():
    use_style()
    ax = draw_text("ab", [1.0, 2.0], top=4.0, label="nats")
    assert [patch.get_alpha() for patch in ax.patches] == [0.25, 0.5]
    assert ax.texts[-1].get_text() == "full colour: nats 4"
    with pytest.raises(ValueError, match="top = 1.5 is less than the largest value, 2"):
        draw_text("ab", [1.0, 2.0], top=1.5)


def test_tokens_are_drawn_as_wide_as_they_are_long_and_the_lit_one_is_blue():
    ax = draw_tokens([["a", " ", "b"], ["a", " b"]], lit=["", " b"])
    assert [round(p.get_width() + 0.1, 6) for p in ax.patches] == [1, 1, 1, 1, 2]
    assert lit_boxes(ax) == [ax.patches[-1]]
    assert [t.get_text() for t in ax.texts][-3:] == ["␣b", "2", "tokens"]
