"""Git between a repository of the user's and a bare one of ours, the desk, in which merges are made.

Nothing is ever run on the user's git directory but what serves a fetch or a push: its hooks decide about a push
as those of a server would. The desk borrows the objects of a local directory instead of copying them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tamma_core.domain.errors import HeadMoved, PermissionDenied, TammaError
from tamma_core.domain.ids import Sha
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import Address
from tamma_core.workspace.askpass import answering, write_program
from tamma_core.workspace.branches import head_ref
from tamma_core.workspace.failures import clean, remote_failure
from tamma_core.workspace.git import Git, GitOptions, GitResult

TRANSFER_S = 3600.0
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOVED = re.compile(r"stale info|fetch first|non-fast-forward|cannot lock ref|incorrect old value|reference already")
_FOUND_NOTHING = frozenset({0, 1, 128})
_UPDATING = "git -c receive.denyCurrentBranch=updateInstead receive-pack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Hold where the branches of the repository are, and its default branch."""

    default: str | None
    branches: Mapping[str, Sha]


class Target:
    """Fetch from, ask and push to one repository, by way of the desk."""

    def __init__(self, git: Git, remote: GitRemote, address: Address, directory: Path) -> None:
        self._git = git
        self._remote = remote
        self._address = address
        self._askpass = directory / "askpass"
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

    async def heads(self) -> Heads:
        """Ask where all branches are."""
        await self.prepare()
        result = await self._talk("ls-remote", "--symref", "--", self._address.url, "HEAD", "refs/heads/*")
        self._check(result, "asking for the branches")
        default: str | None = None
        branches: dict[str, Sha] = {}
        for line in result.out.decode(errors="replace").splitlines():
            what, _, name = line.partition("\t")
            if name == "HEAD" and what.startswith("ref: refs/heads/"):
                default = what.removeprefix("ref: refs/heads/")
            elif name.startswith("refs/heads/"):
                branches[name.removeprefix("refs/heads/")] = Sha(what)
        return Heads(default=default, branches=branches)

    async def sync(self) -> None:
        """Bring all branches onto the desk."""
        await self.prepare()
        result = await self._talk(
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
        )
        self._check(result, "fetching the branches")

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
        ref = head_ref(branch)
        command = ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-recurse-submodules"]
        if update_tree and self._address.scheme == "file":
            command.append(f"--receive-pack={_UPDATING}")
        lease = f"--force-with-lease={ref}:{expected or ''}"
        result = await self._talk(*command, lease, "--", self._address.url, f"{sha or ''}:{ref}")
        if result.code:
            raise self._rejection(result, branch)

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
        place = Path(self._address.url.removeprefix("file://"))
        return next((path for path in (place / ".git" / "objects", place / "objects") if path.is_dir()), None)

    def _rejection(self, result: GitResult, branch: str) -> TammaError:
        lines = result.out.decode(errors="replace").splitlines()
        reason = self._safe(clean(next((line.rpartition("\t")[2] for line in lines if line.startswith("!\t")), "")))
        if _MOVED.search(reason):
            return HeadMoved(f"`{branch}` is not where it was expected: {reason}", hint="read the branch again")
        if "remote rejected" in reason:
            return PermissionDenied(
                f"the repository declined the push to `{branch}`: {reason}",
                hint="commit or stash what is changed in its work tree, or look at its hooks",
            )
        return remote_failure(f"pushing `{branch}`", self._safe(f"{reason} {result.messages}".strip()))

    def _check(self, result: GitResult, what: str) -> None:
        if result.code:
            raise remote_failure(what, self._safe(result.messages))

    def _safe(self, messages: str) -> str:
        secret = self._remote.secret.get_secret_value() if self._remote.secret else ""
        return messages.replace(secret, "***") if secret else messages

    async def _talk(self, *arguments: str) -> GitResult:
        write_program(self._askpass)
        with answering(self._remote, self._address, self._askpass) as answers:
            options = GitOptions(
                time_s=TRANSFER_S,
                environment={**answers.environment, "GIT_ALLOW_PROTOCOL": self._address.scheme},
                keep_fds=answers.fds,
            )
            return await self._git.attempt(self.desk, *arguments, options=options)
