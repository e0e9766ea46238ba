"""Tool calls as a model may make them, and edits of files."""

import itertools
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tamma_core.agent.beneath import exists_beneath, read_beneath, write_beneath
from tamma_core.agent.toolbox import parse
from tamma_core.agent.tools import Bash, EditFile, ReadFile, RunTests, Search, WorkspaceTools
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Process, SandboxSpec
from tamma_core.sandbox.removal import remove_tree

from fuzz.material import json_values, texts, typed

numbers = itertools.count()
on_files = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


class NoCommands:
    """A tree of an agent in which nothing is run."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def spec(self, argv: object, *, writable: bool, time_s: float) -> SandboxSpec:
        """Describe nothing."""
        raise InvalidInput(f"{argv} is not run here", hint=f"{writable} {time_s}")

    async def start(self, spec: SandboxSpec) -> Process:
        """Run nothing."""
        raise InvalidInput(f"{spec} is not run here")

    async def run_tests(self, selection: object) -> str:
        """Run nothing."""
        raise InvalidInput(f"{selection} is not run here")


@given(st.sampled_from([Bash, EditFile, ReadFile, RunTests, Search]), st.dictionaries(texts, json_values, max_size=5))
@example(ReadFile, {"path": "a", "first_line": 10**400, "lines": "9" * 5000})
@example(Bash, {"command": "x", "timeout_s": float("nan")})
@example(Bash, {"command": "x", "timeout_s": 10**400})
@example(Bash, {"command": "\ud800"})
@example(Bash, {"command": "x", "timeout_s": "\ud800"})
def test_arguments_fit_or_are_told_why_not(kind: type[Record], arguments: dict[str, object]) -> None:
    """A model's arguments become the record of the tool or words that it can act on, in bounded length."""
    named = dict(zip(kind.__struct_fields__, arguments.values(), strict=False))
    for given_ in (arguments, named):
        told = ""
        try:
            parse(kind, given_)  # type: ignore[arg-type]  # any JSON is the point
        except InvalidInput as error:
            told = error.message
        assert len(told) < 20_000


@on_files
@given(st.sampled_from(["", "../", "/workspace/", "a/../", "/"]), texts)
@example("", "\ud800")
@example("", "x" * 5000)
@example("", "a/" * 300)
def test_paths_stay_beneath_or_are_refused(tmp_path: Path, before: str, text: str) -> None:
    """Any path is inside the tree or told off; nothing appears beside the tree."""
    root = tmp_path / f"tree{next(numbers)}"
    root.mkdir()
    there = set(tmp_path.iterdir())
    typed(lambda: write_beneath(root, before + text, b"x"))
    typed(lambda: exists_beneath(root, before + text))
    typed(lambda: read_beneath(root, before + text, limit_bytes=10))
    assert set(tmp_path.iterdir()) == there
    remove_tree(root)  # what pytest would fail to remove


@on_files
@given(texts, texts, texts)
async def test_edit_replaces_exactly_what_was_named(tmp_path: Path, before: str, old: str, new: str) -> None:
    """What stands once is replaced and all else stays; what does not stand once changes nothing."""
    root = tmp_path / f"tree{next(numbers)}"
    root.mkdir()
    content = f"{before}{old}{before}".encode("utf-8", "replace")
    (root / "a.txt").write_bytes(content)
    tools = WorkspaceTools(NoCommands(root), writable=True)
    old, new = (text.encode("utf-8", "replace").decode() for text in (old, new))
    try:
        await tools.edit_file(EditFile("a.txt", old, new))
    except InvalidInput:
        assert not old or content.decode().count(old) != 1
        assert (root / "a.txt").read_bytes() == content
    else:
        assert (root / "a.txt").read_bytes().decode() == content.decode().replace(old, new)
