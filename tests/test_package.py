import json
import re
import subprocess
import sys
from pathlib import Path

import gptlib

ROOT = Path(__file__).resolve().parents[1]


def loaded_by(code):
    """Names of the top-level packages that stand in memory after `code`."""
    report = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_importing_gptlib_loads_nothing_that_torch_does_not():
    assert loaded_by("import gptlib") - loaded_by("import torch") == {"gptlib"}


def test_texts_and_tokenizers_load_their_libraries_only_when_used():
    code = "import gptlib.text, gptlib.pretrained"
    more = loaded_by(code) - loaded_by("import torch")
    assert not more & {"tiktoken", "regex", "pooch", "tqdm", "requests", "safetensors"}


def test_everything_promised_can_be_imported_from_the_top():
    assert all(hasattr(gptlib, name) for name in gptlib.__all__)
    assert {"GPT", "GPTConfig", "loss_fn"} <= set(gptlib.__all__)


def test_the_pieces_stand_in_the_order_of_the_lessons():
    notebooks = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    slugs = [name.split("_", 1)[1] for name in notebooks]
    source = Path(gptlib.__file__).read_text(encoding="utf-8")
    named = re.findall(r"^    # (\w+)$", source, re.MULTILINE)
    assert named == [slug for slug in slugs if slug in named]
    assert len(named) > 5


def test_no_file_is_longer_than_a_sitting():
    """Lists of words excepted."""
    long = {
        path.name: lines
        for path in (ROOT / "gptlib").rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > 250
    }
    assert long.keys() <= {"grammar.py"}, long
