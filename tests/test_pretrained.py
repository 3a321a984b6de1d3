import json
import os

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn
from torch.testing import assert_close

from gptlib import GPT, GPTConfig, loss_fn
from gptlib.pretrained import state_to_hf

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
    model = random_gpt()
    model.save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    old = {
        n.removeprefix("transformer."): p.clone() for n, p in load_file(file).items()
    }
    old["h.0.attn.bias"] = torch.ones(1, 1, 17, 17).tril()
    old["h.0.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(old, file, metadata={"format": "pt"})
    assert_close(GPT.from_pretrained(tmp_path)(IDX), model(IDX))


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


def test_damaged_weights_are_named(tmp_path):
    random_gpt().save_pretrained(tmp_path)
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[:-100])
    with pytest.raises(ValueError, match=r"model\.safetensors in .* is damaged"):
        GPT.from_pretrained(tmp_path)


def test_a_head_that_is_not_tied_is_not_dropped_silently(tmp_path):
    random_gpt().save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    tensors = {n: p.clone() for n, p in load_file(file).items()}
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"] + 1
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"lm_head\.weight differs"):
        GPT.from_pretrained(tmp_path)


def test_half_precision_weights_are_read_as_float32(tmp_path):
    model = random_gpt()
    model.save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    halves = {n: p.half() for n, p in load_file(file).items()}
    save_file(halves, file, metadata={"format": "pt"})
    back = GPT.from_pretrained(tmp_path)
    assert {p.dtype for p in back.parameters()} == {torch.float32}
    assert_close(back(IDX), model(IDX), atol=0.05, rtol=0.05)


def test_biases_that_are_not_zero_are_not_dropped_silently(tmp_path):
    random_gpt().save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"bias": False}))
    with pytest.raises(ValueError, match="bias=False, but h.0"):
        GPT.from_pretrained(tmp_path)


def test_a_missing_folder_or_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder .*/nowhere"):
        GPT.from_pretrained(f"{tmp_path}/nowhere")
    with pytest.raises(FileNotFoundError, match=r"has no config\.json"):
        GPT.from_pretrained(tmp_path)


def test_a_hub_name_without_a_network_says_what_to_do(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConnectionError, match="'gpt2' is no folder.*network"):
        GPT.from_pretrained("gpt2")


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
