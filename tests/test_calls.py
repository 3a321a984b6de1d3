"""What a check says of code that does not simply return something."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from gptlib.checks import calls, check, limits
from gptlib.checks.modules import made
from gptlib.checks.verdict import Wrong


@pytest.fixture
def hurry(monkeypatch):
    monkeypatch.setattr(calls, "LIMIT", 0.2)


def test_what_is_printed_is_not_returned():
    with pytest.raises(Wrong, match="put `return` in place of `print`"):
        calls.run(print, 3)


def test_a_print_beside_a_right_answer_does_no_harm_and_is_mentioned(capsys):
    def window_softmax(scores, window):
        print("shape", scores.shape)
        t = torch.arange(scores.shape[-1])
        back = t[:, None] - t
        hidden = (back < 0) | (back >= window)
        return scores.masked_fill(hidden, -torch.inf).softmax(dim=-1)

    verdict = check("window-softmax", window_softmax)
    assert verdict.passed
    assert verdict.words.count("What it printed is not shown here") == 1
    assert capsys.readouterr().out == ""


def test_nan_that_was_given_is_no_change_and_a_number_in_its_place_is_one():
    dirty = torch.tensor([1.0, torch.nan])
    assert calls.call(lambda x: x * 2, dirty).isnan().tolist() == [False, True]
    with pytest.raises(Wrong, match="changed the tensor that it was given"):
        calls.call(lambda x: x.nan_to_num_(), dirty)


def test_who_asks_for_input_is_told_where_it_comes_from(monkeypatch):
    with pytest.raises(Wrong, match="nobody is there to answer"):
        calls.run(lambda: input("a number? "))
    monkeypatch.setattr("builtins.input", lambda: "as before")
    assert input() == "as before"


@pytest.mark.parametrize("body", [exit, input, lambda: 1 / 0])
def test_a_class_that_cannot_be_made_stops_no_check(body):
    class Mine(torch.nn.Module):
        def __init__(self):
            body()

    with pytest.raises(Wrong, match=r"It cannot be made\. "):
        made(Mine)


def forever():
    while True:
        pass


def asleep():
    time.sleep(60)


def deaf():
    tries = 0
    while True:
        try:
            sum(range(1000))
        except Exception:
            tries += 1


def stubborn():
    tries = 0
    while True:
        try:
            sum(range(1000))
        except:  # noqa: E722
            tries += 1


@pytest.mark.parametrize("mine", [forever, asleep, deaf, stubborn])
def test_a_loop_that_never_ends_is_stopped_and_its_line_shown(mine, hurry):
    with pytest.raises(Wrong, match="stopped after 0.2 s: does a loop never end") as it:
        calls.run(mine)
    assert "It happened in line" in str(it.value)


@pytest.mark.parametrize("mine", [forever, deaf])
def test_it_is_stopped_in_a_thread_too(mine, hurry):
    """As on Windows, where there is no alarm clock."""
    found = []

    def body():
        try:
            calls.run(mine)
        except Wrong as fault:
            found.append(str(fault))

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert "stopped after 0.2 s" in found[0]


def test_no_alarm_rings_afterwards():
    def waited():
        with limits.limited(0.2):
            pass
        time.sleep(0.4)
        return True

    assert waited()
    with ThreadPoolExecutor() as pool:  # without the system's alarm clock
        assert pool.submit(waited).result()


def test_after_code_that_never_ends_nothing_more_is_run(hurry):
    runs = []

    def mine(scores, window):
        runs.append(window)
        forever()

    verdict = check("window-softmax", mine)
    assert (verdict.points, verdict.of, len(runs)) == (0, 4, 1)
    assert "does a loop never end" in verdict.words


@pytest.mark.parametrize(
    ("given", "change"),
    [([1, 2], lambda it: it.append(3)), ({"a": [1]}, lambda it: it["a"].clear())],
)
def test_a_list_that_is_changed_is_noticed(given, change):
    def mine(it):
        change(it)
        return 1

    with pytest.raises(Wrong, match=r"It changed the (list|dict) that it was given"):
        calls.run(mine, given)
