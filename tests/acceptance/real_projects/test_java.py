"""A real defect of a real Java library, fixed end to end, the library's own tests and its own POM being the judge."""

from pathlib import Path

import pytest
from acceptance.real_projects.archives import debian_source, only
from acceptance.real_projects.merging import checkout, play_to_merge, printed, repairing
from rehearsal.story import Stage

pytestmark = [
    pytest.mark.timeout(2700),
    pytest.mark.needs("java"),
    pytest.mark.needs("debian12"),
    pytest.mark.enable_socket,
]

TITLE = "Values of one character are joined with the next if the delimiter is two equal characters"
BODY = """With `CSVFormat.DEFAULT.builder().setDelimiter("||").build()` the line `a||b||c` is read as the two values `a` and `b|c`.
I expect three: `a`, `b` and `c`. With values of two characters, as in `aa||bb||cc`, all three are found, and with a delimiter of one character too."""

LEXER = "src/main/java/org/apache/commons/csv/Lexer.java"
TESTS = "src/test/java/org/apache/commons/csv/CSVParserTest.java"
OLD = "if (isEndOfFile(lastChar) || !isDelimiter(lastChar) && isEndOfFile(c)) {"
REPAIR = "if (isEndOfFile(lastChar) || lastChar != delimiter[delimiter.length - 1] && isEndOfFile(c)) {"
"""Asking whether the last character begins a delimiter reads on, if what follows the present one looks like the rest of it."""
NEXT_TEST = "    @Test\n    public void testParseWithDelimiterStringWithEscape() throws IOException {\n"
TEST = """    @Test
    public void testParseWithDelimiterOfEqualCharacters() throws IOException {
        final CSVFormat csvFormat = CSVFormat.DEFAULT.builder().setDelimiter("||").build();
        try (CSVParser csvParser = csvFormat.parse(new StringReader("a||b||c\\r\\nd||||"))) {
            assertArrayEquals(new String[] {"a", "b", "c"}, csvParser.nextRecord().values());
            assertArrayEquals(new String[] {"d", "", ""}, csvParser.nextRecord().values());
        }
    }

"""
PROGRAM = """import java.io.StringReader;
import org.apache.commons.csv.CSVFormat;

public class Shown {
    public static void main(String[] words) throws Exception {
        CSVFormat format = CSVFormat.DEFAULT.builder().setDelimiter("||").build();
        System.out.println(format.parse(new StringReader("a||b||c")).iterator().next().toList());
    }
}
"""


async def test_values_between_equal_characters(stage: Stage, tmp_path: Path) -> None:
    """Plug-ins, parent and runner of tests come through the proxy once, and over 400 tests judge base and change without a network."""
    checksum = "661252998cf2b9aac1aa12fe9e104dc23190761a8971384f83a6c1fc02536867"
    files = debian_source("commons-csv_1.9.0.orig.tar.xz", checksum)
    script = repairing((TESTS, NEXT_TEST, TEST + NEXT_TEST), (LEXER, OLD, REPAIR))
    async with stage(script, only(files, without=(".github/",)), TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        assert report.green
        assert state.attempts == 1
        assert (
            report.command
            == "mvn -B -ntp -gs /deps/settings.xml -gt /deps/toolchains.xml -Dmaven.repo.local=/deps/m2 test"
        )
        assert report.tests_run_on_base > 400
        assert report.tests_run == report.tests_run_on_base + 1
        assert report.reproduced is True
        assert [approval.by for approval in state.diff_approvals] == [story.people.maintainer.name]
        merged = checkout(story, tmp_path / "merged")
        (merged / "Shown.java").write_text(PROGRAM)
        sources = sorted(map(str, (merged / "src/main/java").rglob("*.java")))
        printed(["javac", "-encoding", "UTF-8", "-d", "shown", "Shown.java", *sources], merged)
        assert printed(["java", "-cp", "shown", "Shown"], merged) == "[a, b, c]\n"
