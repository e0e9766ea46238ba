import pytest
from tamma_core.domain.guard import Verdict
from tamma_core.guards.diff_guard import inspect
from tamma_core.guards.policy import GuardPolicy
from unit.core.guards.changes import Trees


@pytest.mark.parametrize(
    ("path", "line", "spoken"),
    [
        ("check.sh", "run: ./check.sh", True),
        ("check.sh", "run: sh -eu check.sh --all", True),
        ("tools/check.py", "run: pip install . && python3 -W error tools/check.py", True),
        ("check.sh", "  - bash check.sh", True),
        ("check.sh", "script: [sh check.sh]", True),
        ("check.sh", "      sudo env sh ./check.sh; echo done", True),
        ("duration.py", "run: mypy duration.py", False),
        ("duration.py", "run: python3 -m compileall -q duration.py", False),
        ("check.sh", "run: ./recheck.sh", False),
        ("check.sh", "run: ./check.sh.old", False),
        ("test_all.py", "run: python3 test_all.py", False),
    ],
)
async def test_what_ci_runs_is_part_of_ci(path: str, line: str, *, spoken: bool) -> None:
    """A script that CI starts is guarded like CI itself; what is only an argument, or a test, is not."""
    changes = Trees().add(path, "one = 1\n", "one = 2\n").change_set()
    report = await inspect(changes, GuardPolicy(), f"jobs:\n{line}\n")
    found = [finding for finding in report.findings if finding.rule == "ci"]
    assert bool(found) is spoken
    assert all(finding.verdict is Verdict.HUMAN for finding in found)
