import json

import pytest
import torch
from safetensors.torch import save_file

from gptlib.guard.folders import (
    model_config,
    model_folder,
    read_json,
    read_tensors,
    weights_file,
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with a model in data/tales-gpt, and no hub to ask."""
    (tmp_path / "data" / "tales-gpt").mkdir(parents=True)
    (tmp_path / "data" / "tales-gpt" / "config.json").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["data/tales-gtp", "./tale", "~/tales", "a/b/c", "a\\b", "my model", "gpt2/"],
)
def test_what_can_only_be_a_folder_is_no_name_on_the_hub(here, name):
    with pytest.raises(FileNotFoundError, match="no folder "):
        model_folder(name)
    with pytest.raises(FileNotFoundError, match="no folder "):
        model_folder(here / name)


@pytest.mark.parametrize("name", ["data/tales-gtp", "./dat/tales_gpt"])
def test_a_mistyped_folder_is_answered_with_the_one_most_like_it(here, name):
    with pytest.raises(FileNotFoundError, match="did you mean data/tales-gpt"):
        model_folder(name)


@pytest.mark.parametrize("name", ["gpt2", "openai-community/gpt2", "dat/tales-gpt"])
def test_a_hub_name_without_a_network_says_what_to_do(here, name):
    with pytest.raises(ConnectionError, match=f"'{name}' is no folder.*network"):
        model_folder(name)


def test_a_hub_name_like_a_folder_here_is_answered_with_that_folder_too(here):
    with pytest.raises(ConnectionError, match="did you mean data/tales-gpt"):
        model_folder("dat/tales-gpt")


def test_a_folder_without_a_model_is_not_suggested(here):
    (here / "gpt").mkdir()
    with pytest.raises(ConnectionError) as error:
        model_folder("gpt2")
    assert "did you mean" not in str(error.value)


def test_a_file_is_answered_with_its_folder(here):
    with pytest.raises(FileNotFoundError, match="is a file: give .*, data/tales-gpt"):
        model_folder("data/tales-gpt/config.json")


@pytest.mark.parametrize(
    "text, message",
    [
        ("{'n': 1}", r"a\.json is not JSON .*line 1"),
        ("", r"a\.json is not JSON"),
        ("[1]", r"a\.json must hold an object .*, got \[1\]"),
    ],
)
def test_a_bad_json_file_is_named(tmp_path, text, message):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_json(tmp_path / "a.json")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no config\.json"):
        model_config(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors"):
        read_tensors(weights_file(tmp_path))


@pytest.mark.parametrize("keep", [0, 5, 60])
def test_damaged_weights_are_named(tmp_path, keep):
    save_file({"w": torch.arange(9.0)}, tmp_path / "model.safetensors")
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[:keep])
    with pytest.raises(ValueError, match=r"/model\.safetensors is damaged"):
        read_tensors(weights_file(tmp_path))


def test_a_pickle_is_refused_with_the_way_to_convert_it(tmp_path):
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(FileNotFoundError, match=r"pytorch_model\.bin.*save_pretrained"):
        read_tensors(weights_file(tmp_path))


def test_a_missing_shard_is_named(tmp_path):
    save_file({"a": torch.arange(3.0)}, tmp_path / "one.safetensors")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(FileNotFoundError, match=r"has no two\.safetensors"):
        read_tensors(weights_file(tmp_path))


@pytest.mark.parametrize(
    "weights", [None, [1], {"a": 1}, {"a": "../other.safetensors"}]
)
def test_an_index_that_names_no_files_of_its_folder_is_refused(tmp_path, weights):
    index = json.dumps({"weight_map": weights})
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ValueError, match=r"index\.json.* weight_map"):
        read_tensors(weights_file(tmp_path))
