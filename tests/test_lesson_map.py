"""The picture of which lesson needs which says what the lessons say."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
from lesson_map import draw, needed
from lessons import ROOT, lessons, slug

matplotlib.use("Agg")
NEEDED = needed()


def test_the_readme_has_the_pictures_words():
    words = draw(NEEDED)
    plt.close()
    assert f"![{words}](data/lessons.png)" in (ROOT / "README.md").read_text("utf-8")
    assert (ROOT / "data" / "lessons.png").is_file()


@pytest.mark.parametrize("name", NEEDED)
def test_a_lesson_needs_earlier_ones_only(name):
    order = [slug(path) for path in lessons()]
    assert all(order.index(it) < order.index(name) for it in NEEDED[name])


def test_only_the_tour_and_the_primer_need_none():
    assert [name for name, before in NEEDED.items() if not before] == ["tour", "primer"]
