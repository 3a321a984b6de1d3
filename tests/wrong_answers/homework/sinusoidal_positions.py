"""Answers to the homework sinusoidal-positions: right ones, and classic wrong ones."""

import math

import torch


def every_second_column(T, C):
    table = torch.zeros(T, C)
    place = torch.arange(T)[:, None]
    angles = place / 10_000 ** (torch.arange(0, C, 2) / C)
    table[:, 0::2] = angles.sin()
    table[:, 1::2] = angles.cos()
    return table


def by_exp(T, C):
    """As most code has it: the power by way of the logarithm."""
    place = torch.arange(T, dtype=torch.float32).unsqueeze(1)
    speeds = torch.exp(torch.arange(0, C, 2) * (-math.log(10000.0) / C))
    return torch.stack([(place * speeds).sin(), (place * speeds).cos()], 2).view(T, C)


def number_by_number(T, C):
    rows = []
    for t in range(T):
        row = []
        for c in range(C):
            angle = t / 10000 ** ((c - c % 2) / C)
            row.append(math.cos(angle) if c % 2 else math.sin(angle))
        rows.append(row)
    return torch.tensor(rows)


def sine_with_a_quarter_turn(T, C):
    column = torch.arange(C)
    angles = torch.arange(T)[:, None] * 1e-4 ** ((column - column % 2) / C)
    return (angles.double() + column % 2 * math.pi / 2).sin().float()


def _angles(T, C, base=10_000, first=0):
    return torch.arange(first, T + first)[:, None] / base ** (torch.arange(0, C, 2) / C)


def _in_turn(even, odd):
    return torch.stack([even, odd], dim=2).flatten(1)


def halves(T, C):
    return torch.cat([_angles(T, C).sin(), _angles(T, C).cos()], dim=1)


def own_speeds(T, C):
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(C) / C)
    angles[:, 0::2] = angles[:, 0::2].sin()
    angles[:, 1::2] = angles[:, 1::2].cos()
    return angles


def half_the_power(T, C):
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(C // 2) / C)
    return _in_turn(angles.sin(), angles.cos())


def twice_the_power(T, C):
    angles = torch.arange(T)[:, None] / 10_000 ** (2 * torch.arange(0, C, 2) / C)
    return _in_turn(angles.sin(), angles.cos())


def as_tensor2tensor(T, C):
    n = C // 2
    speeds = torch.exp(-math.log(1e4) / max(n - 1, 1) * torch.arange(n))
    angles = torch.arange(T)[:, None] * speeds
    return _in_turn(angles.sin(), angles.cos())


def from_one(T, C):
    angles = _angles(T, C, first=1)
    return _in_turn(angles.sin(), angles.cos())


def exchanged(T, C):
    return _in_turn(_angles(T, C).cos(), _angles(T, C).sin())


def sines_only(T, C):
    return _in_turn(_angles(T, C).sin(), _angles(T, C).sin())


def faster_to_the_right(T, C):
    place = torch.arange(T, dtype=torch.float64)[:, None]
    angles = place * 10_000 ** (torch.arange(0, C, 2) / C).double()
    return _in_turn(angles.sin(), angles.cos()).float()


def base_1000(T, C):
    return _in_turn(_angles(T, C, 1000).sin(), _angles(T, C, 1000).cos())


def no_waves(T, C):
    return _in_turn(_angles(T, C), _angles(T, C))


def in_doubles(T, C):
    return every_second_column(T, C).double()


def turned(T, C):
    return every_second_column(T, C).T


def with_a_batch(T, C):
    return every_second_column(T, C)[None]


def in_degrees(T, C):
    angles = torch.deg2rad(_angles(T, C))
    return _in_turn(angles.sin(), angles.cos())


def rounded_down(T, C):
    angles = torch.arange(T)[:, None] / 10_000.0 ** (torch.arange(0, C, 2) // C)
    return _in_turn(angles.sin(), angles.cos())


def divided_by_T(T, C):
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, C, 2) / T)
    return _in_turn(angles.sin(), angles.cos())


def whole_turns(T, C):
    angles = 2 * math.pi * _angles(T, C)
    return _in_turn(angles.sin(), angles.cos())


def base_e(T, C):
    return _in_turn(_angles(T, C, math.e).sin(), _angles(T, C, math.e).cos())


def of_1024_places(T, C):
    """As GPT-2's table, which ends there."""
    return every_second_column(1024, C)[torch.arange(T).clamp(max=1023)]


def places_in_bfloat16(T, C):
    """Whole numbers over 256 have gaps there."""
    place = torch.arange(T, dtype=torch.bfloat16).float()[:, None]
    angles = place / 10_000 ** (torch.arange(0, C, 2) / C)
    return _in_turn(angles.sin(), angles.cos())


def by_polar(T, C):
    """Real and imaginary part, in the other order."""
    angles = _angles(T, C)
    waves = torch.view_as_real(torch.polar(torch.ones_like(angles), angles))
    return waves.flip(-1).flatten(1)


def one_speed(T, C):
    """The pairs are counted by i, and 2 i // C is 0 for all of them."""
    i = torch.arange(C // 2)
    angles = torch.arange(T)[:, None] / 10_000 ** (2 * i // C)
    return _in_turn(angles.sin(), angles.cos())


def two_speeds(T, C):
    """The columns are counted by i."""
    table = torch.empty(T, C)
    for i in range(C):
        angles = torch.arange(T) / 10_000 ** (2 * i // C)
        table[:, i] = angles.cos() if i % 2 else angles.sin()
    return table


def learned(T, C):
    return torch.nn.Parameter(every_second_column(T, C))


ANSWERS = {
    "sinusoidal-positions": {
        "right": [
            every_second_column,
            by_exp,
            number_by_number,
            sine_with_a_quarter_turn,
            by_polar,
        ],
        "wrong": {
            halves: "in the left half",
            own_speeds: "a pair with the same speed",
            half_the_power: "runs to a half only",
            twice_the_power: "runs to 2",
            as_tensor2tensor: "the authors' code",
            from_one: "yours begin at 1",
            exchanged: "have changed places",
            sines_only: "There are sines only",
            faster_to_the_right: "not multiplied",
            base_1000: "is not 10000",
            no_waves: "Those are the angles",
            in_doubles: "must be torch.float32",
            turned: "must have the shape",
            with_a_batch: "must have the shape",
            rounded_down: "yours is a whole number",
            divided_by_T: "yours is divided by T",
            whole_turns: "not multiplied by 2 pi",
            base_e: "is not 10000",
            of_1024_places: "from row 1024 on",
            places_in_bfloat16: "from row 257 on",
            in_degrees: "yours were in degrees",
            one_speed: "yours is a whole number",
            two_speeds: "yours is a whole number",
            learned: "Nothing in this table is learned",
        },
    }
}
