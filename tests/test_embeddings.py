import torch
from torch import nn
from torch.testing import assert_close

from gptlib import embed


def tables(V=7, block_size=6, C=4):
    torch.manual_seed(0)
    return nn.Embedding(V, C), nn.Embedding(block_size, C)


def test_each_vector_is_the_row_of_the_token_plus_the_row_of_the_position():
    wte, wpe = tables()
    idx = torch.tensor([[3, 0, 3], [6, 5, 4]])
    x = embed(idx, wte, wpe)
    for b in range(2):
        for t in range(3):
            assert_close(x[b, t], wte.weight[idx[b, t]] + wpe.weight[t])


def test_it_equals_one_hot_times_matrix_in_values_and_gradients():
    wte, wpe = tables()
    idx = torch.tensor([[3, 0, 3, 1, 2]])
    one_hot = nn.functional.one_hot(idx, 7).float()
    x = embed(idx, wte, wpe)
    other = one_hot @ wte.weight + wpe.weight[:5]
    assert_close(x, other)
    pull = torch.randn_like(x)
    mine = torch.autograd.grad(x, (wte.weight, wpe.weight), pull)
    assert_close(mine, torch.autograd.grad(other, (wte.weight, wpe.weight), pull))


def test_start_moves_the_positions():
    wte, wpe = tables()
    idx = torch.tensor([[1, 2, 3, 4, 5]])
    assert_close(embed(idx[:, 3:], wte, wpe, start=3), embed(idx, wte, wpe)[:, 3:])


def test_it_works_on_the_device_of_idx():
    with torch.device("meta"):
        wte, wpe = nn.Embedding(7, 4), nn.Embedding(6, 4)
        idx = torch.zeros(2, 3, dtype=torch.int64)
    x = embed(idx, wte, wpe)
    assert (x.device.type, x.shape) == ("meta", (2, 3, 4))
