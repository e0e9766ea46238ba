"""A real defect of a real Go module, fixed end to end, the module's own tests being the judge."""

from pathlib import Path

import pytest
from acceptance.real_projects.archives import go_source, only
from acceptance.real_projects.merging import checkout, play_to_merge, printed, repairing
from rehearsal.script import first_text
from rehearsal.story import Stage
from services.gitea_repository import Files

pytestmark = [pytest.mark.timeout(600), pytest.mark.needs("go"), pytest.mark.enable_socket]

TITLE = "A hyphen range cannot be followed by another constraint"
BODY = """`NewConstraint("1.0.0 - 2.0.0 <=2.0.0")` answers the error `improper constraint`, though each part is valid by itself
and parts may be divided by a space: `">=1.0.0 <=2.0.0 <=2.0.0"` is accepted.

The text of the range seems to be written anew without the space that came after it."""

OLD = '		t := fmt.Sprintf(">= %s, <= %s", v[1], v[11])\n'
HASTY = OLD.replace("<= %s", "<= %s ")
"""Repairs the reported case, but ranges that stand alone then end in a space, which the module's own test of rewriting forbids."""
REPAIR = OLD + '		if strings.TrimRight(v[0], " \\t") != v[0] {\n			t += " "\n		}\n'
NEXT_TEST = "func TestIsX(t *testing.T) {\n"
TEST = """func TestRangeBesideConstraint(t *testing.T) {
	for _, text := range []string{"1.0.0 - 2.0.0 <=1.5.0", "1.0.0 - 2.0.0 1.0.0 - 1.5.0"} {
		c, err := NewConstraint(text)
		if err != nil {
			t.Fatalf("%q: %s", text, err)
		}
		if !c.Check(MustParse("1.5.0")) || c.Check(MustParse("1.6.0")) {
			t.Errorf("%q is not held to both of its parts", text)
		}
	}
}

"""
PROGRAM = """package main

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
)

func main() {
	_, err := semver.NewConstraint("1.0.0 - 2.0.0 <=2.0.0")
	fmt.Println(err)
}
"""


EDITED_TESTS = ("constraints_test.go", NEXT_TEST, TEST + NEXT_TEST)


def module() -> Files:
    """Answer the module without the workflows of another forge."""
    files = go_source("github.com/Masterminds/semver/v3", "v3.2.0", "h1:3MEsd0SM6jqZojhjLWWeBY+Kcjy9i6MQAeY7YgDP83g=")
    return only(files, without=(".github/",))


async def test_range_beside_a_constraint(stage: Stage, tmp_path: Path) -> None:
    """Without CI, the module's tests and a person's approval of the difference let the repair in."""
    script = repairing(EDITED_TESTS, ("constraints.go", OLD, REPAIR))
    async with stage(script, module(), TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        assert state.attempts == 1
        assert report.green
        assert report.command == "go test ./..."
        assert (report.tests_run_on_base, report.tests_run) == (33, 34)
        assert report.reproduced is True
        assert [approval.by for approval in state.diff_approvals] == [story.people.maintainer.name]
        merged = checkout(story, tmp_path / "merged")
        (merged / "shown").mkdir()
        (merged / "shown" / "main.go").write_text(PROGRAM)
        assert printed(["go", "run", "./shown"], merged) == "<nil>\n"


async def test_the_modules_own_tests_refuse_a_hasty_repair(stage: Stage) -> None:
    """A repair that passes its new test but breaks an old one is never shown to anybody; the next attempt is told why."""
    script = repairing(EDITED_TESTS, ("constraints.go", OLD, HASTY), ("constraints.go", OLD, REPAIR))
    async with stage(script, module(), TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        assert state.attempts == 2
        assert report.green
        assert report.reproduced is True
        assert state.pull_request
        assert len(story.get(f"/pulls/{state.pull_request.number}/commits")) == 1
        told = [first_text(recorded.json) for recorded in story.model.requests]
        assert any("An earlier attempt failed" in text and "TestRewriteRange" in text for text in told)
        assert "TrimRight(v[0]" in story.file("constraints.go")
