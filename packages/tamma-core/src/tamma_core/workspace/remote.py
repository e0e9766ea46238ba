"""Conversations of git with a remote repository: the only ones that know a secret."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tamma_core.domain.errors import HeadMoved, PermissionDenied, TammaError
from tamma_core.domain.ids import Sha
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import Address
from tamma_core.workspace.askpass import answering, write_program
from tamma_core.workspace.branches import head_ref
from tamma_core.workspace.environment import MEMORY
from tamma_core.workspace.failures import clean, remote_failure
from tamma_core.workspace.git import Git, GitOptions, GitResult

_LOCAL = "git " + " ".join(f"-c {key}={value}" for key, value in MEMORY.items())
_MOVED = re.compile(r"stale info|fetch first|non-fast-forward|cannot lock ref|incorrect old value|reference already")
_DECLINED = re.compile(r"remote rejected|declined|protected|denied|prohibited")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOptions:
    """Bound a conversation, in seconds."""

    transfer_s: float = 3600.0
    question_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteHeads:
    """Hold where branches of the remote are, and which one is its default."""

    default: str | None
    heads: Mapping[str, Sha]


class Remote:
    """Fetch from, ask and push to one repository; redirects are not followed, other protocols not spoken."""

    def __init__(self, git: Git, remote: GitRemote, address: Address, askpass: Path, options: RemoteOptions) -> None:
        self._git = git
        self._remote = remote
        self._address = address
        self._askpass = askpass
        self._options = options

    async def fetch(self, git_dir: Path, branch: str, into: str, *, keep_fds: tuple[int, ...]) -> None:
        """Bring one branch into a reference of a git directory; raise `NotFound` when there is none."""
        command = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc"]
        if self._address.scheme == "file":
            command.append(f"--upload-pack={_LOCAL} upload-pack")
        refspec = f"+{head_ref(branch)}:{into}"
        result = await self._talk(
            git_dir, *command, "--", self._address.url, refspec, time_s=self._options.transfer_s, keep_fds=keep_fds
        )
        if "couldn't find remote ref" in result.messages:
            raise remote_failure(f"no branch `{branch}`", "repository branch not found")
        self._check(result, f"fetching `{branch}`")

    async def ask(self, git_dir: Path, branch: str) -> RemoteHeads:
        """Look where a branch is, and which branch is the default."""
        wanted = head_ref(branch)
        result = await self._talk(
            git_dir, "ls-remote", "--symref", "--", self._address.url, "HEAD", wanted, time_s=self._options.question_s
        )
        self._check(result, f"asking for `{branch}`")
        default: str | None = None
        heads: dict[str, Sha] = {}
        for line in result.out.decode(errors="replace").splitlines():
            what, _, name = line.partition("\t")
            if name == "HEAD" and what.startswith("ref: "):
                default = what.removeprefix("ref: ").removeprefix("refs/heads/")
            elif name == wanted:
                heads[branch] = Sha(what)
        return RemoteHeads(default=default, heads=heads)

    async def push(self, git_dir: Path, branch: str, sha: Sha | None, expected: Sha | None) -> None:
        """Move a branch from exactly `expected` to `sha`, or remove it; a branch that is there already is no error."""
        ref = head_ref(branch)
        command = ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-recurse-submodules"]
        if self._address.scheme == "file":
            command.append(f"--receive-pack={_LOCAL} receive-pack")
        lease = f"--force-with-lease={ref}:{expected or ''}"
        refspec = f"{sha or ''}:{ref}"
        result = await self._talk(
            git_dir, *command, lease, "--", self._address.url, refspec, time_s=self._options.transfer_s
        )
        if result.code:
            raise self._rejection(result, branch)

    def _rejection(self, result: GitResult, branch: str) -> TammaError:
        lines = result.out.decode(errors="replace").splitlines()
        reason = self._safe(next((line.rpartition("\t")[2] for line in lines if line.startswith("!\t")), ""))
        if _MOVED.search(reason):
            return HeadMoved(f"`{branch}` is not where it was expected: {reason}", hint="read the branch again")
        if _DECLINED.search(reason):
            told = self._safe(f"{reason}; {result.messages}")
            return PermissionDenied(
                f"the remote declined the push to `{branch}`: {told}",
                hint="look at the branch's protection and the hooks of the remote",
            )
        return remote_failure(f"pushing `{branch}`", self._safe(f"{reason} {result.messages}".strip()))

    def _check(self, result: GitResult, what: str) -> None:
        if result.code:
            raise remote_failure(what, self._safe(result.messages))

    def _safe(self, messages: str) -> str:
        secret = self._remote.secret.get_secret_value() if self._remote.secret else ""
        basic = base64.b64encode(f"{self._remote.username}:{secret}".encode()).decode()
        for spelling in (basic, secret, quote(secret), quote(secret, safe="")) if secret else ():
            messages = messages.replace(spelling, "***")
        return clean(messages)

    async def _talk(self, git_dir: Path, *arguments: str, time_s: float, keep_fds: tuple[int, ...] = ()) -> GitResult:
        write_program(self._askpass)
        with answering(self._remote, self._address, self._askpass) as answers:
            options = GitOptions(
                time_s=time_s,
                environment={**answers.environment, "GIT_ALLOW_PROTOCOL": self._address.scheme},
                keep_fds=(*answers.fds, *keep_fds),
            )
            return await self._git.attempt(git_dir, *arguments, options=options)
