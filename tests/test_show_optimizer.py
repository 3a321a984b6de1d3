import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn

matplotlib.use("Agg")

from gptlib.show.optimizer import (
    adamw_path,
    draw_accumulation,
    draw_adamw,
    draw_decays,
)

OPTIONS = dict(lr=0.1, betas=(0.9, 0.95), weight_decay=0.1)
ROWS = [[6, 2], [-4, 0], [8, 4], [2, -2]]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    """All texts of the figure, in the order in which they were drawn."""
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_the_path_is_the_one_that_pytorchs_adamw_takes():
    gradients, w = [4.0, -2.0, 0.5, 3.0], nn.Parameter(torch.tensor(2.0).double())
    optimizer, ends = torch.optim.AdamW([w], **OPTIONS), []
    for g in gradients:
        w.grad = torch.tensor(g).double()
        optimizer.step()
        ends.append(w.item())
    path = adamw_path(gradients, 2.0, **OPTIONS)
    assert [state.w for state in path] == pytest.approx(ends)


def test_a_parameter_under_adamw_is_drawn_with_its_numbers():
    words = draw_adamw([4.0, -2.0], start=2.0, **OPTIONS)
    assert {"0.4", "0.8", "1.88", "0.16", "0.96", "1.834"} <= set(written())
    assert "Step 1: gradient 4, m 0.4, v 0.8, step 1 learning rates, w 1.88" in words
    assert "w 1.834." in words


def test_micro_batches_add_up_to_the_mean_of_all_rows():
    words = draw_accumulation(ROWS)
    mean = sum(map(sum, ROWS)) / 8
    assert f"added up: {mean:g}" in written()
    assert "divided by 4: -0.5" in written()
    assert f"Added up they are {mean:g}, and with that one step is made." in words


def test_two_processes_take_the_mean_of_their_sums_and_the_same_step():
    words = draw_accumulation(ROWS, processes=2)
    assert "process 0, added up: 1" in written()
    assert "process 1, added up: 3" in written()
    assert "their mean: the same step in each, with the gradient 2" in written()
    assert "1 in process 0, 3 in process 1; the mean of these is 2" in words


def test_micro_batches_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="4 micro-batches do not divide among 3"):
        draw_accumulation(ROWS, processes=3)


def test_decays_are_told_apart_by_style_and_their_ends_are_said():
    paths = {"Adam": [[2.0, 0.1], [2.0, 1.0], [2.0, 1.9]], "AdamW": [[2.0, 0.9]] * 3}
    words = draw_decays(paths, (0.1, 1.0, 10.0))
    for ax in plt.gcf().axes:
        assert [line.get_linestyle() for line in ax.lines] == ["-", "--", ":"]
    assert "from 2.00 on, with noise 0.1, 1, 10" in words
    assert "end in Adam at 0.10, 1.00, 1.90; in AdamW at 0.90, 0.90, 0.90." in words
