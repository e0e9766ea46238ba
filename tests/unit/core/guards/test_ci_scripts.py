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
        ("tools/check.py", "run: uv run --frozen tools/check.py", True),
        ("tools/check.py", "run: FOO=1 timeout 600 coverage run ./tools/check.py --all", True),
        ("tools/check.py", "run: if ! python3.12 -X dev 'tools/check.py'; then exit 1; fi", True),
        ("tools/check.py", "run: python $GITHUB_WORKSPACE/tools/check.py", True),
        ("tools/check.py", "run: python ./tools/../tools/check.py", True),
        ("tools/check.py", "run: python -m tools.check", True),
        ("src/tools/check.py", "run: cd src && python -m tools.check", True),
        ("tools/check.py", "run: cd tools && python check.py", True),
        ("tools/check.py", "run: python check.py\n  working-directory: tools", True),
        ("tools/deep/check.sh", "run: |\n    cd tools\n    ./deep/check.sh", True),
        ("tools/check.ts", "run: npx tsx tools/check.ts", True),
        ("tools/check/main.go", "run: go run ./tools/check", True),
        ("tools/__main__.py", "run: python tools", True),
        ("tools/__main__.py", "run: python -m tools", True),
        ("tools/check.py", "run: ruff check tools && python tools/check.py", True),
        ("tools/check.py", "run: uv run ruff check tools/check.py", False),
        ("tools/check.py", "paths:\n  - src/app.py\n  - tools/check.py", False),
        ("tools/check.py", "key: ${{ hashFiles('tools/check.py') }}", False),
        ("tools/check.py", "run: python other/tools/check.py", False),
        ("tools/check.py", "run: python check.py", False),
        ("src/app.py", "run: cd src && python -m pytest", False),
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
