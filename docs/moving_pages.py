"""Two pages that move without a kernel: what they show is computed here, with gptlib.

The scripts in _static only step through it. T time (positions), hs head size.
"""

import json
import math
from pathlib import Path
from string import Template

import torch
from torch.testing import assert_close

from gptlib import GPT, attention_weights, next_probs
from gptlib.generate import last_logits
from gptlib.text import DATA, load_pretrained_tokenizer

CANDIDATES = 6
T, SIZE, HS = 12, 4, 8  # positions, tiles of 4 by 4, numbers per query

# What stands at the beginning of a lesson that has one.
WATCH = {
    "08_flash_attention.ipynb": "[The tiles of this lesson, one by one](tiles.md).",
    "18_generation.ipynb": "[A story of the model, token by token](story.md).",
}


def story(seed: int = 3, most: int = 400) -> list[dict]:
    """A tale of the shipped model: for each token what could have come, and what came.

    `top` are the likeliest tokens with their probabilities; `drawn` is what was drawn,
    `p` its probability.
    """
    model = GPT.from_pretrained(DATA / "tales-gpt").eval()
    tokenizer = load_pretrained_tokenizer(DATA / "tales-gpt")
    chance = torch.Generator().manual_seed(seed)
    idx, cache, steps = torch.tensor([tokenizer.encode("\n")]), model.new_cache(), []
    while len(steps) < most:
        with torch.no_grad():
            probs = next_probs(last_logits(model, idx, cache))[0]  # (V)
        new = torch.multinomial(probs, 1, generator=chance)  # (1)
        best = probs.topk(CANDIDATES)
        top = [
            [tokenizer.decode([i]), round(p, 4)]
            for i, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]
        drawn = tokenizer.decode(new.tolist())
        if drawn == "\n":
            break
        steps.append({"top": top, "drawn": drawn, "p": round(probs[new].item(), 4)})
        idx = torch.cat((idx, new[None]), dim=1)
    return steps


def tiles() -> dict:
    """The walk of flash attention over its tiles.

    `steps` has a step for each tile: its first row and column, its kind ("full",
    "masked" or "skipped"), and of one that is not skipped its scores (null where the
    future is masked), and for each row m and total before and after, and the factor.
    """
    torch.manual_seed(0)
    q, k, v = torch.randn(3, T, HS).unbind()  # (T, hs)
    q = 2 * q  # so that the largest score changes more than once
    steps, rows = [], []
    for i in range(0, T, SIZE):
        m, total = torch.full((SIZE, 1), -math.inf), torch.zeros(SIZE, 1)
        acc = torch.zeros(SIZE, HS)
        for j in range(0, T, SIZE):
            kind = "skipped" if j > i else "masked" if j == i else "full"
            steps.append({"row": i, "column": j, "kind": kind})
            if kind == "skipped":
                continue
            s = q[i : i + SIZE] @ k[j : j + SIZE].T / math.sqrt(HS)  # (SIZE, SIZE)
            if kind == "masked":
                s = s.masked_fill(torch.ones(SIZE, SIZE).triu(1).bool(), -math.inf)
            new = torch.maximum(m, s.amax(dim=-1, keepdim=True))
            fix, share = (m - new).exp(), (s - new).exp()
            before = (m, total)
            total = total * fix + share.sum(dim=-1, keepdim=True)
            acc = acc * fix + share @ v[j : j + SIZE]
            m = new
            steps[-1] |= {"scores": listed(s), "factor": column(fix)}
            steps[-1] |= {"m": [column(before[0]), column(m)]}
            steps[-1] |= {"total": [column(before[1]), column(total)]}
        rows.append(acc / total)
    assert_close(torch.cat(rows), attention_weights(q, k) @ v)
    return {"T": T, "size": SIZE, "steps": steps}


def column(numbers: torch.Tensor) -> list[float | None]:
    """(R, 1) as a list for JSON; what is infinite is null."""
    return listed(numbers.T)[0]


def listed(table: torch.Tensor) -> list[list[float | None]]:
    """A table for JSON, with two decimals; what is infinite is null."""
    return [
        [round(it, 2) if math.isfinite(it) else None for it in row]
        for row in table.tolist()
    ]


WIDGET = """<div class="moving" id="{name}"></div>
<script type="application/json" id="{name}-data">{data}</script>
<script src="_static/moving.js"></script>
<script src="_static/{name}.js"></script>"""


def widget(name: str, data: object) -> str:
    """The place of a moving piece, with what it shows."""
    # "</script>" in the data would end them.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return WIDGET.format(name=name, data=text)


def moving(seed: int = 3) -> dict[str, str]:
    """The two pages."""
    steps, walk = story(seed), tiles()
    tale = "".join(step["drawn"] for step in steps)
    least = sorted(range(len(steps)), key=lambda n: steps[n]["top"][0][1])[:5]
    unsure = "\n".join(f"- {in_words(steps, n)}" for n in sorted(least))
    said = "\n".join(f"- {tile_in_words(step)}" for step in walk["steps"])
    return {
        "story.md": filled(
            "story", seed=seed, widget=widget("story", steps), tale=tale, unsure=unsure
        ),
        "tiles.md": filled(
            "tiles", T=T, size=SIZE, widget=widget("tiles", walk), words=said
        ),
    }


def filled(name: str, **values: object) -> str:
    """The page of this name in this folder, with what was computed for it."""
    path = Path(__file__).with_name(f"{name}.md")
    return Template(path.read_text(encoding="utf-8")).substitute(values)


def in_words(steps: list[dict], n: int) -> str:
    """One step of the story as a sentence."""
    before = "".join(step["drawn"] for step in steps[:n])[-20:]
    top = ", ".join(f"`{char}` {p:.0%}" for char, p in steps[n]["top"])
    return f"After `…{before}`: {top}. Drawn: `{steps[n]['drawn']}`."


def tile_in_words(step: dict) -> str:
    """One tile as a sentence."""
    last = SIZE - 1
    place = (
        f"Queries {step['row']} to {step['row'] + last}, keys {step['column']} to "
        f"{step['column'] + last}"
    )
    if step["kind"] == "skipped":
        return f"{place}: skipped, all of it is the future."
    m, total = step["m"][1], step["total"][1]
    rows = "; ".join(
        f"query {step['row'] + r}: m {m[r]:g}, denominator {total[r]:g}"
        for r in range(SIZE)
    )
    return f"{place}: {step['kind']}. After it, {rows}."
