import sys
from types import FrameType

import pytest
from tamma_core.domain.change import FileChange
from tamma_core.domain.guard import Verdict
from tamma_core.guards.ci_scripts import ci_script_findings
from tamma_core.guards.diff_guard import inspect
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import GuardPolicy
from unit.core.guards.changes import Trees
from unit.core.guards.counting import calls


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
        ("tools/check.sh", "run: VERSION=$(cat VERSION) ./tools/check.sh", True),
        ("tools/check.sh", "run: path=/a ./tools/check.sh", True),
        ("tools/check.sh", "run: VERSION=`cat VERSION` tools/check.sh", True),
        ("tools/check.sh", "run: tail -f log & ./tools/check.sh", True),
        ("tools/check.sh", "run: diff <(./tools/check.sh) expected", True),
        ("tools/check.sh", "run: cat log $(./tools/check.sh)", True),
        ("tools/check.sh", "run: cat `tools/check.sh`", True),
        ("tools/check.sh", "run: |\n    if grep -q x y; then tools/check.sh; else true; fi", True),
        ("tools/check.sh", "run: |\n    case $(cat a) in cat) tools/check.sh;; esac", True),
        ("tools/check.sh", "run: cat $(git ls-files) tools/check.sh 2>&1", False),
        ("tools/check.sh", "run: cat log 2>&1 tools/check.sh", False),
        ("tools/check.sh", "run: wc -l `git ls-files` tools/check.sh", False),
        ("tools/check.sh", "key: ${{ hashFiles('a') }}-${{ hashFiles('b', 'tools/check.sh') }}", False),
        ("a/" * 30 + "check.sh", "run: cd a; " + "a/" * 29 + "check.sh", True),
        ("a/" * 30 + "check.sh", "run: cd a; " + "a/" * 30 + "check.sh", True),
        ("a/" * 30 + "check.sh", "run: cd " + "a/" * 28 + "; a/a/check.sh", True),
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


@pytest.mark.parametrize(
    ("ci_text", "spoken"),
    [
        ("run: cat check.sh\n" * 150, False),
        ("run: cat check.sh\n" * 300, True),
        (f"run: cat {'x ' * 500} check.sh", False),
        (f"run: cat {'x ' * 1500} check.sh", True),
        ("run: cat " + "check.sh " * 10_000, True),
    ],
)
def test_a_file_that_is_mentioned_beyond_reading_is_taken_to_be_run(ci_text: str, *, spoken: bool) -> None:
    """Each mention takes the reading of its line, so they are counted."""
    file = FileVersions(FileChange(path="check.sh", kind="modified"), b"a\n", b"b\n")
    assert bool(list(ci_script_findings(file, ci_text))) is spoken


def test_a_long_list_of_files_is_read_once() -> None:
    """Sixteen times as many entries below `paths:` take sixteen times the work, not the square of it."""
    file = FileVersions(FileChange(path="check.sh", kind="modified"), b"a\n", b"b\n")
    few, many = (
        calls(lambda text="paths:\n" + "- check.sh\n" * n: list(ci_script_findings(file, text)))  # type: ignore[misc]  # bound at once
        for n in (100, 1600)
    )
    assert many < 20 * few


@pytest.mark.parametrize(("path", "asked"), [("src/app.py", True), ("tests/test_app.py", False)])
async def test_ci_that_cannot_be_read_whole_asks_a_person(path: str, *, asked: bool) -> None:
    """A script that is named behind what was read is not changed unseen."""
    changes = Trees().add(path, "one = 1\n", "one = 2\n").change_set()
    report = await inspect(changes, GuardPolicy(), "", ci_unread="continuous integration has 201 files")
    assert [one.verdict for one in report.findings if one.rule == "ci"] == ([Verdict.HUMAN] if asked else [])


def steps(parts: int) -> int:
    """Count what is called while a file this deep is looked for in a text that names none of its folders."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    path = "/".join(f"{parts}-{part}" for part in range(parts)) + "/check.py"
    file = FileVersions(FileChange(path=path, kind="modified"), b"a = 1\n", b"a = 2\n")
    earlier = sys.getprofile()
    sys.setprofile(counted)
    try:
        assert not list(ci_script_findings(file, "run: sh recheck.sh\n"))
    finally:
        sys.setprofile(earlier)
    return count


def test_a_deep_file_is_soon_looked_for() -> None:
    """Sixteen times the depth takes no pattern more, as none is made for what CI does not name."""
    assert steps(240) < 20 * steps(15)
