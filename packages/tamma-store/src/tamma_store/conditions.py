"""Queries over types and tags, as SQL."""

from functools import lru_cache

from sqlalchemy import Connection, Integer, Select, bindparam, select, union_all
from tamma_core.domain.errors import ConditionFailed, InvalidInput
from tamma_core.domain.ids import Position
from tamma_core.ports.journal import AppendCondition, Query, QueryItem

from tamma_store.schema import event, event_tag

_DIGITS = 18  # what a 64-bit integer holds in any case


def number(position: Position | None) -> int:
    """Read a position of this journal; none stands before everything."""
    if position is None:
        return 0
    if not (position.isascii() and position.isdigit() and len(position) <= _DIGITS):
        raise InvalidInput(f"{position!r} is no position of this journal", hint="use one that it answered")
    return int(position)


def check(connection: Connection, condition: AppendCondition | None) -> None:
    """Raise `ConditionFailed` naming the first event that the writer did not know of."""
    if condition is None:
        return
    after = number(condition.after)
    for item in condition.fail_if.items:
        position = connection.execute(_first(item), {"after": after}).scalar()
        if position is not None:
            found = connection.execute(select(event.c.type, event.c.task).where(event.c.position == position)).one()
            raise ConditionFailed(
                f"event {position} ({found.type} of task {found.task}) stands against this append",
                hint="read the journal again, then decide",
            )


def matching(query: Query, after: Position | None) -> Select[tuple[int]] | None:
    """Select the positions after one that any item matches; none when the query has no items."""
    items = [_matching(item) for item in query.items]
    return select(union_all(*items).params(after=number(after)).subquery().c.position) if items else None


# Each append asks this; building a statement costs as much as running it.
@lru_cache(maxsize=256)
def _first(item: QueryItem) -> Select[tuple[int]]:
    return _matching(item).limit(1)


def _matching(item: QueryItem) -> Select[tuple[int]]:
    after = bindparam("after", type_=Integer)
    if not item.tags:
        plain = select(event.c.position).where(event.c.position > after)
        return plain.where(event.c.type.in_(sorted(item.types))) if item.types else plain
    first, *others = sorted(item.tags)
    one = event_tag.c
    statement = select(one.position).where(one.tag == first, one.position > after)
    for tag in others:
        other = event_tag.alias()
        statement = statement.join(other, other.c.position == one.position).where(other.c.tag == tag)
    if item.types:
        statement = statement.join(event, event.c.position == one.position)
        statement = statement.where(event.c.type.in_(sorted(item.types)))
    return statement
