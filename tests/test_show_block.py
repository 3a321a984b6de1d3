import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.block import draw_gradients, draw_orders, draw_stream


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def places(ax):
    """Where each text of a panel stands, by the text."""
    return {text.get_text(): text.get_position() for text in ax.texts}


def test_pre_norm_leaves_the_line_free_and_post_norm_stands_on_it():
    words = draw_orders()
    pre, post = (places(ax) for ax in plt.gcf().axes)
    assert pre["ln_1"][1] == pre["attn"][1] > 0
    assert post["ln_1"][1] == 0 < post["attn"][1]
    assert pre["ln_2"][0] < pre["mlp"][0] < post["ln_2"][0]
    assert "nothing stands on the line but the two plus signs" in words


def test_the_stream_is_as_wide_as_it_is_large_and_has_its_numbers():
    words = draw_stream(["embed", "attn 0"], added=[0.5, 1.0], after=[0.5, 1.25])
    wide = [p.get_height() for p in plt.gca().patches if not p.get_hatch()]
    assert wide == pytest.approx([0.4, 1.0])
    assert {"+0.50", "+1.00", "1.25"} <= places(plt.gca()).keys()
    assert (
        "embed adds 0.50, then it is 0.50; attn 0 adds 1.00, then it is 1.25" in words
    )


def test_each_kind_has_a_curve_for_each_seed_and_layer_1_is_said():
    curves = [torch.tensor([3.0, 0.02, 1.0]), torch.tensor([2.0, 0.05, 1.0])]
    panels = {"now": {"pre-norm": curves, "post-norm": curves}}
    words = draw_gradients(panels | {"later": panels["now"]})
    assert [len(ax.lines) for ax in plt.gcf().axes] == [4, 4]
    assert "each of 2 layers" in words
    assert "now, post-norm: 0.02 to 0.05" in words
