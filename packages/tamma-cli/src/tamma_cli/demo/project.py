"""Make the project of the demonstration: files, and a history with fixed dates."""

import asyncio
import os
import shutil
from importlib.resources import as_file, files
from pathlib import Path

from tamma_core.domain.errors import Unsupported

_AUTHOR, _EMAIL = "Fairshare", "fairshare@example.com"
_HISTORY = (
    (
        "2026-01-12T09:00:00+00:00",
        "Read and write amounts",
        ("README.md", "fairshare/__init__.py", "fairshare/money.py", "tests/__init__.py", "tests/test_money.py"),
    ),
    ("2026-01-13T10:30:00+00:00", "Split a bill", ("fairshare/split.py", "tests/test_split.py")),
)


async def make_project(folder: Path) -> tuple[Path, Path]:
    """Answer the repository and the file of the issue, both made in a folder."""
    repository, issue = folder / "fairshare", folder / "issue.md"
    with as_file(files("tamma_cli.demo").joinpath("data")) as data:
        shutil.copyfile(data / "issue.md", issue)
        await git(folder, "init", "--quiet", "--template=", "--initial-branch=main", str(repository))
        for date, message, names in _HISTORY:
            for name in names:
                (repository / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(data / "project" / name, repository / name)
            await git(repository, "add", "--", *names)
            await git(repository, "commit", "--quiet", "--no-verify", "-m", message, date=date)
    return repository, issue


async def git(folder: Path, *arguments: str, date: str = "") -> str:
    """Run git as nobody in particular: without the settings of this machine and of whoever runs it."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": _AUTHOR,
        "GIT_AUTHOR_EMAIL": _EMAIL,
        "GIT_COMMITTER_NAME": _AUTHOR,
        "GIT_COMMITTER_EMAIL": _EMAIL,
        **({"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}),
    }
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError as error:
        raise Unsupported("git is not installed on this machine", hint="install git 2.38 or newer") from error
    out, complaint = await process.communicate()
    if process.returncode:
        raise Unsupported(f"`git {arguments[0]}` failed: {complaint.decode(errors='replace').strip()}")
    return out.decode(errors="replace")
