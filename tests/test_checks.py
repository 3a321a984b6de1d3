"""The checks refuse the classic wrong answers with words that fit, and no right one."""

import inspect
import re
import warnings

import answers
import pytest
import torch
from answers import HOMEWORK, judged
from torch import nn
from wrong_answers import attention, heads
from wrong_answers.homework import window_softmax as window

from gptlib.checks import NotWritten, Verdict, check
from gptlib.checks.expect import where
from gptlib.checks.verdict import PARTS, SEEDS

ANSWERS, CLASSES = answers.ANSWERS, answers.CLASSES
RIGHT, WRONG = answers.pairs()


def label(value):
    return getattr(value, "__name__", None)


def test_every_exercise_has_two_right_answers_and_four_wrong_ones():
    assert ANSWERS.keys() == PARTS.keys()
    for known in ANSWERS.values():
        assert len(known["right"]) >= 2
        assert len(known["wrong"]) >= 4
        assert len(set(known["wrong"].values())) >= 4


@pytest.mark.parametrize(("name", "mine"), RIGHT, ids=label)
def test_a_right_answer_passes(name, mine):
    verdict = judged(name, mine)
    assert verdict.passed, verdict
    assert str(verdict).startswith(f"{name}: right")


@pytest.mark.parametrize(("name", "mine", "words"), WRONG, ids=label)
def test_a_wrong_answer_is_refused_with_the_words_that_fit(name, mine, words):
    """And they show nothing from inside the check."""
    verdict = judged(name, mine)
    said = str(verdict)
    assert said.startswith(f"{name}: not yet")
    assert words in verdict.words
    assert not re.search(r"Traceback|gptlib/|site-packages|\.py\b|Mismatched", said)
    assert len(said.splitlines()) <= 5
    assert verdict.points < verdict.of or not verdict.of


# Each seed alone; the others in `make soak`.
ONE_NOW = [SEEDS[0], *(pytest.param(it, marks=pytest.mark.soak) for it in SEEDS[1:])]


@pytest.mark.parametrize(("name", "mine", "words"), WRONG, ids=label)
@pytest.mark.parametrize("seed", ONE_NOW)
def test_one_seed_is_enough_to_notice(name, mine, words, seed, monkeypatch):
    monkeypatch.setattr("gptlib.checks.verdict.SEEDS", (seed,))
    assert words in judged(name, mine).words


@pytest.mark.parametrize(
    ("name", "mine"),
    [
        (n, it)
        for m in (attention, heads)
        for n, all in m.HARD_CODED.items()
        for it in all
    ],
    ids=label,
)
def test_what_is_right_for_one_size_only_is_refused(name, mine):
    assert not check(name, mine).passed


@pytest.mark.parametrize("mine", window.POINTS, ids=label)
def test_homework_counts_points_for_what_is_right(mine):
    verdict = check("window-softmax", mine)
    assert (verdict.points, verdict.of) == (window.POINTS[mine], 4)
    assert f"{window.POINTS[mine]} of 4 points" in str(verdict)


def unwritten(name):
    def body(*_, **__):
        raise NotWritten(name)

    return body


@pytest.mark.parametrize("name", [n for n in ANSWERS if n not in answers.GIVEN])
def test_an_empty_cell_is_not_written_yet_and_no_error(name):
    mine = unwritten(name)
    if name in answers.DICTS:
        mine = answers.left_open(name)
    elif name in CLASSES:
        mine = type("Mine", (CLASSES[name],), {"forward": mine})
    verdict = judged(name, mine)
    assert verdict.status == "not written yet"
    assert ("%run -i solutions/" in verdict.words) == (name not in HOMEWORK)


def test_what_is_missing_is_named_when_it_is_an_earlier_exercise():
    verdict = check("attention", unwritten("causal-softmax"))
    assert verdict.words.startswith("It uses causal-softmax, which is not written yet")


def test_not_written_is_one_line_in_a_notebook():
    (line,) = NotWritten("causal-softmax")._render_traceback_()
    assert "causal-softmax is not written yet" in line
    assert "\n" not in line


def test_a_mistake_in_the_learners_own_line_shows_that_line():
    def attention(q, k, v):
        return scors @ v  # noqa: F821

    verdict = check("attention", attention)
    assert "NameError: name 'scors' is not defined" in verdict.words
    assert "scors @ v" in verdict.words


@pytest.mark.parametrize("thing", [None, 3, "text", torch.ones(2), nn.Linear, list])
@pytest.mark.parametrize("name", ANSWERS)
def test_anything_at_all_gets_a_verdict(name, thing):
    verdict = check(name, thing)
    assert isinstance(verdict, Verdict)
    assert not verdict.passed


@pytest.mark.parametrize("name", ANSWERS)
def test_an_object_too_many_or_none_gets_a_verdict(name):
    assert not check(name).passed
    assert not check(name, 1, 2).passed


T, nh = 3, 2  # as a page has them


def test_only_names_that_are_taken_from_the_page_are_said_to_be():
    def turned(q, k, v):
        return attention.added(q @ k.T) @ v

    assert "from the page" not in check("attention", turned).words

    class Mine(heads.NoMask):
        def forward(self, x):
            return heads.permuted(x, self.nh)

    assert "from the page" not in check("attention-forward", Mine).words

    class Borrows(heads.Base):
        def forward(self, x):
            return heads.permuted(x, nh)

    assert "It takes nh = 2 from the page" in check("attention-forward", Borrows).words


def test_an_unknown_exercise_is_named():
    with pytest.raises(ValueError, match=r"no exercise 'attn'.*'attention'"):
        check("attn", print)


def test_a_check_judges_where_gradients_are_off_and_leaves_them_so():
    with torch.no_grad():
        assert check("attention", attention.einsum).passed
        assert not torch.is_grad_enabled()

    def switches_off(q, k, v):
        torch.set_grad_enabled(False)
        return attention.einsum(q, k, v)

    assert not check("attention", switches_off).passed
    assert torch.is_grad_enabled()


def test_ctrl_c_stops_a_check():
    def stopped(T):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("mean-weights", stopped)


def test_rows_that_look_alike_are_shown_with_more_digits():
    words = check("mean-weights", attention.a_little_off).words
    yours, expected = (line.split(":")[1] for line in words.splitlines()[-2:])
    assert yours.strip() != expected.strip()


def test_a_row_is_shown_where_it_differs():
    right = torch.zeros(2, 3, 20)
    out = right.clone()
    out[1, 2, 13] = 7
    words = where(out, right)
    assert "row 2 is not. Shown from its column 13 on:\nYours:    7, 0" in words
    out[1, 2, 5] = 4
    assert words != where(out, right)
    assert "row 2 is not.\nYours:    0, 0, 0, 0, 0, 4\n" in where(out, right)


def test_a_vector_that_differs_is_shown_as_one_row():
    right = torch.tensor([1.0, 2, 3])
    words = "Row 0 is wrong.\nYours:    1, 2, 4\nExpected: 1, 2, 3"
    assert where(torch.tensor([1.0, 2, 4]), right) == words
    assert where(torch.tensor(5.0), torch.tensor(6.0)).endswith("5\nExpected: 6")


def test_a_view_that_is_refused_gets_the_one_advice_that_helps():
    words = check("join-heads", heads.not_contiguous).words
    assert "put .contiguous() before it" in words
    assert "Counted from the front" not in words


def test_no_warning_of_the_learners_code_disturbs_the_verdict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = check("attention", attention.k_turned_with_all_axes).words
    assert "not yet for a batch" in said


def test_a_check_leaves_the_random_numbers_of_the_page_as_they_are():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    check("attention", attention.einsum)
    assert torch.equal(torch.rand(3), expected)


def test_the_file_of_a_check_is_named_like_its_lesson():
    for module in (attention, heads):
        lesson = module.__name__.rpartition(".")[2]
        for name in module.ANSWERS:
            files = {inspect.getfile(part.judge) for part in PARTS[name]}
            assert {file.endswith(f"checks/{lesson}.py") for file in files} == {True}
