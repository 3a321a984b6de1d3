"""What a wrong value is answered with, where it comes in: one line that helps."""

import pytest
import torch
from torch import nn

import gptlib
from gptlib import GPT, GPTConfig, baselines, generate, loss, optim, text, train
from gptlib.show import sample
from gptlib.text import CharTokenizer

MODULES = (gptlib, baselines, generate, loss, optim, sample, text, train)

SIZES = dict(vocab_size=11, block_size=8, n_layer=2, n_head=2, n_embd=12)
RATE = dict(peak=1.0, min_lr=0.0, warmup=5)
MEANT = "did you mean"

# A call, the exception, what was given, what is expected or to be done. The calls are
# text so that a failing row is named by what a student would have typed.
ROWS = [
    # Sizes
    ("config(n_embd='12')", TypeError, "'12' of type str", "n_embd must be a whole"),
    ("config(n_embd=12.0)", TypeError, "12.0 of type float", "n_embd must be a whole"),
    ("config(n_layer=True)", TypeError, "True of type bool", "n_layer must be a whole"),
    ("config(block_size=None)", TypeError, "None", "block_size must be a whole"),
    ("config(n_head=0)", ValueError, "got 0", "n_head must be at least 1"),
    ("config(n_head=5)", ValueError, "n_head = 5", "n_embd = 12 does not divide"),
    ("config(dropout='0.1')", TypeError, "'0.1' of type str", "dropout must be a num"),
    ("config(dropout=1)", ValueError, "got 1", "at least 0 and below 1"),
    ("config(bias=1)", TypeError, "1 of type int", "True or False"),
    ("config(gelu='relu')", ValueError, "'relu'", "('tanh', 'exact')"),
    ("GPTConfig.create('gpt3')", ValueError, "'gpt3'", "'gpt2-xl'"),
    ("GPTConfig.create(['gpt2'])", ValueError, "['gpt2']", "'gpt2-xl'"),
    ("GPT(SIZES)", TypeError, "of type dict", "a GPTConfig"),
    ("model.crop_block_size('4')", TypeError, "'4' of type str", "a whole number"),
    ("model.crop_block_size(9)", ValueError, "9", "cannot be added"),
    # The model
    ("model(X, y)", TypeError, "a torch.int64 tensor", "loss_fn(model(X), y)"),
    ("model(X, targets=y)", TypeError, "targets=a torch", "loss_fn(model(X), y)"),
    ("model(X, model.new_cache())", TypeError, "of type list", "model(X, cache=cache)"),
    ("model(X, cache=y)", TypeError, "a torch.int64 tensor", "model.new_cache()"),
    ("model([[1, 2]])", TypeError, "[[1, 2]] of type list", "an int64 tensor"),
    ("model('mill')", TypeError, "'mill' of type str", "tokenizer.encode(text)"),
    ("model(X.numpy())", TypeError, "of type ndarray", "an int64 tensor"),
    ("model(X.float())", TypeError, "a torch.float32 tensor", "use idx.long()"),
    ("model(X.int())", TypeError, "a torch.int32 tensor", "use idx.long()"),
    ("model(X[0])", ValueError, "(4,)", "idx[None] is a batch of one"),
    ("model(X[None])", ValueError, "(1, 2, 4)", "(B, T)"),
    ("model(X[:, :0])", ValueError, "0 tokens", "give 1 to 8"),
    ("model(X.repeat(1, 3))", ValueError, "12 tokens", "give 1 to 8"),
    ("model(X + 5)", ValueError, "got 5..12", "0..10 (vocab_size 11)"),
    ("model(X - 1)", ValueError, "got -1..6", "0..10 (vocab_size 11)"),
    ("model(X, cache=full)", ValueError, "all 8 positions", "model.new_cache()"),
    # Writing
    ("model.generate([[1]], 3)", TypeError, "of type list", "an int64 tensor"),
    ("model.generate(X[0], 3)", ValueError, "(4,)", "(B, T)"),
    ("model.generate(X, 2.5)", TypeError, "2.5 of type float", "max_new_tokens"),
    ("model.generate(X, -1)", ValueError, "-1", "max_new_tokens must be at least 0"),
    ("model.generate(X, 3, temperature='0.8')", TypeError, "'0.8'", "temperature"),
    ("model.generate(X, 3, temperature=0)", ValueError, "got 0", "do_sample=False"),
    ("generate(model, X, 3, temperature=0)", ValueError, "got 0", "--no-do-sample"),
    ("generate(model, X, 3, temperature=torch.nan)", ValueError, "nan", "finite"),
    ("model.generate(X, 3, top_k=True)", TypeError, "True of type bool", "top_k"),
    ("model.generate(X, 3, top_k=2.5)", TypeError, "2.5 of type float", "top_k"),
    ("model.generate(X, 3, top_k=0)", ValueError, "0", "top_k must be at least 1"),
    ("model.generate(X, 3, top_p='0.9')", TypeError, "'0.9' of type str", "top_p"),
    ("model.generate(X, 3, top_p=90)", ValueError, "90", "at most 1"),
    (r"stream(model, X, 3, stop_id='\n')", TypeError, r"'\n' of type str", "stop_id"),
    ("stream(model, X, 3, stop_id=11)", ValueError, "11", "stop_id must be at most 10"),
    ("stream(model, X, 3, generator=42)", TypeError, "42", "manual_seed(seed)"),
    ("model.generate(X, 3, do_sample='no')", TypeError, "'no'", "do_sample must be"),
    ("model.generate(X, 3, use_cache=1)", TypeError, "1 of type int", "True or False"),
    ("model(X, cache=[y, y])", TypeError, "a torch.int64 tensor", "model.new_cache()"),
    ("next_probs([0.1, 0.9])", TypeError, "of type list", "model(idx)[:, -1]"),
    ("next_probs(y)", TypeError, "a torch.int64 tensor", "model(idx)[:, -1]"),
    # The loss
    ("loss_fn((logits,), y)", TypeError, "of type tuple", "pred = model(X)"),
    ("loss_fn(y, logits)", TypeError, "a torch.int64 tensor", "pred = model(X)"),
    ("loss_fn(logits, y.tolist())", TypeError, "of type list", "an int64 tensor"),
    ("loss_fn(logits, y.float())", TypeError, "a torch.float32", "an int64 tensor"),
    ("loss_fn(logits, y[:, 1:])", ValueError, "(2, 3)", "of shape (2, 4)"),
    ("loss_fn(logits, y + 8)", ValueError, "got 8..14", "0..10 or -1"),
    ("loss_fn(logits, y * 0 - 1)", ValueError, "all are -1", "none of the 8 targets"),
    ("evaluate(X, y, model)", TypeError, "a torch.int64", "evaluate(model, X, y)"),
    ("evaluate(model, X.tolist(), y)", TypeError, "of type list", "X must be an int64"),
    ("evaluate(model, X[0], y[0])", ValueError, "(4,)", "(B, T)"),
    ("evaluate(model, X, y, 2.0)", TypeError, "2.0 of type float", "batch_size"),
    ("NGram(ids.tolist(), 2, 11)", TypeError, "of type list", "an int64 tensor"),
    ("NGram(ids, 2.0, 11)", TypeError, "2.0 of type float", "n must be a whole"),
    ("NGram(ids, 2, 11)(ids)", ValueError, "(30,)", "(B, T)"),
    # Batches and tokenizers
    ("get_batch(ids.tolist(), 4, 2)", TypeError, "list", "int64 tensor"),
    ("get_batch(ids, 4.0, 2)", TypeError, "4.0 of type float", "block_size"),
    ("get_batch(ids, True, 2)", TypeError, "True of type bool", "block_size"),
    ("get_batch(ids, 4, 2.0)", TypeError, "2.0 of type float", "batch_size"),
    ("get_batch(ids, 4, 2, generator=42)", TypeError, "42", "torch.Generator"),
    ("eval_rows(ids, 4.0)", TypeError, "4.0 of type float", "block_size"),
    ("get_batch(ids, 40, 2)", ValueError, "the text has 30", "41 tokens"),
    ("get_batch(ids, 4, 0)", ValueError, "got 0", "batch_size must be at least 1"),
    ("eval_rows(X, 4)", ValueError, "(2, 4)", "1-D"),
    ("chars.encode('mixup')", ValueError, "'x' at position 2", "leave them out"),
    ("chars.encode('1 mill, 2 eggs')", ValueError, "'1' (1), ',' (1)", "a new model"),
    ("chars.decode([99])", ValueError, "id 99 at position 0", "0.."),
    ("chars.decode(X)", ValueError, "(2, 4)", "ids[0]"),
    ("CharTokenizer(['ab'])", ValueError, "'ab'", "single characters"),
    ("BPETokenizer.train('a', 100)", ValueError, "got 100", "256 (the bytes)"),
    ("chars.encode(5)", TypeError, "5 of type int", "text"),
    ("chars.decode([1.5])", TypeError, "1.5", "whole number"),
    ("chars.decode('mill')", TypeError, "'mill'", "ids"),
    ("CharTokenizer(5)", TypeError, "5 of type int", "characters"),
    ("BPETokenizer([]).encode(b'mill')", TypeError, "b'mill' of type bytes", "text"),
    ("BPETokenizer([]).decode(logits[0, 0])", TypeError, "float32", "ids"),
    ("BPETokenizer.train(b'mill', 300)", TypeError, "b'mill' of type bytes", "text"),
    ("BPETokenizer.train('mill', 258.0)", TypeError, "258.0 of type", "vocab_size"),
    # Texts
    ("load_text(5)", TypeError, "5 of type int", "the path of a text file"),
    ("load_text('tale')", FileNotFoundError, "'tale'", "tales, shakespeare, or"),
    ("load_text(files)", IsADirectoryError, "texts", "give one text file"),
    ("load_text(files / 'latin1')", ValueError, "0xfc in line 2", "iconv -t utf-8 -f"),
    ("load_text(files / 'utf16')", ValueError, "utf16 is UTF-16", "iconv -t utf-8 -f"),
    ("load_text(files / 'empty')", ValueError, "empty is empty", "needs some text"),
    # Models in folders
    ("split_text(b'mill')", TypeError, "b'mill' of type bytes", "read_file(path)"),
    ("story_starts(ids, '\\n')", TypeError, "of type str", "newline_id must be"),
    ("load_text('')", FileNotFoundError, "''", "tales, shakespeare, or"),
    ("load_text(files / 'utf32')", ValueError, "utf32 is UTF-32", "iconv -t utf-8 -f"),
    ("load_tokenizer(files / 'pair')", ValueError, "'ab'", "two texts of bytes"),
    ("load_tokenizer(files / 'deep')", ValueError, "deep is not JSON", "copy"),
    ("GPT.from_pretrained('')", FileNotFoundError, "empty", "data/tales-gpt"),
    ("GPT.from_pretrained(5)", TypeError, "5 of type int", "a folder"),
    ("GPT.from_pretrained(DATA / 'tale-gpt')", FileNotFoundError, "tale-gpt", MEANT),
    ("GPT.from_pretrained(files / 'empty')", FileNotFoundError, "a file", "its folder"),
    ("model.save_pretrained(5)", TypeError, "5 of type int", "a folder"),
    ("model.save_pretrained(files / 'empty')", FileExistsError, "a file", "a folder"),
    # The settings of a run
    ("TrainConfig(seed=2**64)", ValueError, str(2**64), "at most"),
    ("TrainConfig(seed=1.0)", TypeError, "1.0 of type float", "seed must be a whole"),
    ("TrainConfig(grad_clip='1')", TypeError, "'1' of type str", "grad_clip must be"),
    ("TrainConfig(warmup=9, steps=5)", ValueError, "9 steps", "nothing of steps = 5"),
    ("cosine_lr(0, **RATE, total=3)", ValueError, "warmup = 5", "below total = 3"),
    ("hold_lr(1, **RATE, total=9, hold=2)", ValueError, "hold = 2", "from 0 to 1"),
    ("cosine_lr(1, **(RATE | {'min_lr': 2}), total=9)", ValueError, "2", "to peak = 1"),
    (
        "cosine_lr(1, **(RATE | {'peak': torch.nan}), total=9)",
        ValueError,
        "nan",
        "0 to",
    ),
    (
        "model.estimate_mfu(1, torch.nan)",
        ValueError,
        "got nan",
        "seconds must be above",
    ),
    ("cosine_lr(-1, **RATE, total=9)", ValueError, "step = -1", "at least 0"),
    # The settings of a sample
    ("SampleConfig(prompt='')", ValueError, "empty", "a token to start from"),
    ("SampleConfig(num_samples=0)", ValueError, "0", "num_samples must be at least 1"),
    ("SampleConfig(max_new_tokens=2.5)", TypeError, "2.5", "max_new_tokens"),
    ("SampleConfig(temperature=0.0)", ValueError, "got 0", "--no-do-sample"),
    ("SampleConfig(seed=10**30)", ValueError, "got 1000", "seed must be at most"),
    ("SampleConfig(top_k=0)", ValueError, "got 0", "top_k must be at least 1"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with texts that cannot be read, as editors and downloads leave them."""
    folder = tmp_path_factory.mktemp("texts")
    text = "The mill\nof Zürich\n"
    (folder / "pair").write_text('{"kind": "bpe", "merges": ["ab"]}')
    (folder / "deep").write_text("[" * 100_000)
    for name in ("latin1", "utf16", "utf32"):
        (folder / name).write_bytes(text.encode(name))
    (folder / "empty").touch()
    return folder


@pytest.fixture(scope="module")
def names(files):
    """What the calls may use."""
    model = GPT(GPTConfig(**SIZES)).eval()
    X = torch.tensor([[0, 1, 2, 3], [4, 5, 6, 7]])
    full = model.new_cache()
    with torch.no_grad():
        model(X.repeat(1, 2), cache=full)
    public = {name: f for module in MODULES for name, f in vars(module).items()}
    return public | dict(
        SIZES=SIZES,
        RATE=RATE,
        files=files,
        config=lambda **changes: GPTConfig(**(SIZES | changes)),
        model=model,
        X=X,
        y=X.clone().clamp(max=6),
        full=full,
        logits=model(X),
        ids=torch.arange(30) % 11,
        chars=CharTokenizer("\nabcdefgilmu "),
    )


@pytest.mark.parametrize("call, error, given, told", ROWS, ids=[r[0] for r in ROWS])
def test_a_wrong_value_gets_one_line_that_names_it(call, error, given, told, names):
    with pytest.raises(error) as caught:
        eval(call, names)
    message = str(caught.value)
    assert type(caught.value) is error
    assert given in message and told in message
    assert "\n" not in message and len(message) < 300


@pytest.mark.parametrize("name", [None, "targets", "labels"])
@pytest.mark.parametrize("wrap", [lambda model: model, nn.DataParallel])
def test_targets_given_to_a_model_are_sent_to_the_loss(name, wrap):
    X, y = torch.randint(11, (2, 2, 5))
    more, named = ([], {name: y}) if name else ([y], {})
    with pytest.raises(TypeError, match=r"loss stands outside: loss_fn\(model\(X\)"):
        wrap(GPT(GPTConfig(**SIZES)))(X, *more, **named)
