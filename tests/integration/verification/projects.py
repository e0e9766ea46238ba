"""Keep small projects as trees by commit name, and give them as a workspace does."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
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


class Trees:
    """Give commits that are folders by their names, as a workspace gives those of a repository."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def export(self, sha: Sha, into: Path) -> None:
        """Write a commit's files into a folder."""
        shutil.copytree(self._root / sha, into, dirs_exist_ok=True, symlinks=True)

    async def changed_paths(self, base: Sha, head: Sha) -> Sequence[str]:
        """Name each path at which two commits differ."""
        old, new = (dict(_entries(self._root / sha)) for sha in (base, head))
        return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _entries(tree: Path) -> Iterator[tuple[str, tuple[str, bytes]]]:
    for place in tree.rglob("*"):
        name = str(place.relative_to(tree))
        if place.is_symlink():
            yield name, ("link", bytes(place.readlink()))
        elif place.is_file():
            yield name, (oct(place.stat().st_mode & 0o111), place.read_bytes())
