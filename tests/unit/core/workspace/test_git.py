"""The git program as a child of ours."""

import asyncio
import sys
from pathlib import Path

import pytest
from tamma_core.domain.errors import Defect, InvalidInput, Unavailable, Unsupported
from tamma_core.workspace.git import Git, GitBounds, GitOptions


def program(path: Path, script: str, bounds: GitBounds | None = None) -> Git:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Git(environment={}, program=str(path), bounds=bounds or GitBounds())


@pytest.mark.parametrize("version", ["git version 2.37.9", "git version 1.99", "what?"])
async def test_an_old_git_is_refused(tmp_path: Path, version: str) -> None:
    """A git without what we need is told at once, not by a strange failure later."""
    with pytest.raises(Unsupported, match="too old"):
        await program(tmp_path / "git", f"echo '{version}'").check_version()


@pytest.mark.parametrize("version", ["git version 2.38.0", "git version 2.50.1 (Apple Git-155)", "git version 3.0"])
async def test_a_new_git_is_taken(tmp_path: Path, version: str) -> None:
    """Vendors' additions do not matter."""
    await program(tmp_path / "git", f"echo '{version}'").check_version()


async def test_a_missing_git_is_told(tmp_path: Path) -> None:
    """A machine without git gets an error with what to install."""
    with pytest.raises(Unsupported) as caught:
        await Git(environment={}, program=str(tmp_path / "none")).check_version()
    assert "install git" in caught.value.hint


async def test_a_long_answer_is_cut_and_the_program_ended(tmp_path: Path) -> None:
    """An endless answer costs no more memory than was allowed."""
    git = program(tmp_path / "git", "yes")
    result = await git.run(tmp_path, "log", options=GitOptions(limit_bytes=100_000, may_cut=True))
    assert result.cut
    assert len(result.out) == 100_000


async def test_a_long_answer_is_refused_where_half_of_it_would_mislead(tmp_path: Path) -> None:
    """Nobody goes on with the beginning of a list that he takes for the whole."""
    with pytest.raises(InvalidInput, match="more than"):
        await program(tmp_path / "git", "yes").run(tmp_path, "ls-tree", options=GitOptions(limit_bytes=100_000))


@pytest.mark.parametrize(
    ("greed", "said"),
    [
        ("bytearray(200 << 20)", "MemoryError"),
        ("open('out', 'wb').write(bytes(2 << 20))", "File too large"),
        ("subprocess.run([sys.executable, '-c', 'bytearray(200 << 20)'], check=True)", "MemoryError"),
    ],
)
async def test_memory_and_files_are_bounded(tmp_path: Path, greed: str, said: str) -> None:
    """The bounds hold from the first instruction on, for the children of git too."""
    script = f'cd {tmp_path} && exec {sys.executable} -c "import subprocess, sys; {greed}"'
    bounded = program(tmp_path / "git", script, GitBounds(memory_bytes=100 << 20, file_bytes=1 << 20))
    result = await bounded.attempt(tmp_path, "log")
    assert result.code
    assert said in result.messages


@pytest.mark.parametrize("end", ["echo 'fatal: Out of memory, malloc failed' >&2; exit 128", "kill -SEGV $$"])
async def test_a_repository_that_asks_too_much_is_refused(tmp_path: Path, end: str) -> None:
    """What outgrows git is the repository's fault, not a defect of the directory: going on would not help."""
    with pytest.raises(InvalidInput) as caught:
        await program(tmp_path / "git", end).run(tmp_path, "log")
    assert "unfolds" in caught.value.hint


async def test_the_end_of_a_cut_answer_is_seen(tmp_path: Path) -> None:
    """What nobody reads any more, and asyncio has stopped to read, does not keep the end of the program from us."""
    much = "import fcntl, os; fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20); os.write(1, bytes(900_000))"
    git = program(tmp_path / "git", f"exec {sys.executable} -c '{much}'")
    result = await git.run(tmp_path, "log", options=GitOptions(limit_bytes=1, may_cut=True, time_s=10))
    assert result.cut


async def test_endless_messages_are_drained(tmp_path: Path) -> None:
    """A flood of complaints neither blocks nor fills memory, and ends with a whole line."""
    git = program(tmp_path / "git", "i=0; while [ $i -lt 40000 ]; do echo complaint >&2; i=$((i+1)); done; echo done")
    result = await git.attempt(tmp_path, "log")
    assert result.out == b"done\n"
    assert set(result.messages.split("\n")) == {"complaint", ""}
    assert len(result.messages) <= 1 << 16


async def test_children_die_with_the_time_limit(tmp_path: Path) -> None:
    """At the limit the whole process group ends."""
    git = program(tmp_path / "git", f"(sleep 60; touch {tmp_path}/late) & echo $! > {tmp_path}/pid; wait")
    async with asyncio.timeout(20):
        with pytest.raises(Unavailable):
            await git.run(tmp_path, "log", options=GitOptions(time_s=0.5))
    state = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


async def test_an_unexpected_code_is_a_defect(tmp_path: Path) -> None:
    """A failure in our own directory stops the task and shows git's words."""
    with pytest.raises(Defect, match="broken"):
        await program(tmp_path / "git", "echo broken >&2; exit 128").run(tmp_path, "log")
