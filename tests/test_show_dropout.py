import matplotlib
import matplotlib.pyplot as plt
import pytest
from torch import nn

matplotlib.use("Agg")

from gptlib import GPT, GPTConfig
from gptlib.show.dropout import PLACES, draw_curves, draw_dropout


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("n_layer", [1, 3])
def test_the_dropouts_that_are_drawn_are_those_of_the_model(n_layer):
    model = GPT(GPTConfig(5, block_size=4, n_layer=n_layer, n_head=2, n_embd=6))
    names = [n for n, it in model.named_modules() if isinstance(it, nn.Dropout)]
    words = draw_dropout(n_layer)
    inside, once = words.count("in every block"), words.count(", once")
    assert once + inside * n_layer == len(names) == 1 + 3 * n_layer
    assert {name.rpartition(".")[2] for name in names} == {
        name for _, name, _ in PLACES
    }


def test_the_words_do_not_give_their_number_away():
    assert "37" not in draw_dropout(12)


def test_each_place_has_its_number_in_the_picture():
    words = draw_dropout(12)
    texts = [text.get_text() for text in plt.gca().texts]
    assert {"1", "2", "3", "4", "block, 12 times"} <= set(texts)
    assert "2, the attention weights, called attn_dropout, in every block" in words


def test_curves_are_a_line_a_seed_and_say_their_lowest_and_last_points():
    curves = {0.0: [[4.0, 2.4, 3.1], [4.0, 2.6, 3.3]], 0.2: [[4.0, 2.9, 2.5]]}
    words = draw_curves(curves, every=20)
    lines = [line for line in plt.gca().lines if len(line.get_xdata()) == 3]
    assert len(lines) == 3
    assert list(lines[0].get_xdata()) == [20, 40, 60]
    assert "p = 0 the lowest of each seed lie at 2.4 to 2.6, the last at 3.1" in words
    assert "p = 0.2 the lowest of each seed lie at 2.5 to 2.5" in words
