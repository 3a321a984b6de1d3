"""What a race's CSV says: which line arrived, and how it is compared."""

import pytest

from gptlib.guard.files import write_csv
from gptlib.speed.results import ESTIMATE, Line, Point, Race, over_seeds, read_races


def ended(idea, before, seconds, val_loss):
    return Line(idea, before, (Point(5, 1.0, 9.0), Point(10, seconds, val_loss)))


LINES = [
    ended("plain", "plain", 120.0, 1.9),
    ended("rate", "plain", 60.0, 1.95),
    ended("Muon", "rate", 40.0, 1.89),
    ended("shape", "Muon", 20.0, 1.9),
]
RACE = Race(1, {line.idea: line for line in LINES}, ())


def test_a_line_arrives_with_the_plain_ones_last_loss_or_a_lower_one():
    assert RACE.finish == 1.9
    assert [idea for idea in RACE.lines if RACE.arrived(idea)] == [
        "plain",
        "Muon",
        "shape",
    ]


def test_a_line_is_held_against_the_one_that_is_asked_for():
    assert RACE.faster("shape", "Muon") == 2
    assert RACE.against("shape", "Muon") == "2.0 x Muon"
    assert RACE.against("shape", "plain") == "6.0 x plain"
    assert RACE.against("Muon", "shape") == "0.50 x shape"  # slower


def test_against_a_line_that_did_not_arrive_it_is_at_least_so_much():
    assert RACE.against("Muon", "rate") == "at least 1.5 x rate (not there)"
    assert RACE.against("Muon", "plain") == "3.0 x plain"


def test_a_line_that_did_not_arrive_has_no_ratio():
    assert RACE.against("rate", "plain") == "did not arrive"
    with pytest.raises(ValueError, match="'rate' did not arrive"):
        RACE.faster("rate", "plain")


def test_over_seeds_the_median_stands_with_its_range():
    slower = RACE.lines | {"Muon": ended("Muon", "rate", 60.0, 1.9)}
    failed = RACE.lines | {"Muon": ended("Muon", "rate", 60.0, 1.91)}
    three = [RACE, Race(2, slower, ()), Race(3, failed, ())]
    assert over_seeds([RACE], "shape", "plain") == "6.0 x plain (6.0 to 6.0)"
    said = "2.5 x plain (2.0 to 3.0), 2 of 3 seeds arrived"
    assert over_seeds(three, "Muon", "plain") == said
    said = "at least 1.2 x rate (1.0 to 1.5), 2 of 3 seeds arrived"
    assert over_seeds(three, "Muon", "rate") == said
    assert over_seeds(three, "rate", "plain") == "did not arrive"


def test_a_race_is_read_as_it_was_written(tmp_path):
    rows = [
        dict(idea=idea, before="plain", seed=seed, step=10, seconds=seconds, val_loss=2)
        for seed in (3, 1)
        for idea, seconds in (("plain", 4.0), (ESTIMATE, 4.0), ("rate", 2.5))
    ]
    write_csv(tmp_path / "race.csv", rows)
    first, second = read_races(tmp_path / "race.csv")
    assert (first.seed, second.seed) == (3, 1)
    assert list(first.lines) == ["plain", "rate"] and first.estimates == (2.0,)
    assert first.lines["rate"].points == (Point(10, 2.5, 2.0),)
    assert read_races(tmp_path / "none.csv") == []
