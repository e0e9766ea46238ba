"""Where a data directory keeps caches and tasks, on the host and inside the sandbox."""

import re
from pathlib import Path

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.ids import TaskId
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Mount

TREE_INSIDE = "/workspace"
_INSIDE = "/tamma"
_TASK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class DataDirectory(Record, frozen=True):
    """Name the parts of one data directory.

    With `own_paths` everything appears in the sandbox where it lies on the host, for a sandbox that cannot move it.
    """

    root: Path
    own_paths: bool = False

    @property
    def tasks(self) -> Path:
        """Answer where each task has a directory."""
        return self.root / "tasks"

    @property
    def trash(self) -> Path:
        """Answer where directories wait for their removal."""
        return self.root / "trash"

    @property
    def askpass(self) -> Path:
        """Answer the program that git asks for a password."""
        return self.root / "askpass"

    def task(self, task: TaskId, cache_key: str) -> "TaskDirectory":
        """Name the parts of a task's directory; raise `InvalidInput` for an id that cannot name one."""
        if not _TASK.fullmatch(task):
            raise InvalidInput(f"the task id {task!r} cannot name a directory")
        return TaskDirectory(self.tasks / task, self.root / "cache" / cache_key, own_paths=self.own_paths)


class TaskDirectory(Record, frozen=True):
    """Name the parts of one task's directory and the cache that it draws on.

    Inside, both keep their relative places, so that one alternates file serves both worlds.
    """

    path: Path
    cache: Path
    own_paths: bool

    @property
    def git(self) -> Path:
        """Answer the git directory; no agent can write it."""
        return self.path / "git"

    @property
    def objects(self) -> Path:
        """Answer the objects of the task's own commits."""
        return self.git / "objects"

    @property
    def index(self) -> Path:
        """Answer the directory of the index files."""
        return self.path / "index"

    @property
    def tree(self) -> Path:
        """Answer what the agent sees."""
        return self.path / "tree"

    @property
    def checked_out(self) -> Path:
        """Answer the file that names the commit that the tree was made from."""
        return self.path / "checked-out"

    @property
    def lock(self) -> Path:
        """Answer the lock of whoever changes this directory."""
        return self.path / "work.lock"

    @property
    def use(self) -> Path:
        """Answer the lock of everybody who has this directory open."""
        return self.path / "use.lock"

    @property
    def alternate(self) -> str:
        """Spell the way from the task's objects to the cache's."""
        return f"../../../../cache/{self.cache.name}/objects\n"

    @property
    def git_inside(self) -> str:
        """Answer the git directory's place in the sandbox."""
        return self._inside(self.git)

    @property
    def index_inside(self) -> str:
        """Answer the place of the index files in the sandbox."""
        return self._inside(self.index)

    def tree_inside(self, tree: Path) -> str:
        """Answer where a tree appears in the sandbox: the agent's and the exported ones at the same place."""
        return str(tree) if self.own_paths else TREE_INSIDE

    def history(self) -> tuple[Mount, ...]:
        """Mount all objects to read: what the disposable repositories draw on."""
        return (self._mount(self.objects), self._mount(self.cache / "objects"))

    def staging(self) -> tuple[Mount, ...]:
        """Mount what git needs to take a tree in: settings to read, objects and index to write."""
        return (
            self._mount(self.git),
            self._mount(self.objects, writable=True),
            self._mount(self.index, writable=True),
            self._mount(self.cache / "objects"),
        )

    def _mount(self, path: Path, *, writable: bool = False) -> Mount:
        return Mount(path, self._inside(path), writable=writable)

    def _inside(self, path: Path) -> str:
        return str(path) if self.own_paths else f"{_INSIDE}/{path.relative_to(self.path.parents[1])}"
