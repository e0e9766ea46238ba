"""Compare examples in documentation, in long files and in those made to take long."""

import pytest
from tamma_core.domain.change import FileChange
from tamma_core.guards.doc_examples import doc_findings
from tamma_core.guards.file_versions import FileVersions

SECTION = f"{'A sentence of a page that explains how sums are made. ' * 4}\n\n>>> add(1, 2)\n3\n\n"
JUST_PARSED = SECTION * (8_000 // len(SECTION))
LONG = SECTION * 60
SLOW = ">>> f()\\nTraceback (most recent call last):\\n" + "\\f\\n" * 2000


def lost(path: str, old: str, new: str) -> list[str]:
    """Answer the rules that speak of this change of a file."""
    change = FileChange(path=path, kind="modified")
    return [finding.rule for finding in doc_findings(FileVersions(change, old.encode(), new.encode()))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (JUST_PARSED, JUST_PARSED + SECTION),
        (JUST_PARSED + SECTION, JUST_PARSED + SECTION + SECTION),
        (LONG.replace("\n", "\r\n"), LONG.replace("A sentence", "Some words", 1).replace("\n", "\r\n")),
        (LONG.replace("\n", "\r\n"), LONG),
        (JUST_PARSED.replace("\n", "\r\n"), JUST_PARSED),
    ],
    ids=["grows-long", "is-long", "other-line-ends", "line-ends", "line-ends-of-a-short-one"],
)
def test_the_same_examples_are_the_same_however_long_the_page_is(old: str, new: str) -> None:
    """A page that grows, or that another system's editor wrote, asks nobody as long as its examples stay."""
    assert lost("README.md", old, new) == []


@pytest.mark.parametrize("page", [JUST_PARSED, JUST_PARSED + SECTION, LONG.replace("\n", "\r\n")])
def test_another_result_is_seen_however_long_the_page_is(page: str) -> None:
    """One example among many that demands something else is told, in a page that grows as well."""
    weaker = page.replace("3", "7", 1)
    for new in (weaker, weaker + SECTION.replace("3", "4")):
        assert lost("README.md", page, new) == ["test_changed"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("stack", [" a\\n" * 700, "\\t" * 3000 + "a\\n"], ids=["lines", "tabs"])
def test_many_strings_take_no_longer_than_one(stack: str) -> None:
    """What a file may cost is bounded for all of its strings together, tabs counted as the spaces that they become."""
    program = "".join(f'x{n} = "{SLOW}{stack}"\n' for n in range(100))
    assert lost("calc.py", program, f"{program}y = 1\n") == []
