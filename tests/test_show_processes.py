"""The drawings of several processes say what they show, and the ring adds up."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

matplotlib.use("Agg")

from gptlib.show.processes import draw_memory, draw_ring, ring_rounds

THREE = torch.tensor([[1.0, 2, 3], [10, 20, 30], [100, 200, 300]])


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("n", [2, 3, 5])
def test_after_all_rounds_every_process_holds_the_sum(n):
    vectors = torch.randn(n, n)
    held = ring_rounds(vectors)
    assert len(held) == 1 + 2 * (n - 1)
    torch.testing.assert_close(held[-1], vectors.sum(dim=0).expand(n, n))


def test_after_half_of_the_rounds_each_process_has_one_whole_sum():
    halfway = ring_rounds(THREE)[2]
    assert (halfway == THREE.sum(dim=0)).sum(dim=1).tolist() == [1, 1, 1]


def test_in_a_round_each_process_receives_one_piece():
    for before, after in zip(ring_rounds(THREE), ring_rounds(THREE)[1:], strict=False):
        assert ((before != after).sum(dim=1) == 1).all()


def test_the_ring_is_drawn_with_its_numbers():
    words = draw_ring(THREE)
    written = [t.get_text() for ax in plt.gcf().axes for t in ax.texts]
    assert written.count("111") == 3 + 2 + 1
    assert "at the start 1, 2, 3 | 10, 20, 30 | 100, 200, 300" in words
    assert words.endswith("111, 222, 333 | 111, 222, 333 | 111, 222, 333. "
                          "Whole sums are dark.")  # fmt: skip


def test_bars_of_memory_have_their_sums():
    words = draw_memory({"a": {"weights": 1.0, "rest": 2.5}, "b": {"weights": 0.25}})
    assert "a: weights 1.0, rest 2.5; b: weights 0.2." in words
    assert [t.get_text() for t in plt.gca().texts] == [" 3.5 GB", " 0.2 GB"]
