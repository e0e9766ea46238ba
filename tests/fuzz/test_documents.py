"""Documents that people and repositories write: settings, workflows, issues in Markdown, edited plans."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tamma_cli.plan_text import from_edited, to_edit
from tamma_config.document import read_document
from tamma_core.verification.ci.recipes import expanded, recipes
from tamma_core.verification.ci.runs import ci_runs
from tamma_platforms.plain_git.markdown import parse_markdown

from fuzz.material import damaged, texts, typed

CONFIG = {
    ".yaml": b"mode: standalone\nlimits: {costUsd: 5}\nx: &a [1, 2]\ny: [*a, *a]\n",
    ".json": b'{"mode": "standalone", "limits": {"costUsd": 5, "steps": [1, 2]}}',
    ".toml": b'mode = "standalone"\n[limits]\ncostUsd = 5\nsteps = [1, 2]\n',
}
WORKFLOW = (
    b"on: [push]\njobs:\n  t:\n    steps:\n      - uses: a/b@v4\n      - run: |\n          make\n          make test\n"
)
MARKDOWN = b"---\ntitle: A\nlabels: [bug, x]\n---\n# A defect\n\nIt does *not* work.\n"
BOMB = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9 if level else ['x'] * 9)}]\n" for level in range(12)
)
HOSTILE = [
    BOMB,
    "a: &a [*a]\n",
    "a: 1\na: 2\n",
    "a: &b 1\nc: &b 2\n",
    "[" * 50_000,
    "? " * 2000,
    "a: !!python/object:os.system x\n",
    "- " * 3000,
    "\t",
    "a: 0x" + "f" * 9000,
]
numbers = itertools.count()
on_files = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.parametrize("ending", CONFIG)
@on_files
@given(data=st.data())
def test_settings_are_a_tree_or_an_error_with_a_line(ending: str, data: st.DataObject, tmp_path: Path) -> None:
    """A damaged file of settings never raises anything that is not ours."""
    file = tmp_path / f"{next(numbers)}{ending}"
    file.write_bytes(data.draw(damaged([CONFIG[ending]]) | texts.map(lambda text: text.encode("utf-8", "replace"))))
    typed(lambda: read_document(file))


@pytest.mark.parametrize("ending", CONFIG)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_settings_made_to_break_a_parser(ending: str, text: str, tmp_path: Path) -> None:
    """Bombs of aliases, keys given twice, nesting without an end: refused in words."""
    file = tmp_path / f"config{ending}"
    file.write_text(text)
    typed(lambda: read_document(file))


@on_files
@given(damaged([WORKFLOW]))
def test_workflows_give_commands_or_nothing(tmp_path: Path, data: bytes) -> None:
    """What a repository calls its workflow is read as far as it can be."""
    folder = tmp_path / str(next(numbers)) / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_bytes(data)
    for run in ci_runs(folder.parents[1]):
        assert all(line.strip() and "\n" not in line for line in run.lines)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_workflows_made_to_break_a_parser(text: str, tmp_path: Path) -> None:
    """A bomb in a workflow costs what its few lines cost."""
    for name in (".gitlab-ci.yml", ".circleci/config.yml", ".travis.yml", "azure-pipelines.yml", ".drone.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    ci_runs(tmp_path)


MAKEFILE = b"P ?= python\nQ = $(P) $(Q)\n.PHONY: test\ntest check: build lint\n\t@$(P) -m pytest $(shell ls) \\\n\t x\n\t$(MAKE) test\n"
JUSTFILE = b'set shell := ["sh"]\np := "x"\n[linux]\ntest *args: build\n    {{p}} test {{args}}\n    just test\n'


@pytest.mark.parametrize(("name", "sample"), [("Makefile", MAKEFILE), ("justfile", JUSTFILE)])
@on_files
@given(data=st.data())
def test_targets_of_any_kind_are_lines(name: str, sample: bytes, data: st.DataObject, tmp_path: Path) -> None:
    """Targets that call themselves and each other end in a bounded number of lines."""
    folder = tmp_path / str(next(numbers))
    folder.mkdir()
    (folder / name).write_bytes(data.draw(damaged([sample]) | texts.map(lambda text: text.encode("utf-8", "replace"))))
    known = recipes(folder)
    calls = [f"{one.tool} {target}" for one in known for target in one.lines]
    lines = expanded(calls, known)
    assert len(lines) <= 400
    assert all("\n" not in line for line in lines)


@given(damaged([MARKDOWN]) | texts.map(lambda text: f"---\n{text}\n---\n{text}".encode("utf-8", "replace")))
@example(f"---\n{BOMB}labels: *a11\n---\nx".encode())
@example(f"---\n{BOMB}labels: [*a11]\n---\nx".encode())
@example(f"---\n{BOMB}? *a11\n: x\n---\nx".encode())
@example(b"---\n? [a, b]\n: x\n---\nx")
@example(b"---\na: &b 1\nc: &b 2\n---\nx")
@example(b"---\na: 2001-99-99\n---\nx")
def test_issue_in_markdown_has_a_title_and_bounded_labels(data: bytes) -> None:
    """Whatever a file says, there is an issue or an error of ours, and no label is longer than the file."""
    issue = typed(lambda: parse_markdown(data.decode(errors="replace"), name="issue.md"))
    if issue is not None:
        assert issue.title.strip()
        assert sum(map(len, (*issue.labels, *issue.assignees))) <= 10 * len(data)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_edited_plan_made_to_break_a_parser(text: str) -> None:
    """Refused in words."""
    typed(lambda: from_edited(text))


@given(damaged([b"summary: a\nsteps:\n- b\nfiles:\n- c.py\n"]))
def test_edited_plan_is_a_plan_or_an_error_in_words(data: bytes) -> None:
    """An editor may leave anything."""
    plan = typed(lambda: from_edited(data.decode(errors="replace")))
    if plan is not None:
        assert from_edited(to_edit(plan)) == plan
