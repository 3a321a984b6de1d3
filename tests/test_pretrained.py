import json
import math
import os
from contextlib import contextmanager

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig, loss_fn
from gptlib.pretrained import shapes, state_to_hf

SIZES = dict(vocab_size=31, n_positions=17, n_embd=12, n_layer=3, n_head=2)
IDX = torch.randint(31, (2, 17), generator=torch.Generator().manual_seed(0))


def hugging_face(**more):
    """A small random GPT-2 of theirs; every parameter differs from its start."""
    torch.manual_seed(0)
    plain = dict(attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0)
    config = transformers.GPT2Config(**(SIZES | plain | more))
    model = transformers.GPT2LMHeadModel(config)
    for p in model.parameters():
        nn.init.normal_(p, std=0.3)
    return model.eval()


@contextmanager
def changed_weights(folder):
    """A saved GPT whose tensors may be changed, and are then written again."""
    random_gpt().save_pretrained(folder)
    file = folder / "model.safetensors"
    tensors = {name: p.clone() for name, p in load_file(file).items()}
    yield tensors
    save_file(tensors, file, metadata={"format": "pt"})


def ours_of(model, folder):
    model.save_pretrained(folder)
    return GPT.from_pretrained(folder)


@pytest.mark.parametrize("activation", ["gelu_new", "gelu", "gelu_pytorch_tanh"])
def test_logits_and_loss_equal_hugging_faces(tmp_path, activation):
    theirs = hugging_face(activation_function=activation)
    ours = ours_of(theirs, tmp_path)
    out = theirs(IDX, labels=IDX)
    assert_close(ours(IDX), out.logits)
    # Theirs shifts the labels inside; ours leaves that to the batch.
    assert_close(loss_fn(ours(IDX)[:, :-1], IDX[:, 1:]), out.loss)


@pytest.mark.parametrize("flash", [True, False])
def test_every_gradient_equals_hugging_faces(tmp_path, flash):
    theirs = hugging_face().double()
    theirs.save_pretrained(tmp_path)
    ours = GPT.from_pretrained(tmp_path, flash=flash).double()
    theirs(IDX, labels=IDX).loss.backward()
    loss_fn(ours(IDX)[:, :-1], IDX[:, 1:]).backward()
    grads = {n: p.grad for n, p in theirs.named_parameters()}
    for p in ours.parameters():
        p.data = p.grad
    mine = state_to_hf(ours)
    assert mine.keys() == grads.keys()
    for name, grad in grads.items():
        assert_close(mine[name], grad, msg=lambda m, name=name: f"{name}: {m}")


@pytest.mark.parametrize("gelu", ["tanh", "exact"])
@pytest.mark.parametrize("bias", [True, False])
def test_transformers_runs_our_model(tmp_path, bias, gelu):
    ours = random_gpt(bias=bias, gelu=gelu)
    ours.save_pretrained(tmp_path)
    loaded, report = transformers.GPT2LMHeadModel.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert_close(ours(IDX), loaded.eval()(IDX).logits)


def random_gpt(**more):
    torch.manual_seed(0)
    config = GPTConfig(31, block_size=17, n_layer=3, n_head=2, n_embd=12, **more)
    model = GPT(config)
    for p in model.parameters():
        nn.init.normal_(p, std=0.3)
    return model.eval()


@pytest.mark.parametrize("bias", [True, False])
def test_our_own_round_trip_is_exact(tmp_path, bias):
    model = random_gpt(bias=bias, gelu="exact", dropout=0.25)
    model.save_pretrained(tmp_path)
    back = GPT.from_pretrained(tmp_path)
    assert back.config == model.config
    assert back.state_dict().keys() == model.state_dict().keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor), name


def test_a_loaded_model_is_tied_trainable_and_in_eval_mode(tmp_path):
    random_gpt(dropout=0.5).save_pretrained(tmp_path)
    model = GPT.from_pretrained(tmp_path)
    assert model.transformer.wte.weight is model.lm_head.weight
    assert all(p.requires_grad for p in model.parameters())
    assert not model.training


def test_dropout_and_flash_may_be_replaced(tmp_path):
    random_gpt(dropout=0.5).save_pretrained(tmp_path)
    model = GPT.from_pretrained(tmp_path, dropout=0.1, flash=False)
    assert (model.config.dropout, model.config.flash) == (0.1, False)
    assert model.transformer.drop.p == 0.1


def test_the_hubs_old_names_with_masks_and_without_prefix_load_too(tmp_path):
    with changed_weights(tmp_path) as old:
        for name in list(old):
            old[name.removeprefix("transformer.")] = old.pop(name)
        old["h.0.attn.bias"] = torch.ones(1, 1, 17, 17, dtype=torch.uint8).tril()
        old["h.0.attn.masked_bias"] = torch.tensor(-1e4)
    assert_close(GPT.from_pretrained(tmp_path)(IDX), random_gpt()(IDX))


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(model_type="llama"), "not a GPT-2.*'llama'"),
        (dict(scale_attn_weights=False), "'scale_attn_weights': False"),
        (dict(scale_attn_by_inverse_layer_idx=True), "inverse_layer_idx': True"),
        (dict(reorder_and_upcast_attn=True), "'reorder_and_upcast_attn': True"),
        (dict(add_cross_attention=True), "'add_cross_attention': True"),
        (dict(activation_function="relu"), "'activation_function': 'relu'"),
        (dict(layer_norm_epsilon=1e-6), "'layer_norm_epsilon': 1e-06"),
        (dict(tie_word_embeddings=False), "'tie_word_embeddings': False"),
        (dict(n_inner=13), "'n_inner': 13"),
        (dict(attn_pdrop=0.1), "dropout"),
        (dict(n_embd=None), r"config\.json: n_embd must be a whole number, got None"),
        (dict(n_head="2"), r"config\.json: n_head .* got '2' of type str"),
        (dict(n_head=5), r"config\.json: n_embd = 12 .* n_head = 5"),
        (dict(attn_pdrop="0"), r"config\.json: attn_pdrop must be a number, got '0'"),
        (dict(activation_function=["gelu"]), r"'activation_function': \['gelu'\]"),
        (dict(bias="no"), r"config\.json: bias must be True or False, got 'no'"),
        (dict(n_layer=4), r"missing \['transformer\.h\.3"),
        (dict(n_layer=2), r"unknown \['transformer\.h\.2"),
        (dict(vocab_size=32), r"wte\.weight', \(31, 12\), \(32, 12\)"),
    ],
)
def test_what_is_no_plain_gpt2_or_does_not_fit_is_refused(tmp_path, change, message):
    random_gpt().save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ValueError, match=message):
        GPT.from_pretrained(tmp_path)


def test_a_config_of_another_kind_is_refused_with_what_it_lacks(tmp_path):
    random_gpt().save_pretrained(tmp_path)
    llama = {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 2}
    (tmp_path / "config.json").write_text(json.dumps(llama))
    with pytest.raises(ValueError, match=r"not a GPT-2.*'llama'.*'n_embd'"):
        GPT.from_pretrained(tmp_path)


@pytest.mark.parametrize("prefix", ["transformer.", ""])
def test_a_file_whose_head_is_not_tied_is_refused(tmp_path, prefix):
    with changed_weights(tmp_path) as tensors:
        tensors["lm_head.weight"] = tensors["transformer.wte.weight"] + 1
        for name in list(tensors):
            tensors[name.replace("transformer.", prefix)] = tensors.pop(name)
    with pytest.raises(ValueError, match=r"safetensors: lm_head\.weight differs from"):
        GPT.from_pretrained(tmp_path)


def test_a_file_with_the_head_alone_has_it_for_wte_too(tmp_path):
    with changed_weights(tmp_path) as tensors:
        tensors["lm_head.weight"] = tensors.pop("transformer.wte.weight")
    assert_close(GPT.from_pretrained(tmp_path)(IDX), random_gpt()(IDX))


def test_a_tensor_under_both_of_its_names_is_refused(tmp_path):
    with changed_weights(tmp_path) as tensors:
        tensors["ln_f.bias"] = tensors["transformer.ln_f.bias"] + 1
    with pytest.raises(ValueError, match=r"with and without .*\['ln_f\.bias'\]"):
        GPT.from_pretrained(tmp_path)


def test_shards_of_hugging_face_are_read(tmp_path):
    theirs = hugging_face()
    theirs.save_pretrained(tmp_path, max_shard_size="8KB")
    assert len(list(tmp_path.glob("model-*-of-*.safetensors"))) > 1
    assert not (tmp_path / "model.safetensors").exists()
    assert_close(GPT.from_pretrained(tmp_path)(IDX), theirs(IDX).logits)


def test_a_bfloat16_model_is_saved_in_one_dtype(tmp_path):
    random_gpt(bias=False).bfloat16().save_pretrained(tmp_path)
    dtypes = {p.dtype for p in load_file(tmp_path / "model.safetensors").values()}
    assert dtypes == {torch.bfloat16}


@pytest.mark.parametrize("bias", [True, False])
def test_the_shapes_are_those_of_a_gpts_state(bias):
    model = random_gpt(bias=bias)
    real = {name: tuple(p.shape) for name, p in model.state_dict().items()}
    assert shapes(model.config) == real


def test_half_precision_weights_are_read_as_float32(tmp_path):
    with changed_weights(tmp_path) as tensors:
        tensors.update({name: p.half() for name, p in tensors.items()})
    back = GPT.from_pretrained(tmp_path)
    assert {p.dtype for p in back.parameters()} == {torch.float32}
    assert_close(back(IDX), random_gpt()(IDX), atol=0.05, rtol=0.05)


def test_weights_that_cannot_be_computed_with_are_named_with_their_file(tmp_path):
    with changed_weights(tmp_path) as tensors:
        tensors["transformer.h.1.ln_2.bias"] *= math.nan
    with pytest.raises(ValueError, match=r"/model\.safetensors: h\.1\.ln_2\.bias.*nan"):
        GPT.from_pretrained(tmp_path)


def test_biases_that_are_not_zero_are_not_dropped_silently(tmp_path):
    random_gpt().save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"bias": False}))
    with pytest.raises(ValueError, match="bias=False, but h.0"):
        GPT.from_pretrained(tmp_path)


def test_a_save_that_fails_leaves_the_old_weights(tmp_path, monkeypatch):
    random_gpt().save_pretrained(tmp_path)
    before = (tmp_path / "model.safetensors").read_bytes()

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        random_gpt(dropout=0.5).save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["config.json", "model.safetensors"]


def test_a_config_with_more_layers_than_tensors_is_refused_at_once(tmp_path):
    random_gpt().save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"n_layer": 10**9}))
    with pytest.raises(ValueError, match=r"n_layer = 1000000000.* only \d+ tensors"):
        GPT.from_pretrained(tmp_path)
