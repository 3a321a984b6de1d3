"""Break one line of gptlib at a time: does a lesson, or a test, notice?

    python tests/mutants.py            every fault below, one after the other (minutes)
    python tests/mutants.py mask tie   only those whose name has one of these words

Each fault is put into a copy of the project, and the notebook or test file that should
notice is run there. The exit status is 1 if a fault goes unnoticed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from lessons import ROOT, lesson

NBVAL = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"]


class Fault(NamedTuple):
    """One wrong line: `old` stands once in gptlib/`module`.py and becomes `new`."""

    name: str
    module: str
    old: str
    new: str
    noticed_by: str  # a lesson by its name, or a file of tests


FAULTS = [
    # What the lessons about the pieces notice
    Fault(
        "y is not shifted",
        "text/batches",
        "return ids[at], ids[at + 1]",
        "return ids[at], ids[at]",
        "tokens",
    ),
    Fault(
        "equal merges the other way round",
        "bpe",
        "(frequency[pair], pair)",
        "(frequency[pair], [-b for b in pair[0]])",
        "byte_pairs",
    ),
    Fault(
        "one ending of English forgotten",
        "bpe",
        "|'m|'ll|'d\"",
        "|'ll|'d\"",
        "byte_pairs",
    ),
    Fault(
        "overlapping pairs merged twice",
        "bpe",
        "        i += step\n",
        "        i += 1\n",
        "byte_pairs",
    ),
    Fault(
        "characters by frequency",
        "text/characters",
        'cls(sorted(set(checked_text("text", text))))',
        'cls([char for char, _ in Counter(checked_text("text", text)).most_common()])',
        "tokens",
    ),
    Fault(
        "positions from 1",
        "embeddings",
        "arange(start, start + T",
        "arange(start + 1, start + T + 1",
        "embeddings",
    ),
    Fault("erf for tanh", "gelu", '"tanh": "tanh"', '"tanh": "none"', "mlp"),
    Fault("another constant in NewGELU", "gelu", "+ 0.044715 *", "+ 0.044 *", "gelu"),
    Fault("no scale", "attention", " / math.sqrt(hs)", "", "attention"),
    Fault(
        "mask shifted by one",
        "attention",
        "diagonal=Tk - Tq)",
        "diagonal=Tk - Tq + 1)",
        "attention",
    ),
    Fault(
        "q and k swapped",
        "attention",
        "attention_weights(q, k)) @ v",
        "attention_weights(k, q)) @ v",
        "heads",
    ),
    Fault(
        "heads side by side in the wrong order",
        "attention",
        "y.transpose(1, 2).flatten(2)",
        "y.permute(0, 2, 3, 1).flatten(2)",
        "heads",
    ),
    Fault(
        "several queries with the wrong triangle",
        "attention",
        "attn_mask=mask",
        "is_causal=mask is not None",
        "flash_attention",
    ),
    Fault("no bend", "mlp", "self.gelu(self.c_fc(x))", "self.c_fc(x)", "mlp"),
    Fault(
        "eps outside the root",
        "layernorm",
        "self.bias, self.eps)",
        "self.bias, self.eps**2)",
        "layernorm",
    ),
    Fault(
        "unbiased variance",
        "layernorm",
        "return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
        "w = self.weight * (1 - 1 / x.shape[-1]) ** 0.5\n"
        "        return F.layer_norm(x, w.shape, w, self.bias, self.eps)",
        "layernorm",
    ),
    Fault(
        "post-norm",
        "block",
        "x = x + self.mlp(self.ln_2(x))",
        "x = self.ln_2(x + self.mlp(x))",
        "block",
    ),
    Fault("no residual", "block", "x = x + self.attn(", "x = self.attn(", "block"),
    Fault(
        "the tie forgotten",
        "model",
        "        self.transformer.wte.weight = self.lm_head.weight\n",
        "",
        "gpt",
    ),
    Fault(
        "c_proj starts too large",
        "model",
        "math.sqrt(2 * self.config.n_layer)",
        "math.sqrt(self.config.n_layer)",
        "gpt",
    ),
    Fault(
        "no last norm", "model", "return self.transformer.ln_f(x)", "return x", "gpt"
    ),
    Fault(
        "crop forgets the config",
        "model",
        "        self.config = replace(self.config, block_size=block_size)\n",
        "",
        "gpt",
    ),
    Fault(
        "a config with any n_head",
        "config",
        "if self.n_embd % self.n_head:",
        "if False:",
        "two_ancestors",
    ),
    Fault(
        "the crop does not tell the embedding",
        "model",
        "        wpe.num_embeddings = block_size\n",
        "",
        "two_ancestors",
    ),
    Fault(
        "minGPT's rule decays embeddings",
        "optim",
        "isinstance(module, nn.Linear):",
        "isinstance(module, (nn.Linear, nn.Embedding)):",
        "two_ancestors",
    ),
    # What the tests notice
    Fault(
        "n-grams without the shorter context",
        "baselines",
        "(seen + strength * probs[parent])",
        "(seen + strength)",
        "test_baselines",
    ),
    Fault(
        "a mean of means",
        "loss",
        "total + n * loss.item(), count + n",
        "total + loss.item(), count + 1",
        "test_loss",
    ),
    Fault("decay on biases", "optim", "p.dim() >= 2", "p.dim() >= 1", "test_optim"),
    Fault(
        "a schedule off by one",
        "optim",
        "peak * (step + 1) / (warmup + 1)",
        "peak * step / (warmup + 1)",
        "test_optim",
    ),
    Fault(
        "a cosine that starts too early",
        "optim",
        "(step - warmup) / (total - warmup)",
        "step / total",
        "test_optim",
    ),
    Fault(
        "no division in accumulation",
        "train/step",
        "loss_fn(logits, y) / accumulate",
        "loss_fn(logits, y)",
        "test_train",
    ),
    Fault(
        "no clipping",
        "train/step",
        "clip_grad_norm_(parameters, grad_clip)",
        "clip_grad_norm_(parameters, 1e9)",
        "test_train",
    ),
    Fault(
        "every step sees the same rows",
        "train/step",
        'manual_seed(mix(settings["seed"], step))',
        'manual_seed(settings["seed"])',
        "test_train",
    ),
    Fault(
        "resume forgets the optimizer",
        "train/loop",
        "            optimizer.load_state_dict(saved)\n",
        "            pass\n",
        "test_resume",
    ),
    Fault(
        "the newest weights for the best",
        "train/loop",
        'best = row["val_loss"] < progress.best',
        "best = True",
        "test_train",
    ),
    Fault(
        "a checkpoint written in place",
        "guard/files",
        'temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")',
        "temporary = path",
        "test_files",
    ),
    Fault(
        "a convolution that hears the future",
        "speed/recipes",
        "(0, 0, width, 0)",
        "(0, 0, 0, width)",
        "test_recipes",
    ),
    Fault(
        "Muon for the head too",
        "optim",
        '{name for name in linear if ".h." in name}',
        "linear",
        "test_recipes",
    ),
    Fault(
        "attention counted half",
        "flops",
        "12 * config.n_layer",
        "6 * config.n_layer",
        "test_flops",
    ),
    Fault(
        "temperature multiplies",
        "generate",
        "logits / max(temperature",
        "logits * max(temperature",
        "test_generate",
    ),
    Fault(
        "top-k keeps the others at 0",
        "generate",
        "masked_fill(logits < kth, -math.inf)",
        "masked_fill(logits < kth, 0.0)",
        "test_generate",
    ),
    Fault(
        "top-k after softmax, sum below 1",
        "generate",
        "        logits = logits.masked_fill(logits < kth, -math.inf)\n",
        "        return logits.softmax(dim=-1).masked_fill(logits < kth, 0.0)\n",
        "test_generate",
    ),
    Fault(
        "top-p stops one too early",
        "generate",
        "(before >= top_p)",
        "(before + probs >= top_p)",
        "test_generate",
    ),
    Fault(
        "the window keeps the oldest",
        "generate",
        "idx[:, -block_size:]",
        "idx[:, :block_size]",
        "test_generate",
    ),
    Fault(
        "cache positions off by one",
        "model",
        "start = cache[0].length if cache else 0",
        "start = max(0, cache[0].length - 1) if cache else 0",
        "test_generate",
    ),
    Fault(
        "a cache that writes over its last",
        "attention",
        "self.k[:, :, self.length : end] = k",
        "self.k[:, :, self.length - 1 : end - 1] = k",
        "test_generate",
    ),
    Fault(
        "the square matrix not turned",
        "pretrained",
        "attn\\.c_attn|attn\\.c_proj|",
        "attn\\.c_attn|",
        "test_pretrained",
    ),
    Fault(
        "exact GELU for GPT-2's",
        "pretrained",
        '"gelu_new": "tanh"',
        '"gelu_new": "exact"',
        "test_pretrained",
    ),
    Fault(
        "a tie lost in loading",
        "model",
        "        state.update(dict.fromkeys(names, both))\n",
        "",
        "test_pretrained",
    ),
    # What the tests of the engine notice
    Fault(
        "dropout alike in all processes",
        "train/loop",
        "1 + self.world.rank",
        "1",
        "test_processes",
    ),
    Fault(
        "gradients exchanged with every micro-batch",
        "train/loop",
        "self.forward.no_sync if several else nullcontext",
        "nullcontext",
        "test_processes",
    ),
    Fault(
        "gradients never exchanged",
        "train/loop",
        "            self.forward = DistributedDataParallel(self.forward)\n",
        "            pass\n",
        "test_processes",
    ),
    Fault(
        "all processes read the same rows",
        "train/step",
        "slice(world.rank, None, world.size)",
        "slice(0, None, world.size)",
        "test_processes",
    ),
    Fault(
        "the last micro-batch does not count",
        "train/step",
        "if micro == accumulate else",
        "if micro != accumulate else",
        "test_processes",
    ),
    Fault(
        "losses of processes added up",
        "train/loop",
        "            result /= self.world.size\n",
        "",
        "test_processes",
    ),
    Fault(
        "the shares are not checked",
        "train/loop",
        "        check_shares(self.settings, self.world)\n",
        "",
        "test_settings",
    ),
    Fault(
        "training in eval mode",
        "train/loop",
        "self.model.to(self.device).train()",
        "self.model.to(self.device).eval()",
        "test_processes",
    ),
    Fault(
        "a gradient that is nan",
        "train/loop",
        'check_finite(row, "train_loss", "grad_norm")',
        'check_finite(row, "train_loss")',
        "test_train",
    ),
    Fault(
        "time before a stop lost",
        "train/loop",
        "self.started - [",
        "self.started + [",
        "test_resume",
    ),
    Fault(
        "always the CPU",
        "train/processes",
        '    if name == "auto":\n',
        '    name = "cpu"\n    if name == "auto":\n',
        "test_settings",
    ),
    Fault(
        "a device that is not here",
        "train/processes",
        "    if not here[name]:",
        "    if False:",
        "test_settings",
    ),
    Fault(
        "threads not put back",
        "train/processes",
        "        torch.set_num_threads(before)\n",
        "        pass\n",
        "test_settings",
    ),
    Fault(
        "a second Ctrl-C waits too",
        "train/processes",
        "        if asked.is_set():",
        "        if False:",
        "test_resume",
    ),
    Fault(
        "fine-tuning at full speed",
        "train/config",
        "FINE = 0.1",
        "FINE = 1.0",
        "test_settings",
    ),
    Fault(
        "short runs without end of warm-up",
        "train/config",
        "min(WARMUP, config.steps // 10)",
        "WARMUP",
        "test_settings",
    ),
    Fault(
        "the rate does not hold",
        "train/step",
        'return hold_lr(step, hold=settings["hold"], **shape)',
        "return hold_lr(step, **shape)",
        "test_settings",
    ),
    Fault(
        "the slower attention",
        "train/start",
        "return not (device ==",
        "return (device ==",
        "test_settings",
    ),
    Fault(
        "no crop in fine-tuning",
        "train/start",
        "        model.crop_block_size(block_size)\n",
        "        pass\n",
        "test_settings",
    ),
    Fault(
        "no dropout in fine-tuning",
        "train/start",
        'settings["init_from"], dropout=dropout)',
        'settings["init_from"], dropout=0.0)',
        "test_settings",
    ),
    Fault(
        "fine-tuning with the other attention",
        "train/start",
        "            block.attn.flash = False\n",
        "            pass\n",
        "test_settings",
    ),
    Fault(
        "another tokenizer goes on",
        "train/checkpoint",
        'if state["tokenizer_sha256"] != self._tokenizer_sha256():',
        "if False:",
        "test_resume",
    ),
    Fault(
        "a fine-tune that needs its source",
        "train/run",
        "if config.init_from and not state",
        "if False and not state",
        "test_resume",
    ),
    Fault(
        "leftovers stay",
        "guard/files",
        "        path.unlink(missing_ok=True)\n",
        "        pass\n",
        "test_files",
    ),
    Fault(
        "weights that nobody else can read",
        "guard/files",
        "temporary.chmod(0o644)",
        "temporary.chmod(0o600)",
        "test_files",
    ),
    Fault(
        "a touched copy is written over",
        "lab/workbook",
        "        if touched(mine):\n            return False\n",
        "",
        "test_workbook",
    ),
    Fault(
        "an update forgets what was added",
        "lab/merge",
        "        made.cells.extend(_own_names(added.get(cell.id, []), taken))\n",
        "",
        "test_forms",
    ),
    Fault(
        "comments that give the solution away stay",
        "lab/stubs",
        "_end_of_comments(lines, function.col_offset, body[-1].end_lineno)",
        "body[-1].end_lineno",
        "test_forms",
    ),
    Fault(
        "answers are not folded",
        "lab/forms",
        "        return folded(cell.source)\n",
        "        return cell.source\n",
        "test_forms",
    ),
    Fault(
        "the learner's own check is believed",
        "lab/plan",
        '(__import__("gptlib.checks").checks.{}',
        "({}",
        "test_judge",
    ),
    Fault(
        "a check draws from the page's random numbers",
        "checks/verdict",
        "            torch.random.fork_rng(devices=[]),\n",
        "",
        "test_checks",
    ),
    Fault(
        "one part of a check is enough",
        "checks/verdict",
        "next((str(fault) for fault in faults if fault), None)",
        "next((str(fault) for fault in faults[:1] if fault), None)",
        "test_checks",
    ),
    Fault(
        "a detached answer is right",
        "checks/expect",
        'raise Wrong(lost.format("the inputs"))',
        "return",
        "test_checks",
    ),
    Fault(
        "trials judged on the validation text",
        "speed/trials",
        "Corpus(corpus.train[:cut], corpus.train[cut:],",
        "Corpus(corpus.train[:cut], corpus.val,",
        "test_trials",
    ),
    Fault(
        "a line that failed has a ratio like any other",
        "speed/results",
        "return said if self.arrived(other) else",
        "return said if True else",
        "test_results",
    ),
]


def command(noticed_by: str) -> list[str]:
    """How to run what should notice: a lesson, or a file of tests."""
    if noticed_by.startswith("test_"):
        what = [f"tests/{noticed_by}.py"]
    else:
        what = [str(lesson(noticed_by).relative_to(ROOT)), *NBVAL]
    return [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *what]


def is_noticed(fault: Fault) -> bool:
    """Run what should notice `fault` in a copy of the project that has it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("gptlib", "notebooks", "tests", "pyproject.toml", "README.md"):
            source = ROOT / name
            copier = shutil.copytree if source.is_dir() else shutil.copy
            copier(source, copy / name)
        (copy / "data").symlink_to(ROOT / "data")
        module = copy / "gptlib" / f"{fault.module}.py"
        text = module.read_text(encoding="utf-8")
        module.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
        env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command(fault.noticed_by), cwd=copy, env=env, capture_output=True
        )
    if done.returncode not in (0, 1):  # 1: a test failed; others: pytest could not run
        raise RuntimeError(f"{fault.name}: {done.stdout.decode()[-2000:]}")
    return done.returncode == 1


def main(words: list[str]) -> int:
    """Try the faults; returns the exit status."""
    faults = [f for f in FAULTS if not words or any(word in f.name for word in words)]
    survivors = 0
    for fault in faults:
        noticed = is_noticed(fault)
        survivors += not noticed
        verdict = "noticed by" if noticed else "NOT NOTICED by"
        print(f"{fault.module}: {fault.name}: {verdict} {fault.noticed_by}", flush=True)
    print(f"{len(faults)} faults, {survivors} not noticed")
    return int(survivors > 0 or not faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
