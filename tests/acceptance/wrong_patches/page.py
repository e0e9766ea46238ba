"""Write the table of the page from the cases: `python -m acceptance.wrong_patches.page` below `tests`."""

from pathlib import Path

from acceptance.wrong_patches.case import StoppedBy
from acceptance.wrong_patches.cases import CASES

PAGE = Path(__file__).parents[3] / "docs" / "wrong-patches.md"
_BEGIN, _END = "<!-- table: written from the cases -->\n", "<!-- end of the table -->\n"


def table() -> str:
    """Answer a row for each wrong patch, by who stops it."""
    order = list(StoppedBy)
    rows = sorted(CASES, key=lambda case: (order.index(case.stopped), case.name))
    head = "| wrong patch | what the model or somebody else does | stopped by |\n|---|---|---|\n"
    return head + "".join(f"| {case.name} | {case.does} | {case.stopped} |\n" for case in rows)


def parts() -> tuple[str, str, str]:
    """Answer the page before its table, the table, and the rest."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    present, _, after = rest.partition(_END)
    return before, present, after


if __name__ == "__main__":
    before, _, after = parts()
    PAGE.write_text(f"{before}{_BEGIN}{table()}{_END}{after}")
