"""A real defect of a real PHP library, fixed end to end under continuous integration, the library's own tests being the judge."""

import json
from pathlib import Path

import pytest
from acceptance.real_projects.archives import debian_source, only
from acceptance.real_projects.merging import checkout, fixed_under_ci, play_to_merge, printed, repairing, workflow
from rehearsal.story import Stage

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.needs("php"),
    pytest.mark.needs("debian12"),
    pytest.mark.usefixtures("actions_runner"),
    pytest.mark.enable_socket,
]

TITLE = "The words of a comment that is not closed become SQL"
BODY = """`(new SqlFormatter())->compress("SELECT 1 /* the rest")` answers `SELECT 1 the rest`: the marks of the comment are taken away and its words stay.
Where assertions are on, it fails instead. A database takes everything after `/*` for a comment, so I expect `SELECT 1`."""

WORKFLOW = workflow("composer install --no-interaction", "phpunit --testsuite default")
OLD = """                assert($pos !== false);
                $last = $pos + 2;
"""
REPAIR = """                $last = $pos === false ? false : $pos + 2;
"""
NEXT_TEST = "    public function testUsePre(): void\n"
TEST = """    public function testCommentWithoutEnd(): void
    {
        $formatter = new SqlFormatter(new NullHighlighter());
        $this->assertEquals('SELECT 1', $formatter->compress('SELECT 1 /* the rest'));
        $this->assertEquals('SELECT 1 AND 2', $formatter->compress('SELECT 1 /* and */ AND 2'));
    }

"""
PROGRAM = """require "vendor/autoload.php";
echo (new Doctrine\\SqlFormatter\\SqlFormatter())->compress("SELECT 1 /* the rest"), "\\n";
"""


async def test_a_comment_without_end(stage: Stage, tmp_path: Path) -> None:
    """Composer writes the autoloader in the set-up, over 200 tests judge base and change; then CI does, then it merges."""
    checksum = "084d45dae8562239c17fba8ab3809be955f358b9eb32668fbb2f8e9684c5fada"
    package = debian_source("php-sql-formatter_1.2.17+dct1.1.3.orig.tar.xz", checksum)
    settings = json.loads(package["composer.json"])
    # Its one package for development is a plug-in that installs PHPUnit; here PHPUnit is the machine's.
    del settings["require-dev"]
    files = only(package, without=(".github/",)) | {"composer.json": json.dumps(settings, indent=4)} | WORKFLOW
    script = repairing(("tests/SqlFormatterTest.php", NEXT_TEST, TEST + NEXT_TEST), ("src/Tokenizer.php", OLD, REPAIR))
    async with stage(script, files, TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        fixed_under_ci(state, report, new_tests=1)
        assert report.command == "phpunit --testsuite default"
        assert report.tests_run_on_base > 200
        assert not state.diff_approvals
        merged = checkout(story, tmp_path / "merged")
        printed(["composer", "install", "--no-interaction"], merged)
        assert printed(["php", "-r", PROGRAM], merged) == "SELECT 1\n"
