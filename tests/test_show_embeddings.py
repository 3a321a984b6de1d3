import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.embeddings import draw_alike, draw_lookup, draw_sum

TABLE = torch.tensor([[10.0 * i + j for j in range(3)] for i in range(4)])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure, in the order in which they were drawn."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_a_lookup_shows_the_table_the_one_hot_row_and_what_comes_out():
    words = draw_lookup(TABLE, chosen=2, names="abcd")
    assert "Row 2 of the table is framed" in words
    assert "comes out: 20, 21, 22." in words
    assert written().count("21") == 2  # in the table, and as the result
    assert written().count("31") == 1


def test_the_chosen_row_has_a_wider_frame_and_not_only_a_colour():
    draw_lookup(TABLE, chosen=2, names="abcd")
    wide = [p for p in plt.gca().patches if p.get_linewidth() > 1]
    assert len(wide) == 1 + 3 + 3  # the 1, its row in the table, the result


def test_a_sum_shows_both_tables_and_says_where_a_letter_occurs_twice():
    places = 0.1 * torch.arange(3.0)[:, None].expand(-1, 3)
    words = draw_sum(TABLE[[1, 3, 1]], places, "ada")
    assert "Framed is the a, which occurs 2 times" in words
    assert "at place 2 10, 11, 12 plus 0.2, 0.2, 0.2 is 10.2, 11.2, 12.2" in words
    assert {"place 2", "30.1", "12.2"} <= set(written())


def test_groups_of_letters_are_said_to_lie_inside_or_outside_of_chance():
    chance = [i / 100 for i in range(101)]
    words = draw_alike({"near": 0.5, "far": 1.5}, {"near": chance, "far": chance})
    assert "near 0.50, inside of 0.02 to 0.98; far 1.50, outside of" in words
