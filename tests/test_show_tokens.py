import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("Agg")

from gptlib.show.tokens import draw_bytes, draw_merges, draw_packing, draw_windows


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure, in the order in which they were drawn."""
    return [text.get_text() for text in plt.gca().texts]


def hatched():
    return [patch for patch in plt.gca().patches if patch.get_hatch()]


def test_a_window_is_said_with_the_one_place_further_right():
    words = draw_windows(list("the hen"), starts=[2, 3], T=3)
    assert "from place 2 X is 'e␣h' and y is '␣he'" in words
    assert "from place 3 X is '␣he' and y is 'hen'" in words
    assert "two tables of 2 rows and 3 columns" in words


def test_y_stands_one_column_right_of_x_and_is_hatched():
    draw_windows(list("abcdef"), starts=[1], T=3)
    strip, X, y = 6, 3, 3
    left = [patch.get_x() for patch in plt.gca().patches]
    assert left[strip + X] - left[strip] == 1
    assert len(hatched()) == 2 * y  # under the strip, and in the table
    assert written().count("f") == 1


def test_bytes_are_drawn_bit_by_bit_and_the_leading_ones_are_hatched():
    words = draw_bytes("hé")
    assert "h, number 104, is 1 byte: 104 (01101000)" in words
    assert "é, number 233, is 2 bytes: 195 (11000011), 169 (10101001)" in words
    assert len(hatched()) == 1 + 3 + 2  # 0, 110, 10
    assert {"h", "é", "195", "169"} <= set(written())


def test_merges_are_said_row_by_row_with_the_token_that_was_made():
    words = draw_merges([["a", " ", "b"], ["a", " b"]], made=["", " b"])
    assert "At first it is 3 tokens, a|␣|b; after '␣b' 2: a|␣b." in words
    assert "␣b" in written()


def test_packing_is_said_from_the_smallest_vocabulary_to_the_largest():
    words = draw_packing([256, 512, 1024], [1.0, 2.0, 3.5], [4.0, 2.0, 1.16])
    assert "From 256 to 1,024 tokens" in words
    assert "from 1.00 to 3.50" in words
    assert "from 4.00 to 1.16" in words
    drawn = [line.get_ydata()[1] for line in plt.gca().lines]
    assert drawn == [2.0, 2.0]
