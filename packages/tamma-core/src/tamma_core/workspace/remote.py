"""What a workspace asks of its remote repository: the only part of it that knows a secret."""

from pathlib import Path

from tamma_core.domain.errors import HeadMoved, Unavailable
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import Address
from tamma_core.workspace.branches import head_ref
from tamma_core.workspace.conversation import Conversation, Push, RemoteHeads
from tamma_core.workspace.environment import MEMORY
from tamma_core.workspace.failures import remote_failure
from tamma_core.workspace.git import Git

_LOCAL = "git " + " ".join(f"-c {key}={value}" for key, value in MEMORY.items())

_SHALLOW = "shallow roots are not allowed"


class RemoteOptions(Record, frozen=True, kw_only=True):
    """Bound a conversation, in seconds."""

    transfer_s: float = 3600.0
    question_s: float = 120.0


class Remote:
    """Fetch from, ask and push to one repository."""

    def __init__(self, git: Git, remote: GitRemote, address: Address, askpass: Path, options: RemoteOptions) -> None:
        self._conversation = Conversation(git, remote, address, askpass)
        self._address = address
        self._options = options

    async def fetch(self, git_dir: Path, branch: str, into: str, *, keep_fds: tuple[int, ...]) -> None:
        """Bring one branch into a reference of a git directory; raise `NotFound` when there is none."""
        command = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc"]
        if self._address.scheme == "file":
            command.append(f"--upload-pack={_LOCAL} upload-pack")
        refspec = f"+{head_ref(branch)}:{into}"
        result = await self._conversation.talk(
            git_dir, *command, "--", self._address.url, refspec, time_s=self._options.transfer_s, keep_fds=keep_fds
        )
        if "couldn't find remote ref" in result.messages:
            if branch in (await self.ask(git_dir, branch)).heads:
                raise Unavailable(f"fetching `{branch}`: the remote did not show it, and now does", hint="try again")
            raise remote_failure(f"no branch `{branch}`", "repository branch not found")
        # Git leaves the branch of a shallow clone out, and calls that a success.
        self._conversation.check(result, f"fetching `{branch}`", refused=_SHALLOW in result.messages)

    async def ask(self, git_dir: Path, branch: str) -> RemoteHeads:
        """Look where a branch is, and which branch is the default."""
        return await self._conversation.heads(
            git_dir, head_ref(branch), what=f"asking for `{branch}`", time_s=self._options.question_s
        )

    async def push(self, git_dir: Path, branch: str, sha: Sha | None, expected: Sha | None) -> None:
        """Move a branch from exactly `expected` to `sha`, or remove it; a branch that is there already is no error.

        Raise `HeadMoved` with where the branch is now, and `Unavailable` when the remote refused although nothing moved.
        """
        push = Push(
            branch=branch,
            sha=sha,
            expected=expected,
            receive=f"{_LOCAL} receive-pack" if self._address.scheme == "file" else "",
            declined_hint="look at the branch's protection and the hooks of the remote",
        )
        try:
            await self._conversation.push(git_dir, push, time_s=self._options.transfer_s)
        except HeadMoved as error:
            # What moved it may be our own push, sent by a process that died, or still being taken in.
            actual = (await self.ask(git_dir, branch)).heads.get(branch)
            if actual == sha:
                return
            if actual == expected:
                raise Unavailable(f"`{branch}` could not be moved: {error.message}", hint="try again") from error
            error.actual = actual or ""
            raise
