"""The drawing of a step's time says its shares in words."""

import matplotlib
import matplotlib.pyplot as plt

matplotlib.use("Agg")

from gptlib.show.step import draw_shares


def test_each_share_is_a_bar_with_its_number():
    words = draw_shares({"products": 0.6, "GELU": 0.25, "all else": 0.15})
    written = [text.get_text() for text in plt.gca().texts]
    plt.close("all")
    assert written == ["60 %", "25 %", "15 %"]
    assert words.endswith("products 60%, GELU 25%, all else 15%.")
