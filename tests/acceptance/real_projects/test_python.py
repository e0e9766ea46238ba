"""A real defect of a real Python package with more than 500 tests of its own, fixed end to end under continuous integration."""

import sys
from pathlib import Path

import pytest
from acceptance.real_projects.archives import only, python_source
from acceptance.real_projects.merging import checkout, fixed_under_ci, play_to_merge, printed, repairing, workflow
from rehearsal.story import Stage

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("actions_runner"), pytest.mark.enable_socket]

TITLE = "echo of empty bytes fails on a binary file"
BODY = """`click.echo(b"", file=f)` raises `TypeError` if `f` is a binary file such as `io.BytesIO()`: a line end of text is
written to it. `click.echo(b"x", file=f)` writes `b"x\\n"`, and so I expect `b"\\n"` for empty bytes and for an empty `bytearray`.
With no message at all, or an empty text, a text line end is right."""

WORKFLOW = workflow(
    'python3 -m venv "$HOME/venv"',
    """'"$HOME/venv/bin/python" -m pip install --quiet pytest==9.0.2 -e .'""",
    """'"$HOME/venv/bin/python" -m pytest -q -p no:cacheprovider -k "not pager"'""",
)
"""The project knows that its tests of pagers, which time generators against processes, fail now and then: CI leaves them out."""
OLD = '        out = out or ""\n'
REPAIR = '        out = "" if out is None else out\n'
NEXT_TEST = "def test_echo_no_streams(monkeypatch, runner):\n"
TEST = '''@pytest.mark.parametrize("empty", [b"", bytearray()])
def test_echo_empty_bytes(empty):
    """Empty bytes are bytes: a binary file gets a line end of bytes."""
    from io import BytesIO

    f = BytesIO()
    click.echo(empty, file=f)
    assert f.getvalue() == b"\\n"


'''
PROGRAM = (
    "import io, click; f = io.BytesIO(); click.echo(b'', file=f); click.echo(file=io.StringIO()); print(f.getvalue())"
)


async def test_echo_of_empty_bytes(stage: Stage, tmp_path: Path) -> None:
    """Over 1,500 tests judge base and change, on the versions that the project's lock names; then CI does, then it merges."""
    package = python_source("click", "8.4.0", "638f1338fe1235c8f4e008e4a8a254fb5c5fbdcbb40ece3c9142ebb78e792973")
    files = only(package, without=("PKG-INFO",)) | WORKFLOW
    script = repairing(("tests/test_utils.py", NEXT_TEST, TEST + NEXT_TEST), ("src/click/utils.py", OLD, REPAIR))
    async with stage(script, files, TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        fixed_under_ci(state, report, new_tests=2)
        assert report.command == "python -m pytest -p no:cacheprovider -k not pager"
        assert report.tests_run_on_base > 1500
        assert not state.diff_approvals
        merged = checkout(story, tmp_path / "merged")
        assert printed([sys.executable, "-c", PROGRAM], merged, {"PYTHONPATH": "src"}) == "b'\\n'\n"
