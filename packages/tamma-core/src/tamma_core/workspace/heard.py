"""A workspace within the hearing of a tape: what the remote and the agent's tree answer is recorded, the rest follows from it."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from tamma_core.domain.errors import NotFound
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.ports.tape import Incomplete, heard, replaying, rolling
from tamma_core.workspace.workspace import Workspace

_WITHHELD = "what it adds holds a secret, and was not kept"
_LARGE = "what it adds was too large to be kept"
_HINT = "a replay needs the data directory in which the task ran, with its cache of the repository"


class Committed(Record, frozen=True, kw_only=True):
    """Hold a commit and its new objects as a pack in base 64, or why they could not be kept."""

    sha: Sha | None
    pack: str = ""
    lacks: str = ""


class HeardWorkspace(Workspace):
    """Ask the remote and look at the tree once, and know it in a replay."""

    async def fetch(self, ref: str) -> Sha:
        """Fetch a branch of the remote into the shared cache; raise `NotFound`."""
        sha = await heard("git fetch", ref, partial(super().fetch, ref), Sha)
        if replaying():
            await self._expect(sha)
        return sha

    async def checked_out(self) -> Sha | None:
        """Answer the commit that the tree was made from; none before, and after a checkout that did not end."""
        return await heard("git tree", "", super().checked_out, Sha | None)

    async def checkout(self, sha: Sha, *, content: Sha | None = None) -> None:
        """Make the tree hold exactly a commit, or the given tree on top of it; a replay has no tree."""
        asked = f"{sha} {content or ''}".strip()
        await heard("git checkout", asked, partial(super().checkout, sha, content=content), None)

    async def commit(
        self, *, parents: Sequence[Sha], message: str, authored_at: datetime, author: str, email: str
    ) -> Sha | None:
        """Commit the tree as it is; none when nothing changed."""
        make = partial(
            super().commit, parents=parents, message=message, authored_at=authored_at, author=author, email=email
        )
        tape = rolling()
        if tape is None:
            return await make()
        asked = f"on {' '.join(parents)}\nby {author} <{email}> at {authored_at.isoformat()}\n\n{message}"
        mask = tape.mask_known
        made: Committed = await heard("git commit", asked, lambda: self._packed(make, parents, mask), Committed)
        if tape.replays and made.sha is not None:
            if made.pack:
                await self._objects.take_in(base64.b64decode(made.pack))
            await self._expect(made.sha, made.lacks)
        return made.sha

    async def push(self, branch: str, sha: Sha, *, expected: Sha | None, to_default: bool = False) -> None:
        """Move a branch of the remote from exactly `expected` to a commit."""
        push = partial(super().push, branch, sha, expected=expected, to_default=to_default)
        await heard("git push", f"{branch} from {expected} to {sha}", push, None)

    async def remote_branch(self, branch: str) -> Sha | None:
        """Look where a branch of the remote is now."""
        return await heard("git branch", branch, partial(super().remote_branch, branch), Sha | None)

    async def delete_remote_branch(self, branch: str, *, expected: Sha) -> None:
        """Remove a branch that is where it is expected; one that is gone is no error."""
        delete = partial(super().delete_remote_branch, branch, expected=expected)
        await heard("git delete", f"{branch} at {expected}", delete, None)

    async def _packed(
        self, make: Callable[[], Awaitable[Sha | None]], parents: Sequence[Sha], mask: Callable[[str], str]
    ) -> Committed:
        sha = await make()
        if sha is None:
            return Committed(sha=None)
        names, contents = await self._objects.added(sha, parents)
        # Not the pack: what is squeezed, cut into blocks or told by differences shows no secret.
        if await asyncio.to_thread(_holds_secret, contents, mask):
            return Committed(sha=sha, lacks=_WITHHELD)
        pack = await self._objects.pack(names) if names else b""
        return Committed(sha=sha, pack=base64.b64encode(pack).decode(), lacks="" if pack else _LARGE)

    async def _expect(self, sha: Sha, lacks: str = "") -> None:
        try:
            await self._objects.commit(sha)
        except NotFound as error:
            missing = f"commit {sha[:12]} is not in the record or the cache"
            if lacks:
                raise Incomplete(f"{missing}: {lacks}", hint="the task cannot be replayed from here on") from error
            raise Incomplete(missing, hint=_HINT) from error


def _holds_secret(contents: bytes, mask: Callable[[str], str]) -> bool:
    text = contents.decode(errors="replace")
    return mask(text) != text
