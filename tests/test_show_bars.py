import matplotlib
import matplotlib.pyplot as plt

matplotlib.use("Agg")

from gptlib.show.bars import draw_bars


def test_bars_carry_their_numbers_and_say_them():
    words = draw_bars({"blind": 4.0, "model": 0.25}, "nats", "Two losses")
    ax = plt.gca()
    assert [text.get_text() for text in ax.texts] == ["4.000", "0.250"]
    assert [bar.get_width() for bar in ax.patches] == [4.0, 0.25]
    assert words == "Two losses. Bars of nats: blind 4.000; model 0.250."
    plt.close()


def test_shares_are_written_as_shares():
    assert draw_bars({"all": 0.126}, "time", "One", ".0%").endswith("time: all 13%.")
    assert plt.gca().texts[0].get_text() == "13%"
    plt.close()
