"""Shares of a bill."""


def split_evenly(total: int, people: int) -> list[int]:
    """Share a total in cents among people, as evenly as can be."""
    if people < 1:
        raise ValueError("a bill needs somebody to pay it")
    return [total // people] * people


def split_by_items(items: dict[str, list[int]]) -> dict[str, int]:
    """Add up what each person had, in cents."""
    return {person: sum(prices) for person, prices in items.items()}
