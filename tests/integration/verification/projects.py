"""Keep small projects as trees by commit name, and export them as a workspace does."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tamma_core.domain.ids import Sha
from tamma_core.verification.runner import Verifier

BASE, HEAD = Sha("b" * 40), Sha("a" * 40)


class Project:
    """Hold a base and a change of it on disk."""

    def __init__(self, root: Path, verifier: Verifier) -> None:
        self.root = root
        self.verifier = verifier

    def commit(self, sha: Sha, files: Mapping[str, str]) -> None:
        """Write the whole tree of a commit."""
        for name, text in files.items():
            place = self.root / sha / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)


def exporter(root: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Answer what writes a commit's files into a folder."""

    async def export(sha: Sha, place: Path) -> None:
        shutil.copytree(root / sha, place, dirs_exist_ok=True, symlinks=True)

    return export
