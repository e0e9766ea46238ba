"""Comments kept in records."""

from datetime import datetime

from msgspec.structs import replace
from tamma_core.domain.errors import NotFound
from tamma_core.domain.repository import Comment

Comments = tuple[Comment, ...]


def appended(comments: Comments, last: int, *, author: str, body: str, at: datetime) -> tuple[Comments, int]:
    """Add a comment and answer all of them, with the highest id ever given."""
    comment = Comment(id=str(last + 1), author=author, body=body, created_at=at)
    return (*comments, comment), last + 1


def changed(comments: Comments, comment_id: str, *, body: str, at: datetime) -> Comments:
    """Change a comment; raise `NotFound`."""
    if comment_id not in {comment.id for comment in comments}:
        raise NotFound(f"there is no comment {comment_id}")
    return tuple(
        replace(comment, body=body, updated_at=at) if comment.id == comment_id else comment for comment in comments
    )


def without(comments: Comments, comment_id: str) -> Comments:
    """Remove a comment, if it is there."""
    return tuple(comment for comment in comments if comment.id != comment_id)
