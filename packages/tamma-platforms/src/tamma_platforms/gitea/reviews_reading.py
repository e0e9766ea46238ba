"""Gitea's answers about what reviewers said at lines, read without I/O.

Source of all shapes: the API description that Gitea serves at `/swagger.v1.json`, checked against 1.26.
Errors: every function raises `Unavailable` for an answer of another shape, and nothing else.
"""

from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.domain.review import ReviewThread

from tamma_platforms.gitea.reading import read_comment
from tamma_platforms.http.fields import Fields, read_list


class CommentedReview(Record, frozen=True):
    """Name a review that has comments at lines, and the commit that it is about."""

    id: int
    commit: Sha | None


def commented(value: object) -> CommentedReview | None:
    """Answer a review that has comments at lines; one that is not sent yet is none."""
    fields = Fields(value, "review")
    if fields.number_or("comments_count") <= 0 or fields.text_or("state") == "PENDING":
        return None
    commit = fields.text_or("commit_id")
    return CommentedReview(fields.number("id"), Sha(commit) if commit else None)


def read_threads(value: object, review: CommentedReview) -> list[ReviewThread]:
    """Read the comments of a review as threads: those at one line of one file belong together."""
    places: dict[tuple[str, int, int], list[Fields]] = {}
    for fields in read_list(value, "review comments"):
        place = (fields.text_or("path"), fields.number_or("position"), fields.number_or("original_position"))
        places.setdefault(place, []).append(fields)
    return [_thread(place, comments, review) for place, comments in places.items()]


def _thread(place: tuple[str, int, int], comments: list[Fields], review: CommentedReview) -> ReviewThread:
    path, new, old = place
    ordered = sorted(comments, key=lambda fields: fields.number("id"))
    return ReviewThread(
        id=str(ordered[0].number("id")),
        path=path,
        line=new or old,
        old_side=not new and bool(old),
        remarks=tuple(read_comment(fields.value) for fields in ordered),
        commit=review.commit,
        resolved=any(fields.fields_or_none("resolver") is not None for fields in ordered),
        hunk=ordered[0].text_or("diff_hunk"),
    )
