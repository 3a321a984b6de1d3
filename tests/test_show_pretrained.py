import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from safetensors.torch import save

matplotlib.use("Agg")

from gptlib.show.inside import draw_costs, draw_halves, draw_out, draw_paths
from gptlib.show.pretrained import draw_file, draw_turn


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def written():
    return [text.get_text() for ax in plt.gcf().axes for text in ax.texts]


def test_a_file_is_drawn_with_the_bytes_at_its_borders():
    raw = save({"W": torch.zeros(2, 3), "b": torch.zeros(3)})
    n = int.from_bytes(raw[:8], "little")
    words = draw_file(raw)
    assert {"0", "8", f"{8 + n}", f"{len(raw)}"} <= set(written())
    assert f"A strip of {len(raw)} bytes" in words
    assert f"bytes {8 + n + 24} to {8 + n + 36}" in words
    assert "offsets 24 to 36" in written()


def test_turned_and_reshaped_have_one_shape_and_other_places():
    words = draw_turn(torch.arange(1.0, 7).view(2, 3))
    assert "transposed: (out, in): rows 1, 4; 2, 5; 3, 6" in words
    assert "wrong: rows 1, 2; 3, 4; 5, 6" in words


def test_a_head_taken_out_is_hatched_and_its_part_is_missing_in_the_sum():
    y, W = torch.tensor([1.0, 10.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    words = draw_out(y, W, nh=2, out=0)
    assert "Head 0 adds 1, 2. Head 1 adds 30, 40." in words
    assert "taken out: 0 stands in the place of its 1, and 30, 40 is left" in words
    assert written()[0] == "1 → 0"
    assert sum(bool(p.get_hatch()) for p in plt.gca().patches) == 1 + 2


def test_costs_are_written_into_their_fields_and_said():
    table = torch.tensor([[0.0, 1.25], [2.5, -0.001]])
    words = draw_costs({"names": table, "all else": table / 2})
    assert written().count("1.25") == 2
    assert "names: 0.00, 1.25; 2.50, 0.00; all else: 0.00, 0.62" in words


def test_halves_name_the_dots_they_are_told_to():
    one, other = torch.tensor([[0.0, 3.0]]), torch.tensor([[0.5, 2.0]])
    words = draw_halves(one, other, named=[(0, 1)])
    assert "layer 0, head 1: 3.00 and 2.00" in words
    assert written() == ["layer 0, head 1"]


def test_paths_say_the_range_of_their_ends():
    runs = [torch.tensor([[0.8, 0.26], [0.4, 0.3 + seed]]) for seed in (0.0, 0.02)]
    words = draw_paths({"four new": runs}, steps=(0, 20))
    assert "from new text 0.80, old text 0.260" in words
    assert "old text 0.300 to 0.320" in words
