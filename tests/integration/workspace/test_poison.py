"""What an agent plants in its tree runs nowhere on the host, although plain git would run it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from integration.workspace.conftest import Bench
from integration.workspace.origin import ENVIRONMENT, SIGNED, git
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record


class Poison(Record, frozen=True):
    """Plant something that runs a program when git does what `plain` says."""

    name: str
    plant: Callable[[Path, Path], None]
    plain: tuple[str, ...]


def config(
    text: str, extra: Callable[[Path, Path], None] = lambda _tree, _program: None
) -> Callable[[Path, Path], None]:
    def plant(tree: Path, program: Path) -> None:
        with (tree / ".git/config").open("a") as file:
            file.write(text.format(program=program, tree=tree) + "\n")
        extra(tree, program)

    return plant


def attributes(rule: str) -> Callable[[Path, Path], None]:
    def plant(tree: Path, _program: Path) -> None:
        (tree / ".gitattributes").write_text(rule + "\n")
        # The agent's repository is its own: it drops what we wrote there.
        (tree / ".git/info/attributes").unlink(missing_ok=True)

    return plant


def hook(name: str) -> Callable[[Path, Path], None]:
    def plant(tree: Path, program: Path) -> None:
        (tree / ".git/hooks").mkdir(exist_ok=True)
        shutil.copy(program, tree / ".git/hooks" / name)

    return plant


def hooks_path(tree: Path, program: Path) -> None:
    (tree / "hooks").mkdir()
    for name in ("post-index-change", "pre-commit", "post-checkout", "pre-push", "reference-transaction"):
        shutil.copy(program, tree / "hooks" / name)


def included(tree: Path, program: Path) -> None:
    (tree / "more.cfg").write_text(f"[core]\n\tfsmonitor = {program}\n")


def nested(tree: Path, program: Path) -> None:
    inner = tree / "vendor/lib"
    inner.mkdir(parents=True)
    git(inner, "init", "-q")
    (inner / "code.c").write_text("int x;\n")
    git(inner, "add", "-A")
    git(inner, "commit", "-qm", "inner")
    (inner / ".gitattributes").write_text("* filter=evil\n")
    with (inner / ".git/config").open("a") as file:
        file.write(f'[filter "evil"]\n\tclean = {program}\n\tsmudge = {program}\n[core]\n\tfsmonitor = {program}\n')
    (inner / "code.c").write_text("int y;\n")
    git(tree, "-c", "advice.addEmbeddedRepo=false", "add", "vendor/lib")


def pointed(tree: Path, program: Path) -> None:
    evil = tree / "evil"
    (tree / ".git").rename(evil)
    with (evil / "config").open("a") as file:
        file.write(f"[core]\n\tfsmonitor = {program}\n\tworktree = {tree}\n")
    (tree / ".git").write_text("gitdir: evil\n")


def linked(tree: Path, program: Path) -> None:
    config("[core]\n\tfsmonitor = {program}")(tree, program)
    (tree / ".git").rename(tree / "elsewhere")
    (tree / ".git").symlink_to("elsewhere")


POISONS = [
    Poison("hook", hook("pre-commit"), ("commit", "--allow-empty", "-qm", "x")),
    Poison("post-index-change", hook("post-index-change"), ("add", "-A")),
    Poison("reference-transaction", hook("reference-transaction"), ("commit", "--allow-empty", "-qm", "x")),
    Poison("hooksPath", config("[core]\n\thooksPath = {tree}/hooks", hooks_path), ("add", "-A")),
    Poison("fsmonitor", config("[core]\n\tfsmonitor = {program}"), ("status",)),
    Poison("filter", config('[filter "e"]\n\tclean = {program}', attributes("* filter=e")), ("add", "-A")),
    Poison("smudge", config('[filter "e"]\n\tsmudge = {program}', attributes("* filter=e")), ("checkout-index", "-fa")),
    Poison("process", config('[filter "e"]\n\tprocess = {program}', attributes("* filter=e")), ("add", "-A")),
    Poison("include", config("[include]\n\tpath = {tree}/more.cfg", included), ("status",)),
    Poison("external", config("[diff]\n\texternal = {program}"), ("diff", "HEAD")),
    Poison("textconv", config('[diff "e"]\n\ttextconv = {program}', attributes("* diff=e")), ("diff", "HEAD")),
    Poison("sshCommand", config("[core]\n\tsshCommand = {program}"), ("fetch", "ssh://example.org/x")),
    Poison("alias", config("[alias]\n\tgo = !{program}"), ("go",)),
    Poison("nested", nested, ("status",)),
    Poison("git file", pointed, ("status",)),
    Poison("git link", linked, ("status",)),
]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Write a program that leaves a canary wherever it runs."""
    made = tmp_path / "program"
    made.write_text(f"#!/bin/sh\ntouch {tmp_path}/canary 2>/dev/null\nexit 0\n")
    made.chmod(0o755)
    return made


def readable_here(bench: Bench) -> None:
    """Let plain git on the host read the agent's repository, whose objects lie elsewhere inside the sandbox."""
    objects = bench.workspace._parts.directory.objects
    (bench.workspace.tree / ".git/objects/info/alternates").write_text(f"{objects}\n")


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: poison.name)
async def test_plain_git_would_have_run_it(bench: Bench, tmp_path: Path, program: Path, poison: Poison) -> None:
    """The trap is real: plain git in the tree runs what was planted."""
    readable_here(bench)
    poison.plant(bench.workspace.tree, program)
    (bench.workspace.tree / "README.md").write_text("changed\n")
    subprocess.run(
        ["git", "-C", bench.workspace.tree, *poison.plain], env=ENVIRONMENT, capture_output=True, check=False
    )
    assert (tmp_path / "canary").exists()


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: poison.name)
async def test_nothing_of_it_runs_on_the_host(bench: Bench, tmp_path: Path, program: Path, poison: Poison) -> None:
    """A whole round of work over a poisoned tree, twice, leaves no canary."""
    workspace = bench.workspace
    for attempt in ("one", "two"):
        readable_here(bench)
        poison.plant(workspace.tree, program)
        (workspace.tree / "README.md").write_text("changed\n")
        made = await workspace.commit(parents=[bench.base], **SIGNED)
        assert made is not None
        assert all(mode != "160000" for mode in modes(await workspace.changes(bench.base, made)))
        assert "+changed" in await workspace.diff_text(bench.base, made, limit_bytes=1 << 20)
        await workspace.fetch("main")
        await workspace.export(made, tmp_path / attempt)
        assert not list((tmp_path / attempt).rglob(".git"))
        await workspace.push(f"tamma/{attempt}", made, expected=None)
        await workspace.checkout(made)
        await workspace.checkout(bench.base)
    assert not (tmp_path / "canary").exists()


def modes(changes: object) -> list[str]:
    return [change.new_mode for change in changes.changes]  # type: ignore[attr-defined] # a ChangeSet


async def test_a_nested_repository_becomes_plain_files(bench: Bench, program: Path) -> None:
    """Its files are committed as files, its repository and every gitlink are gone."""
    readable_here(bench)
    nested(bench.workspace.tree, program)
    (bench.workspace.tree / "bare.git/objects").mkdir(parents=True)
    (bench.workspace.tree / "bare.git/refs").mkdir()
    (bench.workspace.tree / "bare.git/HEAD").write_text("ref: refs/heads/main\n")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    added = set(await bench.workspace.list_files(made)) - set(await bench.workspace.list_files(bench.base))
    assert added == {"vendor/lib/code.c", "vendor/lib/.gitattributes", "bare.git/HEAD"}


async def test_a_gitlink_is_refused_however_it_came(bench: Bench) -> None:
    """Should an index ever hold a new submodule, no commit is made of it."""
    directory = bench.workspace._parts.directory
    index = ["--index-info"]
    line = f"160000 {'1' * 40}\tsub\n".encode()
    subprocess.run(
        ["git", f"--git-dir={directory.git}", "update-index", *index],
        env={**ENVIRONMENT, "GIT_INDEX_FILE": str(directory.index / "index")},
        input=line,
        check=True,
    )
    (bench.workspace.tree / "sub").mkdir()
    with pytest.raises(InvalidInput, match="sub"):
        await bench.workspace.commit(parents=[bench.base], **SIGNED)


async def test_a_submodule_of_the_base_stays_as_it_was(bench: Bench) -> None:
    """A base with a submodule can be worked on; nothing is fetched for it and its entry is kept."""
    line = f"160000 {'1' * 40}\tsub\n".encode()
    git(bench.origin.seed, "update-index", "--index-info", stdin=line)
    (bench.origin.seed / "sub").mkdir()
    (bench.origin.seed / ".gitmodules").write_text('[submodule "sub"]\n\tpath = sub\n\turl = https://example.org/x\n')
    git(bench.origin.seed, "add", ".gitmodules")
    git(bench.origin.seed, "commit", "-qm", "sub")
    git(bench.origin.seed, "push", "-q", str(bench.origin.path), "HEAD:refs/heads/main")
    base = await bench.workspace.fetch("main")
    await bench.workspace.checkout(base)
    (bench.workspace.tree / "sub/inside").write_text("x")
    (bench.workspace.tree / "a").write_text("a")
    made = await bench.workspace.commit(parents=[base], **SIGNED)
    assert made is not None
    assert [change.path for change in (await bench.workspace.changes(base, made)).changes] == ["a"]


async def test_attributes_neither_change_nor_hide_anything(bench: Bench, tmp_path: Path) -> None:
    """Bytes go in and out as they are, and the difference shows what attributes call binary."""
    rules = (
        "* text eol=crlf ident\n*.py -diff\n*.u16 working-tree-encoding=UTF-16\n[attr]diff -text\n"
        "*.txt binary\n*.md filter=missing export-ignore\n"
    )
    files = {
        ".gitattributes": rules.encode(),
        "a.py": b"# $Id$\r\nx\n",
        "b.u16": b"\xff\xfeh\0i\0",
        "c.md": b"one\r\n",
        "d.txt": b"$Id: old $\n",
    }
    for name, content in files.items():
        (bench.workspace.tree / name).write_bytes(content)
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    await bench.workspace.export(made, tmp_path / "out")
    await bench.workspace.checkout(bench.base)
    await bench.workspace.checkout(made)
    for name, content in files.items():
        assert await bench.workspace.read_file(made, name, 1000) == content
        assert (tmp_path / "out" / name).read_bytes() == content
        assert (bench.workspace.tree / name).read_bytes() == content
    text = await bench.workspace.diff_text(bench.base, made, limit_bytes=1 << 20)
    assert "+# $Id$" in text
    assert "+$Id: old $" in text
    assert text.count("Binary files") == 1


async def test_ignored_files_stay_out_even_by_the_agents_own_rule(bench: Bench) -> None:
    """What the tree's rules ignore is not committed; a tracked file that they name still is."""
    (bench.workspace.tree / ".gitignore").write_text("conftest.py\nREADME.md\n")
    (bench.workspace.tree / "conftest.py").write_text("import sys\n")
    (bench.workspace.tree / "README.md").write_text("changed\n")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    assert {change.path for change in (await bench.workspace.changes(bench.base, made)).changes} == {
        ".gitignore",
        "README.md",
    }
