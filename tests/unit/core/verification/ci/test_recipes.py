from pathlib import Path

import pytest
from tamma_core.verification.ci.recipes import expanded, recipes

MAKEFILE = """# test: no
PYTHON ?= python3
RUN = $(PYTHON) -m pytest
.PHONY: test
all: build
test: lint | order
\t@$(RUN) \\
\t  tests
\t-$(MAKE) more
\techo $(shell date) $@
lint:
\truff check .
more:
\tmake test
"""
JUSTFILE = """set shell := ["sh"]
python := "python3"

[group('x')]
test *args: lint
    @{{python}} -m pytest {{args}}
    {{ python }} -m pytest tests

alias t := test
lint:
    ruff check .
"""


@pytest.mark.parametrize(
    ("name", "text", "call", "found"),
    [
        ("Makefile", MAKEFILE, "make -j2 test", ["ruff check .", "python3 -m pytest tests", "make more", "make test"]),
        ("justfile", JUSTFILE, "cd x && just test", ["ruff check .", "python3 -m pytest tests"]),
    ],
)
def test_a_target_stands_for_what_it_runs(tmp_path: Path, name: str, text: str, call: str, found: list[str]) -> None:
    """Needs come first, variables are put in, what is known only at run time is left out, circles end."""
    (tmp_path / name).write_text(text)
    assert list(expanded([call], recipes(tmp_path))) == [call, *found]


def test_unknown_targets_stand_for_themselves(tmp_path: Path) -> None:
    """A call of nothing known is kept as it is."""
    (tmp_path / "Makefile").write_text(MAKEFILE)
    assert expanded(["make nothing", "echo make test"], recipes(tmp_path)) == ("make nothing", "echo make test")
    assert expanded(["make test"], ()) == ("make test",)
