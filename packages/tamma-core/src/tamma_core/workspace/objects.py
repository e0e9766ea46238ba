"""Questions to a git directory about commits, trees and blobs; no tree of files is looked at."""

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from tamma_core.domain.change import ChangeSet, FileChange
from tamma_core.domain.errors import NotFound
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.workspace.failures import is_overgrown, overgrown
from tamma_core.workspace.git import Git, GitOptions
from tamma_core.workspace.raw_diff import blobs_of, parse_raw, with_sizes

GITLINK = "160000"
_RENAMES = ("--find-renames=60%", "-l1000")
_LARGEST_PACK = 64 << 20
_NO_PROGRAMS = ("--no-ext-diff", "--no-textconv", "--no-color")


class Entry(Record, frozen=True):
    """Hold one line of a tree."""

    mode: str
    sha: Sha
    path: str


class TreeBounds(Record, frozen=True, kw_only=True):
    """Bound what one commit may unfold to on disk."""

    files: int = 500_000
    size_bytes: int = 8 << 30


_BOUNDS = TreeBounds()


class Objects:
    """Read what git holds, at commits given by name."""

    def __init__(self, git: Git, git_dir: Path, bounds: TreeBounds = _BOUNDS) -> None:
        self._git = git
        self._git_dir = git_dir
        self._bounds = bounds
        self._bounded: set[Sha] = set()

    async def commit(self, sha: Sha) -> Sha:
        """Make sure that a commit is here; raise `NotFound`."""
        return await self._resolve(f"{sha}^{{commit}}", f"the commit {sha}")

    async def tree(self, sha: Sha) -> Sha:
        """Answer the tree of a commit, or of itself; raise `NotFound`."""
        return await self._resolve(f"{sha}^{{tree}}", f"the tree of {sha}")

    async def bounded_tree(self, sha: Sha) -> Sha:
        """Answer the tree of a commit, or of itself, that may be written out; raise `InvalidInput` for one too large.

        Trees can name one another often enough for a few bytes to stand for more files than a disk can hold.
        """
        tree = await self.tree(sha)
        if tree not in self._bounded:
            longest = len(f"{self._bounds.size_bytes}\n")
            options = GitOptions(limit_bytes=self._bounds.files * longest, may_cut=True)
            listed = await self._git.run(
                self._git_dir, "ls-tree", "-r", "--format=%(objectsize)", tree, options=options
            )
            sizes = listed.out.split()
            if listed.cut or len(sizes) > self._bounds.files:
                raise overgrown(f"{sha} holds more than {self._bounds.files} files")
            if sum(int(size) for size in sizes if size != b"-") > self._bounds.size_bytes:
                raise overgrown(f"the files of {sha} take more than {self._bounds.size_bytes >> 20} MiB")
            self._bounded.add(tree)
        return tree

    async def entries(self, sha: Sha) -> Sequence[Entry]:
        """List all that a commit holds, sorted as git sorts."""
        result = await self._git.run(self._git_dir, "ls-tree", "-r", "-z", "--full-tree", await self.tree(sha))
        lines = (line.partition("\t") for line in os.fsdecode(result.out).split("\0") if line)
        return [Entry(head.split(" ")[0], Sha(head.split(" ")[2]), path) for head, _, path in lines]

    async def paths(self, sha: Sha) -> Sequence[str]:
        """List the paths of all that a commit holds, sorted as git sorts."""
        command = ("ls-tree", "-r", "-z", "--full-tree", "--name-only")
        result = await self._git.run(self._git_dir, *command, await self.tree(sha))
        return os.fsdecode(result.out).split("\0")[:-1]

    async def raw_changes(self, base: Sha, head: Sha, *flags: str) -> Sequence[FileChange]:
        """Compare two trees by their entries, without sizes."""
        command = ("diff-tree", "-r", "-z", "--raw", "--full-index", "--no-abbrev", "--ignore-submodules=none")
        return parse_raw((await self._git.run(self._git_dir, *command, *flags, base, head)).out)

    async def changes(self, base: Sha, head: Sha) -> ChangeSet:
        """Compare two commits by their blobs; attributes have no say."""
        changes = await self.raw_changes(await self.tree(base), await self.tree(head), *_RENAMES)
        names = "".join(f"{blob}\n" for blob in blobs_of(changes))
        sizes = b""
        if names:
            options = GitOptions(stdin=names.encode())
            found = await self._git.run(
                self._git_dir, "cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", options=options
            )
            sizes = found.out
        return ChangeSet(
            base=base,
            head=head,
            changes=with_sizes(changes, sizes),
            read=self.read_blob,
            base_paths=lambda: self.paths(base),
        )

    async def diff_text(self, base: Sha, head: Sha, *, limit_bytes: int) -> str:
        """Show the difference as text, cut at whole lines; what is binary is seen from content."""
        result = await self._git.run(
            self._git_dir,
            *("diff-tree", "-r", "--patch", "--full-index", *_NO_PROGRAMS, *_RENAMES),
            *("--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none"),
            *(await self.tree(base), await self.tree(head)),
            options=GitOptions(limit_bytes=limit_bytes, may_cut=True),
        )
        if not result.cut:
            return result.out.decode(errors="replace")
        whole = result.out[: result.out.rfind(b"\n") + 1]
        return f"{whole.decode(errors='replace')}[the difference goes on; {limit_bytes} bytes of it were asked for]\n"

    async def read_blob(self, sha: Sha, limit: int) -> bytes:
        """Answer a blob, at most `limit` bytes of it; raise `NotFound`."""
        options = GitOptions(limit_bytes=limit, may_cut=True)
        result = await self._git.attempt(self._git_dir, "cat-file", "blob", sha, options=options)
        if result.code and not result.cut:
            raise (
                overgrown(f"the blob {sha} unfolds too far")
                if is_overgrown(result.messages)
                else NotFound(f"there is no blob {sha}")
            )
        return result.out

    async def read_file(self, sha: Sha, path: str, limit: int) -> bytes | None:
        """Answer a file at a commit, at most `limit` bytes, or none; links are followed within the commit only."""
        if not path or path.startswith(("./", "../")) or "\0" in path:
            return None
        options = GitOptions(stdin=os.fsencode(f"{await self.tree(sha)}:{path}\0"))
        command = ("cat-file", "--batch-check=%(objectname) %(objecttype)", "--follow-symlinks", "-z")
        found = (await self._git.run(self._git_dir, *command, options=options)).out.decode(errors="replace")
        blob, _, kind = found.partition("\n")[0].partition(" ")
        return await self.read_blob(Sha(blob), limit) if kind == "blob" else None

    async def contains(self, head: Sha, base: Sha) -> bool:
        """Tell whether a commit has another in its history, or is it."""
        options = GitOptions(accept=frozenset({0, 1}))
        return (
            await self._git.run(self._git_dir, "merge-base", "--is-ancestor", base, head, options=options)
        ).code == 0

    async def parents(self, sha: Sha) -> tuple[Sha, ...]:
        """List the parents of a commit, the first one first."""
        found = await self._git.run(self._git_dir, "rev-parse", f"{await self.commit(sha)}^@")
        return tuple(Sha(line) for line in found.out.decode().split())

    async def first_parents(self, tip: Sha, since: Sha | None, limit: int) -> tuple[Sha, ...]:
        """List the first parents of `tip`, after `since` if given, the newest first and `tip` itself included."""
        bounds = ("--first-parent", f"--max-count={limit}", tip, *([f"^{since}"] if since else []))
        found = await self._git.run(self._git_dir, "rev-list", *bounds)
        return tuple(Sha(line) for line in found.out.decode().split())

    async def merge_base(self, one: Sha, other: Sha) -> Sha | None:
        """Answer the best common ancestor, or none."""
        options = GitOptions(accept=frozenset({0, 1}))
        found = (await self._git.run(self._git_dir, "merge-base", one, other, options=options)).out.decode().split()
        return Sha(found[0]) if found else None

    async def added(self, sha: Sha, parents: Sequence[Sha]) -> tuple[bytes, bytes]:
        """Answer what a commit adds to its parents: the names, one a line, and all contents as git unfolds them.

        Both are empty where they are large.
        """
        bounds = (sha, *(f"^{parent}" for parent in parents))
        options = GitOptions(limit_bytes=_LARGEST_PACK, may_cut=True)
        names = await self._git.run(
            self._git_dir, "rev-list", "--objects", "--no-object-names", *bounds, options=options
        )
        if names.cut or not names.out:
            return b"", b""
        options = replace(options, stdin=names.out)
        contents = await self._git.run(self._git_dir, "cat-file", "--batch", "--buffer", options=options)
        return (b"", b"") if contents.cut else (names.out, contents.out)

    async def pack(self, names: bytes) -> bytes:
        """Pack just these objects, one name a line; empty if large."""
        options = GitOptions(stdin=names, limit_bytes=_LARGEST_PACK, may_cut=True)
        result = await self._git.run(self._git_dir, "pack-objects", "--stdout", "-q", options=options)
        return b"" if result.cut else result.out

    async def take_in(self, pack: bytes) -> None:
        """Take the objects of a pack."""
        await self._git.run(self._git_dir, "index-pack", "--stdin", "--fix-thin", options=GitOptions(stdin=pack))

    async def _resolve(self, name: str, what: str) -> Sha:
        found = await self._git.attempt(self._git_dir, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
        if found.code:
            raise NotFound(f"{what} is not in the task's repository", hint="fetch the branch that holds it")
        return Sha(found.out.decode().split()[-1])
