"""One conversation of git with a remote: the secret is handed over once, and no answer repeats it."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from tamma_core.domain.errors import HeadMoved, PermissionDenied, TammaError, Unavailable
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import Address
from tamma_core.workspace.askpass import answering, write_program
from tamma_core.workspace.branches import head_ref
from tamma_core.workspace.failures import clean, remote_failure
from tamma_core.workspace.git import Git, GitOptions, GitResult

_MOVED = re.compile(
    r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to (?:lock|update ref)|incorrect old value"
    r"|reference already|already exists|unable to create '[^']*\.lock'",
    re.IGNORECASE,
)
_DECLINED = re.compile(r"remote rejected|declined|protected|denied|prohibited")


class RemoteHeads(Record, frozen=True, kw_only=True):
    """Hold where branches of the remote are, and which one is its default."""

    default: str | None
    heads: Mapping[str, Sha]


class Push(Record, frozen=True, kw_only=True):
    """Say how a branch is to move: from exactly `expected` to `sha`; none stands for no branch.

    `receive` is the program that takes the push, where it is not the remote's own; `declined_hint` says what to
    look at when the remote refuses.
    """

    branch: str
    sha: Sha | None
    expected: Sha | None
    receive: str = ""
    declined_hint: str


class Conversation(Record, frozen=True):
    """Talk to one repository; redirects are not followed, other protocols not spoken."""

    git: Git
    remote: GitRemote
    address: Address
    askpass: Path

    async def heads(self, git_dir: Path, wanted: str, *, what: str, time_s: float) -> RemoteHeads:
        """Look where the branches of a pattern are, and which branch is the default; raise `Unavailable` if there is nothing."""
        ask = ("ls-remote", "--symref", "--", self.address.url)
        result = await self.talk(git_dir, *ask, "HEAD", wanted, time_s=time_s)
        self.check(result, what)
        if not result.out and self.address.scheme != "file":
            # Git takes a page of one line, as from a proxy, for a repository without a branch.
            everything = await self.talk(git_dir, *ask, time_s=time_s)
            self.check(everything, what)
            if not everything.out:
                raise Unavailable(
                    f"{what}: the remote shows nothing", hint="it is empty, or something else answers there"
                )
        default: str | None = None
        heads: dict[str, Sha] = {}
        for line in result.out.decode(errors="replace").splitlines():
            said, _, name = line.partition("\t")
            if name == "HEAD" and said.startswith("ref: refs/heads/"):
                default = said.removeprefix("ref: refs/heads/")
            elif name.startswith("refs/heads/"):
                heads[name.removeprefix("refs/heads/")] = Sha(said)
        return RemoteHeads(default=default, heads=heads)

    async def push(self, git_dir: Path, push: Push, *, time_s: float) -> None:
        """Move a branch, or raise `HeadMoved`, `PermissionDenied` or what else git's refusal means."""
        ref = head_ref(push.branch)
        command = ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-recurse-submodules"]
        if push.receive:
            command.append(f"--receive-pack={push.receive}")
        lease, refspec = f"--force-with-lease={ref}:{push.expected or ''}", f"{push.sha or ''}:{ref}"
        result = await self.talk(git_dir, *command, lease, "--", self.address.url, refspec, time_s=time_s)
        if result.code:
            raise self._rejection(result, push)

    def check(self, result: GitResult, what: str, *, refused: bool = False) -> None:
        """Raise what git's failure means; `refused` tells of one that its code does not tell."""
        if result.code or refused:
            raise remote_failure(what, self._safe(result.messages), local=self.address.scheme == "file")

    async def talk(self, git_dir: Path, *arguments: str, time_s: float, keep_fds: tuple[int, ...] = ()) -> GitResult:
        """Run a command that reaches the remote."""
        write_program(self.askpass)
        with answering(self.remote, self.address, self.askpass) as answers:
            options = GitOptions(
                time_s=time_s,
                environment={**answers.environment, "GIT_ALLOW_PROTOCOL": self.address.scheme},
                keep_fds=(*answers.fds, *keep_fds),
            )
            return await self.git.attempt(git_dir, *arguments, options=options)

    def _rejection(self, result: GitResult, push: Push) -> TammaError:
        branch = push.branch
        lines = result.out.decode(errors="replace").splitlines()
        reason = self._safe(next((line.rpartition("\t")[2] for line in lines if line.startswith("!\t")), ""))
        if _MOVED.search(reason):
            return HeadMoved(f"`{branch}` is not where it was expected: {reason}", hint="read the branch again")
        if _DECLINED.search(reason):
            told = self._safe(f"{reason}; {result.messages}")
            return PermissionDenied(f"the remote declined the push to `{branch}`: {told}", hint=push.declined_hint)
        return remote_failure(f"pushing `{branch}`", self._safe(f"{reason} {result.messages}".strip()))

    def _safe(self, messages: str) -> str:
        secret = self.remote.secret.get_secret_value() if self.remote.secret else ""
        basic = base64.b64encode(f"{self.remote.username}:{secret}".encode()).decode()
        for spelling in (basic, secret, quote(secret), quote(secret, safe="")) if secret else ():
            messages = messages.replace(spelling, "***")
        return clean(messages)
