"""Small experiments within a budget, and the project's board."""

import pytest
from torch import nn

from gptlib.train.experiment import SMALL, experiment
from gptlib.train.project import compete, leaderboard, lines

TINY = dict(n_layer=1, n_head=2, n_embd=8, block_size=16, batch_size=4)


@pytest.fixture(autouse=True)
def few_stories(monkeypatch, tmp_path):
    """The first of the tales, so that nothing here takes long."""
    from gptlib.text import corpora

    text = "\n".join(corpora.read_tales().split("\n")[:201])
    monkeypatch.setattr(corpora, "read_tales", lambda: f"{text}\n")


def test_a_run_spends_what_the_budget_pays_and_no_step_more():
    row = experiment("tiny", 2e6, seeds=(1, 2), **TINY)
    spent, step = row["parameters"] * row["tokens"], row["parameters"] * 64
    assert spent <= 2e6 < spent + step
    assert len(set(row["losses"])) == 2
    assert all(0.2657 < loss < 5 for loss in row["losses"])


def test_the_same_seed_gives_the_same_loss():
    again = [experiment("tiny", 1e6, seeds=(3,), **TINY) for _ in range(2)]
    assert again[0] == again[1]


def test_a_changed_model_pays_for_its_own_parameters():
    def no_mlp(model):
        for block in model.transformer.h:
            block.mlp = nn.Identity()

    plain, smaller = (
        experiment("tiny", 2e6, seeds=(1,), change=change, **TINY)
        for change in (None, no_mlp)
    )
    assert smaller["parameters"] == plain["parameters"] - (8 * 32 + 32 + 32 * 8 + 8)
    assert smaller["tokens"] > plain["tokens"]


def test_micro_batches_cost_no_more_tokens():
    row = experiment("tiny", 2e6, seeds=(1,), **TINY)
    assert (
        experiment("tiny", 2e6, seeds=(1,), accumulate=2, **TINY)["tokens"]
        == row["tokens"]
    )


@pytest.mark.parametrize("budget", [1, 1e4])
def test_a_budget_that_pays_too_few_steps_says_so(budget):
    with pytest.raises(ValueError, match=r"pays 0 steps.*give it more"):
        experiment("tiny", budget, **TINY)


def test_the_small_model_is_named_in_settings_of_a_run():
    with pytest.raises(TypeError, match="n_heads"):
        experiment("tiny", 1e6, n_heads=3)
    assert SMALL["data"] == "tales"


def test_each_try_is_a_line_on_the_board_and_the_best_stands_on_top(tmp_path):
    board = tmp_path / "board.csv"
    assert lines(board) == []
    for name, budget, seed in (("poor", 2e7, 1), ("rich", 2e8, 1), ("rich", 2e8, 2)):
        compete(name, board, budget=budget, seed=seed, **TINY)
    assert [it["name"] for it in lines(board)] == ["poor", "rich", "rich"]
    first, second = leaderboard(board).splitlines()[1:]
    assert first.split()[:2] == ["rich", "2"]
    assert second.split()[:2] == ["poor", "1"]
    spent = float(lines(board)[0]["flops"])
    assert 0.9 * 2e7 < spent <= 2e7


def test_what_all_tries_share_cannot_be_chosen(tmp_path):
    with pytest.raises(ValueError, match="data, steps cannot be chosen"):
        compete("mine", tmp_path / "b.csv", data="shakespeare", steps=3)
    with pytest.raises(ValueError, match=r"mine: a budget of 10 FLOPs pays 0 steps"):
        compete("mine", tmp_path / "b.csv", budget=10, **TINY)
    assert not (tmp_path / "b.csv").exists()
