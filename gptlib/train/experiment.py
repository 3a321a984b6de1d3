"""Small experiments: what does a model learn within a budget of tokens x parameters?"""

from collections.abc import Callable, Sequence

from torch import nn

from gptlib.guard.values import checked_number
from gptlib.model import GPT
from gptlib.train.config import TrainConfig
from gptlib.train.loop import Trainer

SEEDS = (1, 2, 3)
LEAST = 4  # steps of a run
# A model that is trained in seconds, on the stories of data/tales.txt.
SMALL = dict(
    data="tales", stories=0, n_layer=2, n_head=4, n_embd=64, block_size=128, threads=1
)


def experiment(
    what: str,
    budget: float,
    *,
    change: Callable[[GPT], nn.Module | None] | None = None,
    seeds: Sequence[int] = SEEDS,
    **settings: object,
) -> dict:
    """Train once with each seed until tokens x parameters reach the budget.

    A step costs all its tokens, and the last one that the budget cannot pay is not
    made, so that a larger model sees fewer tokens.

    Args:
        what: the row's name in a report.
        budget: tokens x parameters of one run; 6 times that are its FLOPs, about.
        change: does something to the new model before it is trained, such as putting
            another part in; its parameters are counted afterwards.
        seeds: of the runs.
        settings: fields of TrainConfig that differ from SMALL and its defaults.

    Returns:
        `what`, and of a run `parameters`, `tokens` and the `losses` of the validation
        stories at its end, in nats a token, one for each seed. A token is a character
        unless `tokenizer` says otherwise.

    Raises:
        ValueError: the budget does not pay LEAST steps.
    """
    checked_number("budget", budget)
    losses = []
    for seed in seeds:
        given = SMALL | settings | {"seed": seed}
        parameters, tokens = _price(given, change)
        steps = int(budget // (parameters * tokens))
        if steps < LEAST:
            raise ValueError(
                f"{what}: a budget of {budget:g} pays {steps} steps of {tokens} tokens "
                f"x {parameters} parameters, and {LEAST} are needed: give it more, or "
                "make the model or the batch smaller"
            )
        run = Run(TrainConfig(steps=steps, eval_interval=steps, **given), change)
        losses.append(round(run.run().rows[-1]["val_loss"], 4))
    return {
        "what": what,
        "parameters": parameters,
        "tokens": steps * tokens,
        "losses": losses,
    }


def _price(given: dict, change: Callable | None) -> tuple[int, int]:
    """Parameters of the model, and tokens of a step."""
    run = Run(TrainConfig(steps=1, **given), change)
    return sum(p.numel() for p in run.model.parameters()), run.tokens


class Run(Trainer):
    """A run in memory alone, of a model that was changed."""

    def __init__(self, config: TrainConfig, change: Callable | None):
        self.change = change
        super().__init__(config)

    @property
    def tokens(self) -> int:
        """Tokens of a step."""
        s = self.settings
        return s["batch_size"] * self.model.config.block_size

    def make_model(self) -> nn.Module:
        model = super().make_model()
        if self.change:
            model = self.change(model) or model
        return model
