import matplotlib
import matplotlib.pyplot as plt

matplotlib.use("Agg")

from gptlib.show.progress import draw_progress, save


def test_bars_are_as_long_as_there_are_exercises_and_the_words_say_what_passed():
    words = draw_progress({"twice": (1, 0, 2), "half": (2, 1, 0)}, "all")
    ax = plt.gca()
    ends = {bar.get_x() + bar.get_width() for bar in ax.patches}
    assert max(ends) == 3
    assert [text.get_text() for text in ax.texts] == ["1 of 3", "2 of 3"]
    assert words == "all. Exercises passed: twice 1 of 3; half 2 of 3."
    plt.close()


def test_what_is_written_has_a_hatch_too_for_those_who_see_no_colour(tmp_path):
    draw_progress({"twice": (1, 1, 1)}, "all")
    assert [bool(bar.get_hatch()) for bar in plt.gca().patches] == [False, True, False]
    path = tmp_path / "new" / "p.png"
    assert save(path) == str(path)
    assert path.stat().st_size > 1000
    assert not plt.get_fignums()
