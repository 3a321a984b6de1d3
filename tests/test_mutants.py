import pytest
from mutants import FAULTS, ROOT, Fault, command, is_noticed


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_still_has_its_place_in_gptlib(fault):
    text = (ROOT / "gptlib" / f"{fault.module}.py").read_text(encoding="utf-8")
    assert text.count(fault.old) == 1
    compile(text.replace(fault.old, fault.new), fault.module, "exec")


@pytest.mark.parametrize("noticed_by", sorted({f.noticed_by for f in FAULTS}))
def test_what_should_notice_it_exists(noticed_by):
    (file,) = [word for word in command(noticed_by) if word.endswith(("py", "ipynb"))]
    assert (ROOT / file).is_file()


def test_names_are_unique():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_a_fault_is_noticed_and_the_right_line_is_not():
    right, wrong = "if bias else None", "if False else None"
    fault = Fault("no bias", "layernorm", right, wrong, "test_layernorm")
    assert is_noticed(fault)
    assert not is_noticed(fault._replace(new=right))
