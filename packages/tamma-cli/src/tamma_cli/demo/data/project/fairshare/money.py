"""Amounts of money as text."""


def parse_amount(text: str) -> int:
    """Read an amount such as `12.50` as cents."""
    units, _, cents = text.strip().partition(".")
    return int(units) * 100 + int(cents.ljust(2, "0") or 0)


def format_amount(cents: int) -> str:
    """Write cents as an amount such as `12.50`."""
    return f"{cents // 100}.{cents % 100:02}"
