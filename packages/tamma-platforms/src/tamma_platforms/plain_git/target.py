"""Git between a repository of the user's and a bare one of ours, the desk, in which merges are made.

Nothing is ever run on the user's git directory but what serves a fetch or a push: its hooks decide about a push
as those of a server would. The desk borrows the objects of a local directory instead of copying them.
"""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tamma_core.domain.ids import Sha
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import Address
from tamma_core.workspace.conversation import Conversation, Push, RemoteHeads
from tamma_core.workspace.git import Git, GitOptions, GitResult

TRANSFER_S = 3600.0
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FOUND_NOTHING = frozenset({0, 1, 128})
_UPDATING = "git -c receive.denyCurrentBranch=updateInstead receive-pack"


class Target:
    """Fetch from, ask and push to one repository, by way of the desk."""

    def __init__(self, git: Git, remote: GitRemote, address: Address, directory: Path) -> None:
        self._git = git
        self._conversation = Conversation(git, remote, address, directory / "askpass")
        self._address = address
        self.desk = directory / "desk.git"

    async def prepare(self) -> None:
        """Make the desk; idempotent."""
        self.desk.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.desk / "HEAD").exists():
            await self._git.check_version()
            await self._git.make(self.desk)
        objects = self._borrowed_objects()
        if objects is not None:
            (self.desk / "objects" / "info").mkdir(parents=True, exist_ok=True)
            (self.desk / "objects" / "info" / "alternates").write_text(f"{objects}\n")

    async def heads(self) -> RemoteHeads:
        """Ask where all branches are."""
        await self.prepare()
        return await self._conversation.heads(
            self.desk, "refs/heads/*", what="asking for the branches", time_s=TRANSFER_S
        )

    async def sync(self) -> None:
        """Bring all branches onto the desk."""
        await self.prepare()
        result = await self._conversation.talk(
            self.desk,
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-auto-gc",
            "--",
            self._address.url,
            "+refs/heads/*:refs/remotes/origin/*",
            time_s=TRANSFER_S,
        )
        self._conversation.check(result, "fetching the branches")

    async def resolve(self, ref: str) -> Sha | None:
        """Answer the commit that a branch or a full name of a commit stands for on the desk, or none."""
        spelled = f"refs/remotes/origin/{ref}" if not _SHA.fullmatch(ref) else ref
        result = await self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{spelled}^{{commit}}")
        return Sha(result.out.decode().strip()) if result.code == 0 else None

    async def push(self, branch: str, sha: Sha | None, expected: Sha | None, *, update_tree: bool = False) -> None:
        """Move a branch from exactly `expected` to `sha`, or remove it.

        With `update_tree` a checked-out branch moves together with its work tree, and only if that is clean;
        without it, git refuses to move a checked-out branch. Errors: `HeadMoved`, `PermissionDenied`.
        """
        push = Push(
            branch=branch,
            sha=sha,
            expected=expected,
            receive=_UPDATING if update_tree and self._address.scheme == "file" else "",
            declined_hint="commit or stash what is changed in its work tree, or look at its hooks",
        )
        await self._conversation.push(self.desk, push, time_s=TRANSFER_S)

    async def ask(self, *arguments: str, options: GitOptions | None = None) -> GitResult:
        """Run a command on the desk that may find nothing."""
        wanted = options or GitOptions(accept=_FOUND_NOTHING)
        return await self._git.run(self.desk, *arguments, options=wanted)

    async def run(self, *arguments: str, options: GitOptions | None = None) -> bytes:
        """Run a command on the desk that must succeed."""
        return (await self._git.run(self.desk, *arguments, options=options or GitOptions())).out

    def _borrowed_objects(self) -> Path | None:
        if self._address.scheme != "file":
            return None
        place = Path(unquote(urlsplit(self._address.url).path))
        return next((path for path in (place / ".git" / "objects", place / "objects") if path.is_dir()), None)
