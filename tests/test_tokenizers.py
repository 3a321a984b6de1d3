"""Promises of gptlib/text/tokenizers.py. Nothing here uses the network."""

import os

import pytest
import torch
from test_bpe import STORY

from gptlib.text.tokenizers import (
    BPETokenizer,
    CharTokenizer,
    GPT2Tokenizer,
    load_pretrained_tokenizer,
    load_tokenizer,
)


@pytest.fixture(scope="module")
def bpe():
    return BPETokenizer.train(STORY, 330)


# ---- characters -------------------------------------------------------------------


def test_characters_get_ids_in_sorted_order():
    tokenizer = CharTokenizer.from_text("hello\n")
    assert tokenizer.chars == ["\n", "e", "h", "l", "o"]
    assert tokenizer.vocab_size == 5
    assert tokenizer.encode("hole") == [2, 4, 3, 1]


def test_characters_come_back_from_a_list_and_from_a_tensor():
    tokenizer = CharTokenizer.from_text(STORY)
    ids = tokenizer.encode(STORY)
    assert tokenizer.decode(ids) == STORY
    assert tokenizer.decode(torch.tensor(ids)) == STORY
    assert tokenizer.decode([torch.tensor(i) for i in ids[:9]]) == STORY[:9]


def test_unknown_character_is_named_with_its_place_and_the_known_ones():
    with pytest.raises(ValueError, match=r"'z' at position 3.*'abc'"):
        CharTokenizer("abc").encode("abcz")


def test_all_unknown_characters_are_counted_and_ten_of_them_named():
    with pytest.raises(ValueError, match=r"counts, 'Q' \(3\), 'é' \(1\)\. Rep.*new"):
        CharTokenizer("abc").encode("aQéQbQ")
    with pytest.raises(ValueError, match=r"'9' \(1\), and 3 more\. Replace"):
        CharTokenizer("abc").encode("0123456789xyz")


def test_tokenizers_take_text_and_nothing_else(bpe):
    for tokenizer in (CharTokenizer("abc"), bpe):
        with pytest.raises(TypeError, match="text must be text .* b'abc'.*decode"):
            tokenizer.encode(b"abc")
    for build in (CharTokenizer.from_text, lambda text: BPETokenizer.train(text, 257)):
        with pytest.raises(TypeError, match="text must be text .* b'abc'.*decode"):
            build(b"abc")


def test_characters_must_be_single_and_distinct():
    for chars in (["a", "bc"], ["a", ""], "", "aba"):
        with pytest.raises(ValueError, match=r"single characters|\['a'\] come twice"):
            CharTokenizer(chars)


@pytest.mark.parametrize("wrong", [-1, 3])
def test_decode_names_an_id_outside_the_vocabulary(wrong):
    with pytest.raises(ValueError, match=rf"id {wrong} at position 1.*0\.\.2"):
        CharTokenizer("abc").decode([0, wrong])


def test_decode_refuses_a_batch_and_fractions(bpe):
    for tokenizer in (CharTokenizer("abc"), bpe):
        with pytest.raises(ValueError, match=r"1-D.*\(1, 2\).*ids\[0\]"):
            tokenizer.decode(torch.tensor([[0, 1]]))
        for wrong in (torch.tensor([0.0, 1.0]), [0.0], "ab", 7):
            with pytest.raises(TypeError, match="decode needs ids, whole numbers"):
                tokenizer.decode(wrong)


# ---- files ------------------------------------------------------------------------


def test_every_kind_comes_back_from_its_file(bpe, tmp_path):
    for tokenizer in (bpe, CharTokenizer.from_text(STORY)):
        tokenizer.save(tmp_path / "tokenizer.json")
        for load in (load_tokenizer, type(tokenizer).load):
            again = load(tmp_path / "tokenizer.json")
            assert type(again) is type(tokenizer)
            assert again.encode(STORY) == tokenizer.encode(STORY)


def test_merges_of_any_bytes_survive_the_file(tmp_path):
    merges = [(bytes([i]), bytes([255 - i])) for i in range(256)]
    BPETokenizer(merges).save(tmp_path / "tokenizer.json")
    assert BPETokenizer.load(tmp_path / "tokenizer.json").merges == merges


def test_saved_merges_can_be_read_one_a_line(tmp_path):
    path = tmp_path / "tokenizer.json"
    BPETokenizer([(b" ", b"t")]).save(path)
    assert path.read_text() == '{"kind": "bpe", "merges": [\n[" ", "t"]\n]}\n'


def test_a_save_that_fails_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    CharTokenizer("ab").save(path)
    monkeypatch.delattr(os, "replace")
    with pytest.raises(OSError, match="could not be written.*still whole"):
        CharTokenizer("xyz").save(path)
    assert CharTokenizer.load(path).chars == ["a", "b"]
    assert os.listdir(tmp_path) == ["tokenizer.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "is not JSON.*copy it anew"),
        ('{"kind": "char", "cha', "is not JSON.*copy it anew"),
        ("\xff", "is not JSON.*copy it anew"),
        ("[1]", "must hold an object"),
        ("{}", "no field 'kind'.*gpt2_tokenizer"),
        ('{"kind": ["x"]}', r"kind \['x'\], expected one of.*char.*bpe.*gpt2"),
        ('{"kind": "wordpiece"}', "'wordpiece', expected one of.*char.*bpe.*gpt2"),
        ('{"kind": "char"}', "no field 'chars': copy"),
        ('{"kind": "char", "chars": 5}', "damaged, 'chars' must be a str, got 5: copy"),
        ('{"kind": "char", "chars": "aa"}', r"damaged, .*\['a'\] come twice: copy"),
        ('{"kind": "bpe", "merges": 3}', "damaged, 'merges' must be a list, got 3"),
        ('{"kind": "bpe", "merges": [3]}', "damaged, a merge must be two .* got 3"),
        ('{"kind": "bpe", "merges": [["a"]]}', r"two texts of bytes, got \['a'\]"),
        ('{"kind": "bpe", "merges": [["a", 5]]}', "damaged, a merge must be two"),
        ('{"kind": "bpe", "merges": [["a", "€"]]}', "damaged, a merge must be two"),
        (
            '{"kind": "bpe", "merges": [["a", "bc"]]}',
            "damaged, merge 0 .*out of order",
        ),
        ('{"kind": "bpe", "merges": [], "special_tokens": 1}', "must be a list, got 1"),
        ('{"kind": "bpe", "merges": [], "special_tokens": [1]}', r"distinct .* \[1\]"),
    ],
)
def test_a_damaged_file_is_named_with_what_was_found(text, message, tmp_path):
    path = tmp_path / "odd.json"
    path.write_bytes(text.encode("latin-1" if text == "\xff" else "utf-8"))
    with pytest.raises(ValueError, match=f"odd.json .*{message}"):
        load_tokenizer(path)


def test_one_kind_does_not_load_as_another(bpe, tmp_path):
    bpe.save(tmp_path / "t.json")
    for wrong in (CharTokenizer, GPT2Tokenizer):
        with pytest.raises(ValueError, match=r"'bpe', expected '.*load_tokenizer"):
            wrong.load(tmp_path / "t.json")


# ---- the tokenizer of a model -----------------------------------------------------


def test_a_tokenizer_of_another_size_than_its_model_is_refused(tmp_path):
    CharTokenizer("abc").save(tmp_path / "tokenizer.json")
    (tmp_path / "config.json").write_text('{"vocab_size": 3}')
    assert load_pretrained_tokenizer(tmp_path).vocab_size == 3
    (tmp_path / "config.json").write_text('{"vocab_size": 4}')
    with pytest.raises(ValueError, match=r"tokenizer.json has 3 .*config.json .* 4"):
        load_pretrained_tokenizer(tmp_path)


def test_a_model_without_its_tokenizer_does_not_take_gpt2s(tmp_path):
    (tmp_path / "config.json").write_text('{"vocab_size": 55}')
    with pytest.raises(
        ValueError, match=r"tokenizer.json is missing.*config.json says .* 55.*50257"
    ):
        load_pretrained_tokenizer(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config.json is not JSON"):
        load_pretrained_tokenizer(tmp_path)
