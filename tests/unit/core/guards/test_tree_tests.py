import hashlib
import re

import pytest
from tamma_core.domain.guard import Verdict
from tamma_core.guards.languages import LANGUAGES
from unit.core.guards.changes import Trees, findings
from unit.core.guards.languages import SUITES, Edit, edited

HONEST = [(name, what) for name, suite in SUITES.items() for what in suite.honest]
ATTACKS = [(name, what) for name, suite in SUITES.items() for what in suite.attacks]
RUBY = "class Calculator\n  def add(a, b) = 3\nend\n"


def ident(case: tuple[str, str]) -> str:
    return "-".join(case)


@pytest.mark.parametrize("case", HONEST, ids=ident)
async def test_an_honest_edit_of_a_test_passes(case: tuple[str, str]) -> None:
    """Layout, comments, new tests, new rows and further demands ask nobody."""
    suite = SUITES[case[0]]
    assert await findings({suite.path: (suite.text, edited(suite.text, suite.honest[case[1]]))}) == ()


@pytest.mark.parametrize("case", ATTACKS, ids=ident)
async def test_a_weakened_test_is_seen(case: tuple[str, str]) -> None:
    """Each way to weaken a test is spoken about by its rule."""
    suite = SUITES[case[0]]
    rule, edit = suite.attacks[case[1]]
    found = await findings({suite.path: (suite.text, edited(suite.text, edit))})
    assert rule in {finding.rule for finding in found}, found


def test_every_language_has_a_suite() -> None:
    """No row of the table is without its attacks."""
    assert {language.name for language in LANGUAGES} - {"TSX"} == SUITES.keys()


@pytest.mark.parametrize("name", SUITES)
async def test_a_moved_test_is_no_removed_one(name: str) -> None:
    """A whole file may move to another test file's name, in the language's own way."""
    suite = SUITES[name]
    moved = Trees().add(f"tests/moved/{suite.path}", suite.text, suite.text, old_path=suite.path)
    assert (await moved.inspect()).findings == ()


async def test_a_renamed_test_with_a_snapshot_is_a_removed_one() -> None:
    """A snapshot goes by the name of its test, so a new name writes a new snapshot that nobody compared."""
    old = "it('draws', () => {\n  expect(draw()).toMatchSnapshot();\n});\n"
    found = await findings({"draw.test.js": (old, old.replace("draws", "draws it"))})
    assert [f.rule for f in found] == ["test_removed"]


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("tests/new.test.js", "it.only('x', () => {});\n", "test_skipped"),
        ("tests/new.test.js", "global.add = () => 3;\n", "test_support_changed"),
        ("new_test.go", "package calc\n\nfunc TestMain(m *testing.M) {}\n", "test_support_changed"),
        ("new_test.go", "package calc\n\nfunc TestX(t *testing.T) {\n\tos.Exit(0)\n}\n", "test_skipped"),
        ("new_test.go", "package calc\n\nvar _ = enable()\n", "test_support_changed"),
        ("test/new_test.rb", RUBY, "test_support_changed"),
        (
            "tests/NewTests.cs",
            "static class E {\n  public static void ShouldEqual(this object a, object b) {}\n}\n",
            "test_support_changed",
        ),
        ("src/App.Tests/Usings.cs", "global using Assert = App.Tests.Soft;\n", "test_support_changed"),
    ],
)
async def test_a_new_file_that_reaches_into_others_is_seen(path: str, text: str, rule: str) -> None:
    """A new test file may bring tests, and nothing that changes those of other files."""
    assert rule in {finding.rule for finding in await findings({path: (None, text)})}


MODEL = "class Person {\n\tpublic string Name() { return name; }\n}\n"


@pytest.mark.parametrize(
    "path", ["src/App.Tests/Person.cs", "CalcTests/Person.cs", "src/testFixtures/java/Person.java", "e2e/person.ts"]
)
async def test_help_for_tests_is_compared_where_build_tools_keep_it(path: str) -> None:
    """Existing lines of what tests rely on are asked about in whatever folder of tests they stand."""
    assert await findings({path: (MODEL, MODEL.replace("return name", 'return "ok"'))})


@pytest.mark.parametrize("path", ["src/App/Person.cs", "src/main/java/Person.java", "src/e2e/person.ts"])
async def test_a_program_is_not_compared_as_tests_are(path: str) -> None:
    """Nobody is asked about existing lines of what is no test."""
    assert await findings({path: (MODEL, MODEL.replace("return name", 'return "ok"'))}) == ()


async def test_a_new_test_of_a_test_project_asks_nobody() -> None:
    """A class of tests whose name says nothing uses its framework as the others of its project do."""
    text = "using Xunit;\npublic class NullTester {\n\t[Fact]\n\tpublic void Fails() {\n\t\tAssert.False(Check(null));\n\t}\n}\n"
    assert await findings({"src/App.Tests/NullTester.cs": (None, text)}) == ()
    assert {finding.rule for finding in await findings({"src/App/NullTester.cs": (None, text)})} == {"test_reach"}


@pytest.mark.parametrize("old", [None, "package calc\n\nfunc TestAdd(t *testing.T) {\n\tcheck(t)\n}\n"])
@pytest.mark.parametrize("value", ["_ = calc.Enable()", "(\n\t_ = enable()\n)"])
async def test_a_value_without_a_name_works_early(old: str | None, value: str) -> None:
    """What is worked out only to have its effect, when the package of the tests is loaded, is asked about."""
    found = await findings({"add_test.go": (old, f"{old or 'package calc'}\n\nvar {value}\n")})
    assert [finding.rule for finding in found] == ["test_support_changed"]


@pytest.mark.parametrize(
    "value",
    ["Adder = (*calc.Sum)(nil)", "Adder = calc.Adder(nil)", '= Describe("add", func() {\n\tIt("adds", nil)\n})'],
)
async def test_a_value_without_a_name_may_register_or_fit(value: str) -> None:
    """What a compiler of Go is asked, and what a framework registers, is no early effect."""
    assert await findings({"new_test.go": (None, f"package calc\n\nvar _ {value}\n")}) == ()


@pytest.mark.parametrize("path", ["tests/add_test.lua", "src/test/AddTest.kt", "tests/run.sh", "tests/AddTest.swift"])
async def test_without_a_grammar_any_edit_of_a_test_goes_to_a_person(path: str) -> None:
    """What cannot be compared is not waved through, not even a line more."""
    found = await findings({path: ("a\n", "a\nb\n")})
    assert [(f.rule, f.verdict) for f in found] == [("test_unreadable", Verdict.HUMAN)]


@pytest.mark.parametrize(
    "text", ["it('x', () => {\n", f"it('x', () => {{ return {'(' * 900}1{')' * 900}; }});\n", f"// {'x' * (1 << 20)}\n"]
)
async def test_what_cannot_be_parsed_goes_to_a_person(text: str) -> None:
    """Broken, deeply nested and huge test files are not compared, but asked about."""
    suite = SUITES["JavaScript"]
    assert "test_unreadable" in {f.rule for f in await findings({suite.path: (suite.text, f"{suite.text}{text}")})}


@pytest.mark.parametrize(("path", "text"), [("calc.go", "<!--" * 2500), ("src/Calc.cs", "<a" * 4500)])
async def test_what_takes_a_grammar_too_long_goes_to_a_person(path: str, text: str) -> None:
    """Kilobytes that would hold the process up are not parsed in it, in whatever file they stand."""
    assert "test_unreadable" in {f.rule for f in await findings({path: (None, text)})}


async def test_a_long_file_is_read() -> None:
    """What is tried in a process of its own first is compared like any other."""
    suite = SUITES["JavaScript"]
    more = "".join(
        f"it('is {number}', () => {{ expect(add({number}, 0)).toBe({number}); }});\n" for number in range(900)
    )
    assert await findings({suite.path: (suite.text, suite.text + more)}) == ()
    assert await findings({suite.path: (suite.text + more, suite.text)})


async def test_not_every_unreadable_file_is_tried() -> None:
    """A change of nothing but such files does not take a second for each."""
    deep = f"let a = {'(' * 900}1{')' * 900};\n"
    found = await findings({f"src/{number}.js": (None, deep) for number in range(30)})
    assert [f.rule for f in found] == ["test_unreadable"] * 20


async def test_tests_outside_test_folders_are_known_by_their_content() -> None:
    """A test file with an unusual name and place is compared like any other."""
    suite = SUITES["C#"]
    edit: Edit = suite.attacks["loosened"][1]
    found = await findings({"src/Quality/Adding.cs": (suite.text, edited(suite.text, edit))})
    assert "assertion_loosened" in {f.rule for f in found}


def test_equal_digests_come_from_equal_code_only() -> None:
    """The key of a part tells its boundaries, so that no two sequences run together."""
    from tamma_core.guards.languages import language_of
    from tamma_core.guards.syntax import parse

    language = language_of("a.js")
    assert language is not None
    trees = [parse(language, text) for text in ("f(a, b);", "f(a,b)", "f(ab);", "f(a)(b);", "return\nf;", "return f;")]
    keys = [tree.root.key for tree in trees if tree is not None]
    assert len(keys) == len(trees)
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(keys) - 1
    assert all(len(key) == hashlib.blake2b(digest_size=16).digest_size for key in keys)


LINES = [(name, number) for name, suite in SUITES.items() for number, _ in enumerate(suite.text.splitlines())]


def counts(line: str) -> bool:
    """Tell whether a line does something itself; without an import a test does not run at all, which is loud."""
    return bool(line.strip(" \t{}();\n")) and not line.lstrip().startswith(
        ("import", "using", "use ", "#include", "require")
    )


@pytest.mark.parametrize("case", LINES, ids=str)
async def test_no_line_of_a_suite_can_go_unseen(case: tuple[str, int]) -> None:
    """Whichever line of a test file is taken out, somebody is asked."""
    suite = SUITES[case[0]]
    lines = suite.text.splitlines(keepends=True)
    is_program = suite.path == "src/lib.rs" and case[1] < lines.index("#[cfg(test)]\n")
    if counts(lines[case[1]]) and not is_program:
        rest = "".join(lines[: case[1]] + lines[case[1] + 1 :])
        assert await findings({suite.path: (suite.text, rest)}), lines[case[1]]


@pytest.mark.parametrize("name", SUITES)
async def test_no_number_of_a_suite_can_change_unseen(name: str) -> None:
    """Whichever number of a test file is another one, somebody is asked."""
    suite = SUITES[name]
    for place in re.finditer(r"(?<![\w.\"])\d\b", suite.text.partition("#[cfg(test)]")[2] or suite.text):
        start = place.start() + len("".join(suite.text.partition("#[cfg(test)]")[:2])) * ("#[cfg(test)]" in suite.text)
        changed = f"{suite.text[:start]}8{suite.text[start + 1 :]}"
        assert await findings({suite.path: (suite.text, changed)}), changed
