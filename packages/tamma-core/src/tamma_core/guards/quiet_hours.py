"""Tell when nothing is to be done."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from tamma_core.domain.rules import QuietHours, Weekday

_DAYS = tuple(Weekday)
_LONGEST = timedelta(days=7)
"""Hours that leave no gap never end; whoever waits looks again then."""


def zone_of(name: str) -> tzinfo:
    """Answer a time zone; raise `ValueError` for one that this machine does not know."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError("a time zone that this machine knows, such as `Europe/Berlin` or `UTC`") from error


def quiet_until(now: datetime, hours: Iterable[QuietHours]) -> datetime | None:
    """Answer when the quiet that holds now ends, through all hours that follow without a gap; none when it is not quiet."""
    known = tuple(hours)
    end = now
    while end - now < _LONGEST:
        later = max((until for one in known if (until := _end(end, one)) is not None), default=None)
        if later is None:
            break
        end = later
    return None if end == now else end


def _end(now: datetime, hours: QuietHours) -> datetime | None:
    zone = zone_of(hours.zone)
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        if hours.days and _DAYS[day.weekday()] not in hours.days:
            continue
        start = datetime.combine(day, hours.start, zone)
        last = day if hours.start < hours.end else day + timedelta(days=1)
        end = datetime.combine(last, hours.end, zone)
        # In UTC, where an hour that a clock skips or repeats is no riddle.
        if start.astimezone(UTC) <= now < end.astimezone(UTC):
            return end.astimezone(UTC)
    return None
