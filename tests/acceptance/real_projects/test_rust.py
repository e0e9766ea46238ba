"""A real defect of a real crate, fixed end to end, the crate's own tests being the judge."""

from pathlib import Path

import pytest
from acceptance.real_projects.archives import only, rust_source
from acceptance.real_projects.merging import checkout, play_to_merge, printed, repairing
from rehearsal.story import Stage

pytestmark = [pytest.mark.timeout(600), pytest.mark.needs("rust"), pytest.mark.enable_socket]

TITLE = "Words with braces are not quoted"
BODY = """`shlex::quote("{a,b}")` answers `{a,b}` unchanged. In bash that is two words, `a` and `b`, so a quoted word is not one word any more.
I expect it in quotes, as a word with `*` or `~` is."""

OLD = "'~' | '=' | '%' => true,"
REPAIR = "'~' | '=' | '%' | '{' | '}' => true,"
TEST = """#[test]
fn braces_are_quoted() {
    assert_eq!(shlex::quote("{a,b}"), "\\"{a,b}\\"");
    assert_eq!(shlex::join(vec!["{1..3}", "x"]), "\\"{1..3}\\" x");
}
"""
PROGRAM = 'fn main() {\n    println!("{}", shlex::quote("{a,b}"));\n}\n'


async def test_braces_are_quoted(stage: Stage, tmp_path: Path) -> None:
    """Unit and documentation tests of the crate judge base and change, each by its own name."""
    crate = rust_source("shlex", "1.2.0", "a7cee0529a6d40f580e7a5e6c495c8fbfe21b7b52795ed4bb5e62cdf92bc6380")
    script = repairing(("tests/braces.rs", "", TEST), ("src/bytes.rs", OLD, REPAIR))
    async with stage(script, only(crate, without=(".cargo_vcs_info", ".github/")), TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        assert report.green
        assert state.attempts == 1
        assert report.command == "cargo test"
        assert (report.tests_run_on_base, report.tests_run) == (10, 11)
        assert report.reproduced is True
        merged = checkout(story, tmp_path / "merged")
        (merged / "examples").mkdir()
        (merged / "examples" / "shown.rs").write_text(PROGRAM)
        assert printed(["cargo", "run", "--quiet", "--offline", "--example", "shown"], merged) == '"{a,b}"\n'
