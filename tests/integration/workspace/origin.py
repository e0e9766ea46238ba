"""A real repository on disk that plays the remote, written with plain git."""

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from tamma_core.domain.ids import Sha

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Seed"), ("EMAIL", "seed@example.org"), ("DATE", "@1700000000 +0000"))
    },
}


class Signed(TypedDict):
    """Name who commits in these tests."""

    message: str
    authored_at: datetime
    author: str
    email: str


SIGNED = Signed(
    message="Change\n\nbody",
    authored_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    author="Bot",
    email="bot@example.org",
)


def git(directory: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run plain git as a person would."""
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments], env=ENVIRONMENT, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Origin:
    """Hold a bare repository and a seed tree that commits go through."""

    def __init__(self, path: Path, seed: Path) -> None:
        self.path = path
        self.seed = seed
        for directory, flags in ((path, ["--bare"]), (seed, [])):
            directory.mkdir()
            git(directory, "init", "-q", "-b", "main", *flags)

    def write(self, files: Mapping[str, bytes | None], branch: str = "main", start: str | None = None) -> Sha:
        """Commit files (none removes one) to a branch and push it."""
        if start is not None:
            git(self.seed, "checkout", "-q", "-B", branch, start)
        for name, content in files.items():
            path = self.seed / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        git(self.seed, "add", "-A")
        git(self.seed, "commit", "-qm", "seed")
        git(self.seed, "push", "-q", "--force", str(self.path), f"HEAD:refs/heads/{branch}")
        return Sha(git(self.seed, "rev-parse", "HEAD").decode().strip())

    def where(self, branch: str) -> str:
        """Answer where a branch is, or nothing."""
        return git(self.path, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").decode().strip()

    def tree(self, sha: str) -> list[str]:
        """List mode and path of each file of a pushed commit."""
        lines = git(self.path, "ls-tree", "-r", "-z", sha).decode(errors="surrogateescape").split("\0")
        return [f"{line[:6]} {line.partition(chr(9))[2]}" for line in lines if line]
