"""Drawings of weights in a file: its bytes as a strip, a matrix turned.

Each function makes the figure and returns what it shows in words, for `show`.
"""

import json

from torch import Tensor

# plots says what to do where there is no matplotlib.
from gptlib.show.fields import bare, cell, rows
from gptlib.show.plots import BLUE, GREEN, GREY, INK, ORANGE, PALE, RED, Axes, plt

COLOURS = [BLUE, ORANGE, GREEN, RED]


def draw_file(raw: bytes) -> str:
    """A safetensors file as a strip: 8 bytes, the header, then tensor by tensor.

    Args:
        raw: the whole file, with few tensors; the fields are not to scale.
    """
    n = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + n])
    header.pop("__metadata__", None)
    entries = sorted(header.items(), key=lambda it: it[1]["data_offsets"])
    fields = [("length n", f"n = {n}", 1.5, PALE), ("header", "JSON", 2.6, GREY)]
    for number, (name, entry) in enumerate(entries):
        kind = f"{entry['dtype']} {entry['shape']}"
        fields.append((name, kind, 2.4, COLOURS[number % len(COLOURS)]))
    bytes_to = [8, 8 + n, *(8 + n + it["data_offsets"][1] for _, it in entries)]
    ax = plt.subplots(figsize=(10, 2.5))[1]
    _strip(ax, fields, [0, *bytes_to])
    place = fields[0][2] + fields[1][2]
    for _, entry in entries:
        start, end = entry["data_offsets"]
        ax.text(
            place + 1.2, -0.35, f"offsets {start} to {end}", ha="center", fontsize=9
        )
        place += 2.4
    bare(ax, (-0.4, place + 0.4), (-0.6, 1.6))
    said = [
        f"{name}, {it['dtype']} of shape {it['shape']}, offsets "
        f"{it['data_offsets'][0]} to {it['data_offsets'][1]}, which are bytes "
        f"{8 + n + it['data_offsets'][0]} to {8 + n + it['data_offsets'][1]}"
        for name, it in entries
    ]
    return (
        f"A strip of {len(raw)} bytes. Bytes 0 to 8: the length n = {n}. Bytes 8 to "
        f"{8 + n}: the header. Then {'; '.join(said)}."
    )


def _strip(
    ax: Axes, fields: list[tuple[str, str, float, str]], borders: list[int]
) -> None:
    """Fields side by side, each with two lines of text, and a byte at each border."""
    x = 0.0
    for (name, below, wide, colour), border in zip(fields, borders, strict=False):
        look = dict(facecolor=colour, alpha=0.3, edgecolor=INK, linewidth=1)
        ax.add_patch(plt.Rectangle((x, 0), wide, 1, **look))
        ax.text(x + wide / 2, 0.64, name, ha="center", va="center", fontsize=11)
        ax.text(x + wide / 2, 0.28, below, ha="center", va="center", fontsize=9)
        ax.text(x, 1.12, f"{border}", ha="center", fontsize=9, color=INK)
        x += wide
    ax.text(x, 1.12, f"{borders[-1]}", ha="center", fontsize=9, color=INK)
    ax.text(x / 2, 1.42, "byte of the file", ha="center", fontsize=9, color=INK)


def draw_turn(weight: Tensor) -> str:
    """A Conv1D's weight, the same transposed, and the same only reshaped.

    Args:
        weight: (in, out), small; each row keeps its colour, so that it can be followed.
    """
    tables = {
        "in the file: (in, out)": weight,
        "transposed: (out, in)": weight.T,
        "reshaped: (out, in), and wrong": weight.reshape(weight.T.shape),
    }
    width = weight.shape[1]
    origin = {value: i // width for i, value in enumerate(weight.flatten().tolist())}
    ax = plt.subplots(figsize=(10, 2.6))[1]
    x = 0.0
    for title, table in tables.items():
        ax.text(x + 1, 0.95, title, ha="center", fontsize=9.5, color=INK)
        for y, row in enumerate(table.tolist()):
            for column, value in enumerate(row):
                look = dict(facecolor=COLOURS[origin[value] % 4], alpha=0.35)
                place = (x + (3 - table.shape[1]) / 2 + column, -y)
                cell(ax, *place, f"{value:.0f}", **look)
        x += 5.4
    deep = max(weight.shape)
    bare(ax, (-1.6, x - 2.0), (-deep + 0.4, 1.5))
    return (
        "; ".join(
            f"{title}: rows {rows(table, '.0f')}" for title, table in tables.items()
        ).capitalize()
        + ". A colour is a row of the file's table."
    )
