"""What the site computes: the two moving pages, numbers, links into the reference."""

import json
import re
import sys

import pytest
from lessons import ROOT, lessons

import gptlib
from gptlib.speed.results import read_races
from gptlib.text import DATA

sys.path.append(str(ROOT / "docs"))
import numbers_page
from moving_pages import SIZE, T, moving, story, tiles
from reference_pages import built_in, code_to_link, first_linked, imports, used_in
from text_pages import further_reading, readme

STEPS = story()


def test_a_story_draws_from_its_own_candidates_and_ends():
    assert 100 < len(STEPS) < 400
    for step in STEPS:
        shares = [p for _, p in step["top"]]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1.001
        assert dict(step["top"]).get(step["drawn"], step["p"]) == step["p"]
    assert any(step["top"][0][0] != step["drawn"] for step in STEPS)


def test_the_same_seed_writes_the_same_story():
    assert story(most=20) == STEPS[:20]
    assert story(seed=4, most=20) != STEPS[:20]


def test_the_tiles_are_skipped_masked_and_full_where_they_should_be():
    steps = tiles()["steps"]
    assert len(steps) == (T // SIZE) ** 2
    for step in steps:
        i, j = step["row"], step["column"]
        kind = "skipped" if j > i else "masked" if i == j else "full"
        assert step["kind"] == kind


def test_the_largest_score_and_the_denominator_are_carried_on():
    rows, changed = {}, 0
    for step in tiles()["steps"]:
        if step["kind"] == "skipped":
            continue
        for r in range(SIZE):
            seen = rows.setdefault(step["row"] + r, [])
            seen += [s for s in step["scores"][r] if s is not None]
            before, after = (pair[r] for pair in step["m"])
            assert after == max(seen)
            assert before is None or before <= after
            changed += before is not None and before < after
    assert changed > 3  # or the factor would show nothing
    assert {query: len(seen) for query, seen in rows.items()} == {
        t: t + 1 for t in range(T)
    }


def test_data_in_a_page_cannot_end_its_script():
    data = re.findall(r'json" id="\w+-data">(.*?)</script>', moving()["story.md"])
    assert len(json.loads(data[0])) == len(STEPS)


def test_numbers_come_out_of_the_files_and_name_every_recipe():
    page = numbers_page.numbers()
    races = read_races(DATA / "race.csv")
    for idea, line in races[0].lines.items():
        (row,) = re.findall(rf"^\| {re.escape(idea)} \| .* x? ?.*$", page, re.M)[:1]
        assert f"{line.end.step:,}" in row or "(" in row
    assert readme()["Numbers"] in page


def test_a_range_is_named_where_there_is_one():
    races = read_races(DATA / "race.csv")
    steps = [it.lines["AdamW, tuned"].end.step for it in races]
    said = numbers_page.over(races, "AdamW, tuned", "step", ".0f")
    assert said.endswith(f"({min(steps)} to {max(steps)})")
    assert numbers_page.over(races[:1], "plain", "step", ".0f") == "2000"


def test_only_the_first_mention_of_a_name_is_a_link_and_only_in_prose():
    left = {"GPT": "gptlib.model.GPT"}
    source = "# `GPT`\n\n[`GPT`](a.md) and ``GPT`` and `GPT`, `GPT`.\n\n```\n`GPT`\n```"
    assert first_linked(source, left) == (
        "# `GPT`\n\n[`GPT`](a.md) and ``GPT`` and {py:obj}`GPT <gptlib.model.GPT>`, "
        "`GPT`.\n\n```\n`GPT`\n```"
    )
    assert left == {}


def test_imports_are_read_beside_magics():
    source = "%time x\nfrom gptlib.text import load_text as load\nfrom math import pi"
    assert list(imports([source])) == [("load_text", "gptlib.text", "load")]


def test_what_other_libraries_bring_is_not_imported_to_make_links_of_it():
    lines = ["try:", "    from transformers import (", "        GPT2Config,", "    )"]
    lines += ["except ImportError:", "    pass", "import torch, json"]
    source = "\n".join([*lines, "from gptlib import GPT"])
    shown, read = code_to_link(source)
    assert shown == source and read.count("pass") == 5
    assert len(read.splitlines()) == len(lines) + 1
    assert [it for it in ("transformers", "torch", "json") if it in read] == []
    assert read.splitlines()[-1] == "from gptlib import GPT"
    assert code_to_link("step 1: loss 2.3")[1] == ""


def test_every_finished_name_has_the_lesson_that_its_list_names():
    assert {full.rpartition(".")[2] for full in built_in()} == {*gptlib.__all__}
    assert built_in()["gptlib.mlp.MLP"].name == "09_mlp.ipynb"
    assert len(used_in()["gptlib.model.GPT"]) > 5


@pytest.mark.parametrize("number", ["08", "18"])
def test_further_reading_is_what_the_lessons_end_with(number):
    (path,) = [path for path in lessons() if path.name.startswith(number)]
    (line,) = [it for it in further_reading().split("\n\n") if f"({path.name})" in it]
    assert "arxiv.org" in line
