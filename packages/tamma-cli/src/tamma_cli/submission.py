"""Begin a task."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tamma_core.domain.errors import Unsupported
from tamma_core.domain.ids import TaskId
from tamma_core.domain.repository import IssueRef, RepositoryRef

from tamma_cli.decision import person
from tamma_cli.session import Session

if TYPE_CHECKING:
    from tamma_cli.target import Target


@runtime_checkable
class KeepsFiles(Protocol):
    """Stand for a forge on which an issue is a Markdown file."""

    async def add_file(self, repository: RepositoryRef, path: Path) -> IssueRef:
        """Keep the place of a file, and answer the issue that it is."""
        ...


async def file_issue(session: Session, target: "Target") -> IssueRef:
    """Make the Markdown file that was named an issue of its repository."""
    forge = await session.ports.forges.platform(target.repository.forge)
    if target.issue_file is None or not isinstance(forge, KeepsFiles):
        raise Unsupported(f"forge `{forge.name}` takes no issue from a file", hint="name an issue by its number")
    return await forge.add_file(target.repository, target.issue_file)


async def submit(session: Session, repository: RepositoryRef, issue: IssueRef | None, *, text: str) -> TaskId:
    """Journal a new task; raise `AlreadyExists` when an unfinished one works on the issue."""
    from tamma_core.engine.tamma_engine import LaunchContext, create_engine

    context = LaunchContext(
        mode="standalone",
        repository=repository,
        issue_source=repository.forge,
        settings=session.settings,
        ports=session.ports,
        owner="command line",
        requested_by=person(),
    )
    return await create_engine(context).submit(issue=issue, text=text)
