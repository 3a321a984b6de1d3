"""Answers to lesson training: right ones written differently, and classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import math

import torch


def by_mean(step, peak, min_lr, warmup, total):
    if step < warmup:
        return (step + 1) / (warmup + 1) * peak
    angle = math.pi * min(1.0, (step - warmup) / (total - warmup))
    return (peak + min_lr) / 2 + (peak - min_lr) / 2 * math.cos(angle)


def in_two_steps(step, peak, min_lr, warmup, total):
    ramp = min(1.0, (step + 1) / (warmup + 1))
    down = min(max(0.0, (step - warmup) / (total - warmup)), 1.0)
    height = 0.5 + 0.5 * math.cos(math.pi * down)
    return peak * ramp if ramp < 1 else min_lr + (peak - min_lr) * height


def with_tensors(step, peak, min_lr, warmup, total):
    if step >= total:
        return torch.tensor(min_lr)
    if step < warmup:
        return torch.tensor(peak * (step + 1) / (warmup + 1))
    share = torch.tensor((step - warmup) / (total - warmup))
    return min_lr + (peak - min_lr) * (1 + torch.cos(math.pi * share)) / 2


def starts_at_zero(step, peak, min_lr, warmup, total):
    if step < warmup:
        return peak * step / warmup
    return by_mean(step, peak, min_lr, warmup, total)


def peak_too_early(step, peak, min_lr, warmup, total):
    if step < warmup:
        return peak * (step + 1) / warmup
    return by_mean(step, peak, min_lr, warmup, total)


def no_warm_up(step, peak, min_lr, warmup, total):
    return by_mean(max(step, warmup), peak, min_lr, warmup, total)


def _fall(progress, peak, min_lr):
    return min_lr + (peak - min_lr) * (1 + math.cos(math.pi * progress)) / 2


def from_step_0(step, peak, min_lr, warmup, total):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return _fall(min(1, step / total), peak, min_lr)


def over_all_steps(step, peak, min_lr, warmup, total):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return _fall((step - warmup) / total, peak, min_lr) if step < total else min_lr


def to_zero(step, peak, min_lr, warmup, total):
    if step < warmup or step >= total:
        return by_mean(step, peak, min_lr, warmup, total)
    return _fall((step - warmup) / (total - warmup), peak, 0.0)


def above_the_peak(step, peak, min_lr, warmup, total):
    if step < warmup or step >= total:
        return by_mean(step, peak, min_lr, warmup, total)
    return min_lr + _fall((step - warmup) / (total - warmup), peak, 0.0)


def a_line(step, peak, min_lr, warmup, total):
    if step < warmup or step >= total:
        return by_mean(step, peak, min_lr, warmup, total)
    return peak - (peak - min_lr) * (step - warmup) / (total - warmup)


def up_again(step, peak, min_lr, warmup, total):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return _fall((step - warmup) / (total - warmup), peak, min_lr)


def zero_after_the_end(step, peak, min_lr, warmup, total):
    return by_mean(step, peak, min_lr, warmup, total) if step <= total else 0.0


def from_the_end(step, peak, min_lr, warmup, total):
    if step < warmup:
        return min_lr + (peak - min_lr) * (step + 1) / (warmup + 1)
    return by_mean(step, peak, min_lr, warmup, total)


def cut_off(step, peak, min_lr, warmup, total):
    if step < warmup:
        return by_mean(step, peak, min_lr, warmup, total)
    progress = min(1.0, (step - warmup) / (total - warmup))
    return max(min_lr, _fall(progress, peak, 0.0))


def in_degrees(step, peak, min_lr, warmup, total):
    if step < warmup or step >= total:
        return by_mean(step, peak, min_lr, warmup, total)
    angle = 180 * (step - warmup) / (total - warmup)
    return min_lr + (peak - min_lr) * (1 + math.cos(angle)) / 2


def a_list(step, peak, min_lr, warmup, total):
    return [by_mean(s, peak, min_lr, warmup, total) for s in range(total)]


def no_return(step, peak, min_lr, warmup, total):
    by_mean(step, peak, min_lr, warmup, total)


ANSWERS = {
    "schedule": {
        "right": [by_mean, in_two_steps],
        "wrong": {
            starts_at_zero: "teaches nothing",
            peak_too_early: "divide by warmup + 1",
            no_warm_up: "no warm-up",
            from_step_0: "The progress counts from step 0",
            over_all_steps: "total - warmup steps",
            to_zero: "falls to 0",
            above_the_peak: "begins above the peak",
            a_line: "falls along a line",
            up_again: "stays at min_lr",
            zero_after_the_end: "stays at min_lr",
            from_the_end: "rises from min_lr",
            cut_off: "cut off at min_lr",
            in_degrees: "takes radians",
            with_tensors: "plain number",
            a_list: "of type list",
            no_return: "needs a `return`",
        },
    }
}
