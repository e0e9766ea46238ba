"""Read how long a forge asks us to wait."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TOO_MANY_REQUESTS = 429
SERVICE_UNAVAILABLE = 503
FORBIDDEN = 403


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read `Retry-After`, in seconds or as a date; a past date is now, an unreadable one is none."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(0.0, (moment - now).total_seconds())


def asked_to_wait_s(status: int, headers: Mapping[str, str], now: datetime, default_s: float) -> float | None:
    """Answer how long to wait if this answer asks for it, else none.

    429 always does, 503 and 403 only when they carry `Retry-After`.
    """
    wait = retry_after_s(headers.get("retry-after"), now)
    if status == TOO_MANY_REQUESTS:
        return default_s if wait is None else wait
    return wait if status in {SERVICE_UNAVAILABLE, FORBIDDEN} else None
