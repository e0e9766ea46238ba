"""A real defect of a real npm package, fixed end to end, the package's own tests being the judge."""

from pathlib import Path

import pytest
from acceptance.real_projects.archives import node_source, only
from acceptance.real_projects.merging import checkout, play_to_merge, printed, repairing
from rehearsal.story import Stage

pytestmark = [pytest.mark.timeout(600), pytest.mark.needs("node"), pytest.mark.enable_socket]

TITLE = "A single dash is not taken as the value of a long option"
BODY = """A single `-` conventionally stands for standard input. `-f -` gives `{ f: '-' }`, but `--file -` gives
`{ file: true }`, and the dash ends up among the arguments in `_`. I expect `{ file: '-' }` and nothing in `_`.

Options that are declared boolean should go on leaving the dash to `_`."""

OLD = "            if (next !== undefined && !/^-/.test(next)\n"
REPAIR = "            if (next !== undefined && (next === '-' || !/^-/.test(next))\n"
NEXT_TEST = "test('-a -- b', function (t) {\n"
TEST = """test('long option followed by a dash', function (t) {
    t.plan(2);
    t.deepEqual(parse([ '--file', '-' ]), { file: '-', _: [] });
    t.deepEqual(parse([ '--quiet', '-' ], { boolean: 'quiet' }), { quiet: true, _: [ '-' ] });
});

"""
PROGRAM = "console.log(JSON.stringify(require('./')(['--file', '-', 'x'])))"


async def test_dash_after_a_long_option(stage: Stage, tmp_path: Path) -> None:
    """The package's development dependencies are installed by the set-up; its runner's protocol names each test."""
    package = node_source("minimist", "1.2.7", "29e8a4fda29e4fb148355ba5070c1f0499d234eefb5a01074fb2ac79ff19120e")
    script = repairing(("test/dash.js", NEXT_TEST, TEST + NEXT_TEST), ("index.js", OLD, REPAIR))
    async with stage(script, only(package, without=(".github/",)), TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        assert report.green
        assert state.attempts == 1
        assert report.command == "node_modules/.bin/tape test/*.js"
        assert (report.tests_run_on_base, report.tests_run) == (58, 59)
        assert report.reproduced is True
        assert [approval.by for approval in state.diff_approvals] == [story.people.maintainer.name]
        merged = checkout(story, tmp_path / "merged")
        assert printed(["node", "-e", PROGRAM], merged) == '{"_":["x"],"file":"-"}\n'
