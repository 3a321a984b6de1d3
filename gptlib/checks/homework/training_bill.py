"""Checks of the homework training-bill: what a run costs, before it is made."""

from random import Random

from gptlib.checks.own import Sizes, sizes_of
from gptlib.checks.predictions import expect_number
from gptlib.checks.verdict import part

NAME = "training-bill"


@sizes_of(NAME)
def draw(chance: Random) -> Sizes:
    """No two factors alike, so that no two mistakes give the same number."""
    return {
        "parameters": chance.choice((1_270_000, 2_390_000, 3_110_000)),
        "rows": chance.choice((9, 13, 17)),
        "T": chance.choice((190, 230, 310)),
        "accumulate": chance.choice((5, 7, 11)),
        "steps": chance.choice((1_700, 2_300, 2_900)),
        "warmup": chance.choice((90, 110, 130)),
        "step": chance.choice((29, 37, 43)),
    }


@part(NAME, "the FLOPs of the whole run", points=1)
def flops(seed: int, sizes: Sizes, mine: dict) -> None:
    """6 for each parameter and token."""
    N, steps, warmup = (sizes[name] for name in ("parameters", "steps", "warmup"))
    tokens = sizes["rows"] * sizes["T"] * sizes["accumulate"] * steps
    right = 6 * N * tokens
    forgotten = {
        "that is the forward pass: the backward pass costs twice as much again.": right
        / 3,
        "that is the backward pass alone.": right * 2 / 3,
        "half of it: to multiply and to add are two operations.": right / 2,
        "a step has several micro-batches.": right / sizes["accumulate"],
        "that is one step, and the whole run is asked for.": right / steps,
        "a row has T tokens.": right / sizes["T"],
        "a micro-batch has several rows.": right / sizes["rows"],
        "those are the tokens: each costs 6 FLOPs for each parameter.": tokens,
        "that is tokens x parameters: a parameter costs more than one FLOP.": right / 6,
        "the warm-up is a part of the steps.": right * (steps + warmup) / steps,
    }
    expect_number(NAME, mine, "flops", right, forgotten, within=0.005)


@part(NAME, "what AdamW keeps", points=1)
def state(seed: int, sizes: Sizes, mine: dict) -> None:
    """m and v, float32."""
    right = 2 * 4 * sizes["parameters"]
    forgotten = {
        "half of it: m and v are both kept, and a number takes 4 bytes.": right / 2,
        "you counted numbers, and each takes 4 bytes.": right / 4,
        "you counted parameters: two numbers for each, of 4 bytes.": right / 8,
        "weights or gradients are in it, and what comes beside them is asked for.": (
            right * 3 / 2
        ),
        "weights and gradients are in it, and what comes beside them is asked for.": (
            right * 2
        ),
        "that is in bits.": right * 8,
        "that is in MB, and bytes are asked for.": right / 1e6,
        "m and v are kept once, however many micro-batches there are.": right
        * sizes["accumulate"],
        "m and v are kept from step to step, not once more for each.": right
        * sizes["steps"],
    }
    expect_number(NAME, mine, "state", right, forgotten)


@part(NAME, "the learning rate in the warm-up", points=1)
def share(seed: int, sizes: Sizes, mine: dict) -> None:
    """The schedule of lesson 17: steps count from 0."""
    step, warmup, steps = (sizes[name] for name in ("step", "warmup", "steps"))
    right = (step + 1) / (warmup + 1)
    forgotten = {
        "steps count from 0, and step 0 has some rate already; and it is step "
        "`warmup` that has the peak.": step / warmup,
        "steps count from 0, and step 0 has some rate already.": step / (warmup + 1),
        "it is step `warmup` that has the peak, not the one before it.": (
            (step + 1) / warmup
        ),
        "that is in per cent, and the share is asked for.": 100 * right,
        "the ramp ends at the end of the warm-up, not of the run.": (step + 1) / steps,
        "the ramp ends at the end of the warm-up, not of the run. And steps count from "
        "0.": step / steps,
        "the step still lies in the warm-up.": 1.0,
    }
    expect_number(NAME, mine, "share", right, forgotten, within=0.001)
