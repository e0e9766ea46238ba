"""When it is quiet, and until when, through midnight, days and the change of clocks."""

from datetime import UTC, datetime, time

import pytest
from tamma_core.domain.rules import QuietHours, Weekday
from tamma_core.guards.quiet_hours import quiet_until, zone_of


def hours(start: str, end: str, *days: Weekday, zone: str = "Europe/Berlin") -> QuietHours:
    return QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end), zone=zone, days=days)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHT = hours("22:00", "07:00")
WEEKEND = hours("00:00", "00:00", Weekday.SATURDAY, Weekday.SUNDAY)


@pytest.mark.parametrize(
    ("now", "known", "until"),
    [
        ("2026-01-14 20:59", (NIGHT,), None),
        ("2026-01-14 21:00", (NIGHT,), "2026-01-15 06:00"),
        ("2026-01-15 05:59", (NIGHT,), "2026-01-15 06:00"),
        ("2026-01-15 06:00", (NIGHT,), None),
        ("2026-07-14 20:00", (NIGHT,), "2026-07-15 05:00"),
        # The night in which clocks go forward is an hour shorter.
        ("2026-03-28 21:30", (NIGHT,), "2026-03-29 05:00"),
        # Friday's night runs into the week-end, and that into Sunday's night.
        ("2026-01-16 21:30", (NIGHT, WEEKEND), "2026-01-19 06:00"),
        ("2026-01-14 12:00", (hours("09:00", "17:00", Weekday.MONDAY),), None),
        ("2026-01-12 12:00", (hours("09:00", "17:00", Weekday.MONDAY),), "2026-01-12 16:00"),
        # The day counts on which it began.
        ("2026-01-13 01:00", (hours("22:00", "07:00", Weekday.MONDAY),), "2026-01-13 06:00"),
        ("2026-01-12 01:00", (hours("22:00", "07:00", Weekday.MONDAY),), None),
        ("2026-01-14 12:00", (), None),
    ],
)
def test_quiet(now: str, known: tuple[QuietHours, ...], until: str | None) -> None:
    """The moment is judged in the hours' own zone, and the end is where the first gap is."""
    assert quiet_until(at(now), known) == (None if until is None else at(until))


def test_hours_without_a_gap_are_looked_at_again() -> None:
    """Whoever forbids every hour is not waited for in an endless loop."""
    now = at("2026-01-14 12:00")
    until = quiet_until(now, (hours("00:00", "00:00"),))
    assert until is not None
    assert until > now


@pytest.mark.parametrize("name", ["Europe/Bielefeld", "../../etc/passwd", "", "/etc/localtime"])
def test_unknown_zones_are_errors(name: str) -> None:
    """A zone that nobody knows is never taken for another."""
    with pytest.raises(ValueError, match="time zone"):
        zone_of(name)
