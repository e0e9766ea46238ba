"""What a program of this package answers: rows beside each other, and targets that are met or missed."""

from collections.abc import Iterator, Sequence

from tamma_core.domain.record import Record

Cell = str | float | int


class Target(Record, frozen=True, kw_only=True):
    """Hold what was asked for and what was measured; `measured` is at most `limit` or the target is missed."""

    what: str
    limit: float
    measured: float
    unit: str

    @property
    def met(self) -> bool:
        """Tell whether the figure is within its limit."""
        return self.measured <= self.limit

    def line(self) -> str:
        """Write it for people."""
        verdict = "met" if self.met else "**missed**"
        return (
            f"Target {verdict}: {self.what}: {_shown(self.measured)} {self.unit}, at most {_shown(self.limit)} asked."
        )


class Figure(Record, frozen=True, kw_only=True):
    """Hold one table with its targets."""

    name: str
    title: str
    how: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    targets: Sequence[Target] = ()

    def markdown(self) -> Iterator[str]:
        """Write it as a page's section."""
        yield f"## {self.title}"
        yield f"{self.how} Command: `just bench {self.name}`."
        yield ""
        yield f"| {' | '.join(self.columns)} |"
        yield f"|{'---|' * len(self.columns)}"
        for row in self.rows:
            yield f"| {' | '.join(map(_shown, row))} |"
        yield ""
        for target in self.targets:
            yield f"- {target.line()}"

    def json(self) -> dict[str, object]:
        """Write it for programs."""
        targets = [
            {"what": one.what, "limit": one.limit, "measured": one.measured, "unit": one.unit, "met": one.met}
            for one in self.targets
        ]
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"name": self.name, "title": self.title, "rows": rows, "targets": targets}


def _shown(cell: Cell) -> str:
    match cell:
        case float() if abs(cell) >= 10:  # noqa: PLR2004 - three digits are what a shared machine can tell
            return f"{cell:,.1f}"
        case float():
            return f"{cell:.3g}"
        case int():
            return f"{cell:,}"
        case _:
            return cell
