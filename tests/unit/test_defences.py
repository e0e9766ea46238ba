"""Hold the table of defences, and its page, against the source and the tests."""

import re

from tools.defences import PAGE, ROOT, defences, page

MODEL = ROOT / "docs/threat-model.md"


def test_each_defence_stands_in_the_source_once() -> None:
    """Code that moves takes its row in the table along, or this says which one is left behind."""
    lost = [
        f"{row.name}: {edit.file}"
        for row in defences()
        for edit in row.edits
        if not (ROOT / edit.file).exists() or (ROOT / edit.file).read_text().count(edit.text) != 1
    ]
    assert lost == [], "mend `tools/defences.toml`, and see with `python tools/defences.py WORD` that it is still seen"


def test_each_test_that_is_named_is_there() -> None:
    """A test that is renamed or removed is noticed, in the table and in the threat model."""
    lost = []
    told = re.findall(r"`((?:unit|fuzz|contract|integration|acceptance)/[^`]*\.py[^`]*)`", MODEL.read_text())
    for test in {*(test for row in defences() for test in row.tests), *(f"tests/{test}" for test in told)}:
        file, *names = re.sub(r"\[.*", "", test).split("::")
        lost += [] if (ROOT / file).exists() else [file]
        source = (ROOT / file).read_text() if (ROOT / file).exists() else ""
        shipped = "\n".join(path.read_text() for path in (ROOT / "packages").glob("*/src/*/testing/*_contract.py"))
        lost += [test for name in names if not re.search(rf"(def|class) {name}\b", source + shipped)]
    assert lost == []


def test_each_defence_has_a_name_of_its_own_and_a_test() -> None:
    """No row shows nothing."""
    rows = defences()
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.edits and row.tests and row.attack for row in rows)


def test_the_page_is_made_of_the_table() -> None:
    """The page says what the table says."""
    assert PAGE.read_text() == page(), "run `python tools/defences.py --write`"
