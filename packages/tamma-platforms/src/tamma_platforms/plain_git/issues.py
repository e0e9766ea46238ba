"""Issues on plain git: Markdown files and tasks given as text."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from tamma_core.domain.errors import InvalidInput, NotFound
from tamma_core.domain.repository import Comment, Issue, IssueFilters, IssueRef, IssueState, RepositoryRef

from tamma_platforms.plain_git import comments as talk
from tamma_platforms.plain_git.markdown import parse_markdown, read_markdown_file
from tamma_platforms.plain_git.place import Place
from tamma_platforms.plain_git.records import IssueRecord
from tamma_platforms.plain_git.repositories import PlainGitRepositories
from tamma_platforms.plain_git.store import check_key


class PlainGitIssues(PlainGitRepositories):
    """Read and answer issues."""

    async def add_task(self, repository: RepositoryRef, text: str) -> IssueRef:
        """Keep a task given as text; the same text is the same issue."""
        if not text.strip():
            raise InvalidInput("the task is empty", hint="say what shall be done")
        key = f"task-{hashlib.sha256(text.strip().encode()).hexdigest()[:12]}"
        return await self._known(repository, key, path=None, text=text)

    async def add_file(self, repository: RepositoryRef, path: Path) -> IssueRef:
        """Keep the place of a Markdown file, which is read afresh each time; its key is the name without suffix."""
        path = await asyncio.to_thread(path.resolve)  # by another name it is the same issue
        if not read_markdown_file(path).strip():
            raise InvalidInput(f"the issue file `{path.name}` is empty", hint="describe in it what is wanted")
        return await self._known(repository, check_key(path.stem), path=str(path), text=None)

    async def list_issues(self, repository: RepositoryRef, filters: IssueFilters) -> Sequence[Issue]:
        """List issues, oldest first; a file that is gone by now is left out."""
        place = self.place(repository)
        records = [
            record
            for record in place.store.issues()
            if filters.number in {None, record.key} and record.state is filters.state
        ]
        issues = [_read(place, record) for record in records if _is_there(record)]
        wanted = [issue for issue in issues if set(filters.labels) <= set(issue.labels)]
        if filters.assignee is not None:
            wanted = [issue for issue in wanted if filters.assignee in issue.assignees]
        return wanted[: filters.limit]

    async def get_issue(self, ref: IssueRef) -> Issue:
        """Answer an issue; raise `NotFound`."""
        place = self.place(ref.repository)
        return _read(place, _record(place, ref))

    async def list_issue_comments(self, ref: IssueRef) -> Sequence[Comment]:
        """List all comments, oldest first."""
        return _record(self.place(ref.repository), ref).comments

    async def comment_on_issue(self, ref: IssueRef, body: str) -> Comment:
        """Add a comment."""
        place = self.place(ref.repository)
        async with place.store.locked():
            record = _record(place, ref)
            author = await self.current_user()
            said, last = talk.appended(record.comments, record.last_comment, author=author, body=body, at=_now())
            place.store.save_issue(replace(record, comments=said, last_comment=last))
            return said[-1]

    async def update_issue_comment(self, ref: IssueRef, comment_id: str, body: str) -> Comment:
        """Change our own comment."""
        place = self.place(ref.repository)
        async with place.store.locked():
            record = _record(place, ref)
            said = talk.changed(record.comments, comment_id, body=body, at=_now())
            place.store.save_issue(replace(record, comments=said))
        return next(comment for comment in said if comment.id == comment_id)

    async def delete_issue_comment(self, ref: IssueRef, comment_id: str) -> None:
        """Remove our own comment; one that is gone is no error."""
        place = self.place(ref.repository)
        async with place.store.locked():
            record = _record(place, ref)
            place.store.save_issue(replace(record, comments=talk.without(record.comments, comment_id)))

    async def set_labels(self, ref: IssueRef, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Add and remove labels; the file stays as it is."""
        place = self.place(ref.repository)
        async with place.store.locked():
            record = _record(place, ref)
            added = tuple(dict.fromkeys([*record.added_labels, *add]))
            record = replace(
                record,
                added_labels=tuple(label for label in added if label not in remove),
                removed_labels=tuple({*record.removed_labels, *remove} - set(add)),
            )
            place.store.save_issue(record)

    async def close_issue(self, ref: IssueRef) -> None:
        """Close an issue. Idempotent; the file stays as it is."""
        await self._set_state(ref, IssueState.CLOSED)

    async def reopen_issue(self, ref: IssueRef) -> None:
        """Open an issue again. Idempotent; the file stays as it is."""
        await self._set_state(ref, IssueState.OPEN)

    async def _set_state(self, ref: IssueRef, state: IssueState) -> None:
        place = self.place(ref.repository)
        async with place.store.locked():
            place.store.save_issue(replace(_record(place, ref), state=state))

    async def _known(self, repository: RepositoryRef, key: str, *, path: str | None, text: str | None) -> IssueRef:
        place = self.place(repository)
        async with place.store.locked():
            known = place.store.issue(key)
            if known is not None and known.path != path:
                raise InvalidInput(f"issue `{key}` of {repository} is another file", hint="rename one of the two files")
            if known is None:
                author = await self.current_user()
                place.store.save_issue(IssueRecord(key=key, author=author, created_at=_now(), path=path, text=text))
        return IssueRef(source=repository.forge, repository=place.ref, key=key)


def _is_there(record: IssueRecord) -> bool:
    return record.path is None or Path(record.path).is_file()


def _now() -> datetime:
    return datetime.now(UTC)


def _record(place: Place, ref: IssueRef) -> IssueRecord:
    record = place.store.issue(ref.key)
    if record is None:
        raise NotFound(f"there is no issue {ref}", hint="give its file with `--issue`, or the task with `--task`")
    return record


def _read(place: Place, record: IssueRecord) -> Issue:
    text = record.text if record.path is None else read_markdown_file(Path(record.path))
    read = parse_markdown(text or "", name=record.key)
    labels = dict.fromkeys(
        [*(label for label in read.labels if label not in record.removed_labels), *record.added_labels]
    )
    return Issue(
        ref=IssueRef(source=place.ref.forge, repository=place.ref, key=record.key),
        title=read.title,
        body=read.body,
        state=record.state,
        author=record.author,
        labels=tuple(labels),
        assignees=read.assignees,
        url=Path(record.path).as_uri() if record.path else "",
        created_at=record.created_at,
    )
