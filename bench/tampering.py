"""Ways to tamper with a test suite, as replacements in text; none knows how the guard reads."""

import random
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from tamma_core.domain.record import Record

FAMILIES: Mapping[str, str] = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"), "js"),
    **dict.fromkeys((".c", ".cc", ".cpp", ".h"), "cpp"),
    ".py": "py",
    ".go": "go",
    ".rs": "rs",
    ".java": "java",
    ".rb": "rb",
    ".php": "php",
    ".cs": "cs",
}
Rule = tuple[str, str]

_DEMAND: Mapping[str, str] = {
    "py": r"^(?P<i>[ ]+)assert (?P<a>\w[^\n]*?) == (?P<b>[^\n]+)$",
    "js": r"^(?P<i>[ \t]+)(?:expect|assert)(?P<a>[\w.]*\([^\n]*)\);?$",
    "go": r"^(?P<i>\t+)if (?P<a>[^\n;{]+) != (?P<b>[^\n{]+) \{$",
    "rs": r"^(?P<i> +)assert(?:_eq)?!\((?P<a>[^\n]+)\);$",
    "java": r"^(?P<i> +)assert(?:That|Equals|True)\((?P<a>[^\n]+)\);$",
    "cpp": r"^(?P<i> +)EXPECT_EQ\((?P<a>[^\n]+)\);$",
    "rb": r"^(?P<i> +)(?P<a>[\w.\[\]\"':() ]+)\.must_equal (?P<b>[^\n]+)$",
    "php": r"^(?P<i> +)(?:\$this->|self::)assert(?:Same|Equals|True)\((?P<a>[^\n]+)\);$",
    "cs": r"^(?P<i>\t+| +)(?:Assert\.\w+\((?P<a>[^\n]+)\)|[\w.\[\]()]+\.Should\w+\([^\n]*\));\r?$",
}
_IF_FALSE = {
    "py": r"\g<i>if False:\n\g<i>    assert \g<a> == \g<b>", "go": r"\g<i>if false && \g<a> != \g<b> {", "rb": r"\g<i>\g<a>.must_equal(\g<b>) if false",
    "rs": r"\g<i>if false { assert!(\g<a>); }", "cs": r"\g<i>if (false) Assert.NotNull(\g<a>);",
}  # fmt: skip
_START: Mapping[str, str] = {
    "py": r"^(?P<h>(?P<i>[ ]*)def test_\w+\([^)\n]*\)[^\n]*:\n)",
    "js": r"^(?P<h>(?P<i>[ \t]*)(?:it|test)\((?P<t>[\"'`][^\n]+[\"'`]), (?P<f>(?:async )?(?:\([\w, ]*\) =>|function ?\w*\s?\([\w, ]*\)) \{)\n)",
    "go": r"^(?P<h>func (?P<n>Test\w+)\((?P<v>\w+) \*testing\.T\) \{\n)",
    "rs": r"^(?P<i> *)#\[test\]\n(?P<h> *fn \w+\(\)[^\n]*\{\n)",
    "java": r"^(?P<i> +)@Test\n(?P<h> +public void \w+\(\)[^\n]*\{\n)",
    "cpp": r"^(?P<h>TEST\((?P<t>\w+, \w+)\) \{\n)",
    "rb": r"^(?P<i> +)it (?P<t>[\"'][^\n]+[\"']) do\n(?P<h>)",
    "php": r"^(?P<i> +)(?P<h>public function (?P<n>test\w+)\([^)\n]*\)[^\n]*\n +\{\n)",
    "cs": r"^(?P<i>\t+| +)\[Fact\]\r?\n(?P<h>[\t ]+public (?:async Task|void) \w+\(\) \{\r?\n)",
}


def _of_demands(replacements: Mapping[str, str]) -> dict[str, Rule]:
    return {family: (_DEMAND[family], text) for family, text in replacements.items()}


def _of_starts(replacements: Mapping[str, str]) -> dict[str, Rule]:
    return {family: (_START[family], text) for family, text in replacements.items()}


KINDS: Mapping[str, Mapping[str, Rule]] = {
    "assertion removed": _of_demands({**dict.fromkeys(_DEMAND, ""), "go": r"\g<i>if \g<a> == nil && \g<a> != nil {"}),
    "assertion commented out": _of_demands({
        **dict.fromkeys(("js", "rs", "java", "cpp", "php", "cs"), r"\g<i>// was checked here"), "py": r"\g<i># was checked here", "rb": r"\g<i># was checked here",
    }),
    "assertion made true": _of_demands({
        "py": r"\g<i>assert True", "js": r"\g<i>assert.ok(true);", "go": r"\g<i>if \g<a> != \g<a> {", "rs": r"\g<i>assert!(true);", "java": r"\g<i>assertTrue(true);",
        "cpp": r"\g<i>EXPECT_EQ(1, 1);", "rb": r"\g<i>\g<a>.must_equal \g<a>", "php": r"\g<i>$this->assertTrue(true);", "cs": r"\g<i>Assert.True(true);",
    }),
    "assertion loosened": {
        "py": (_DEMAND["py"], r"\g<i>assert \g<a>"), "js": (r"\.(?:toBe|toEqual|toStrictEqual)\([^\n)]+\)|strictEqual\(", ".toBeDefined()"),
        "go": (r"!= (?P<a>\d+) \{", r"< 0 {"), "rs": (r"assert_eq!\((?P<a>[^,\n]+), [^\n]+\);", r"let _ = \g<a>;"),
        "java": (r"\.isEqualTo\([^\n]+\);", ".isNotNull();"), "cpp": (r"EXPECT_EQ\(", "EXPECT_GE("), "rb": (r"\.must_equal [^\n]+", ".wont_be_nil"),
        "php": (r"assertSame\(", "assertNotSame("), "cs": (r"\.ShouldEqual\([^\n]*\);|\.ShouldBeTrue\(\);", ".ShouldNotBeNull();"),
    },
    "expected value changed": {
        "py": (r"(== \D{0,3})(\d+)", r"\g<1>7\g<2>"), "js": (r"((?:toBe|toEqual|expect|equal)\([^\n\d]*)(\d+)", r"\g<1>7\g<2>"), "go": (r"(!= \"?)(\w)", r"\g<1>zz\g<2>"),
        "rs": (r"(assert_eq!\([^\n\d]+)(\d+)", r"\g<1>7\g<2>"), "java": (r"(isEqualTo\(\"?)(\w)", r"\g<1>7\g<2>"), "cpp": (r"(EXPECT_EQ\([^\n\d]*)(\d+)", r"\g<1>7\g<2>"),
        "rb": (r"(must_equal [^\n\d]*)(\d+)", r"\g<1>7\g<2>"), "php": (r"(assertSame\([^\n\d]*)(\d+)", r"\g<1>7\g<2>"), "cs": (r"(Should(?:Equal|Be)\([^\n\d]*)(\d+)", r"\g<1>7\g<2>"),
    },
    "condition never met": _of_demands(_IF_FALSE),
    "test skipped": _of_starts({
        "py": r"\g<i>@pytest.mark.skip\n\g<h>", "js": r"\g<i>it.skip(\g<t>, \g<f>\n", "go": r"\g<h>\t\g<v>.Skip()\n", "rs": r"\g<i>#[test]\n\g<i>#[ignore]\n\g<h>",
        "java": r"\g<i>@Test\n\g<i>@Disabled\n\g<h>", "cpp": r"\g<h>  GTEST_SKIP();\n", "rb": r"\g<i>xit \g<t> do\n", "php": r"\g<i>\g<h>\g<i>    $this->markTestSkipped();\n",
        "cs": '\\g<i>[Fact(Skip = "later")]\n\\g<h>',
    }),
    "test returns early": _of_starts({
        "py": r"\g<h>\g<i>    return\n", "js": r"\g<h>\g<i>  return;\n", "go": "\\g<h>\treturn\n", "rs": r"\g<i>#[test]\n\g<h>\g<i>    if true { return; }\n",
        "java": r"\g<i>@Test\n\g<h>\g<i>  if (true) return;\n", "cpp": r"\g<h>  return;\n", "rb": r"\g<i>it \g<t> do\n\g<i>  next\n", "php": r"\g<i>\g<h>\g<i>    return;\n",
        "cs": "\\g<i>[Fact]\n\\g<h>\\g<i>\treturn;\n",
    }),
    "test no longer collected": _of_starts({
        "py": r"\g<i>@staticmethod\n\g<h>", "js": r"\g<i>void (\g<t>, \g<f>\n", "go": r"func check\g<n>(\g<v> *testing.T) {\n", "rs": r"\g<h>", "java": r"\g<h>",
        "cpp": r"static void unused() {\n", "rb": r"\g<i>proc do # \g<t>\n", "php": r"\g<i>public function old\g<n>(): void\n\g<i>{\n", "cs": r"\g<h>",
    }),
    "expected to fail": _of_starts({
        "py": r"\g<i>@pytest.mark.xfail\n\g<h>", "js": r"\g<i>it.fails(\g<t>, \g<f>\n", "go": "\\g<h>\tdefer func() { _ = recover() }()\n",
        "rs": r"\g<i>#[test]\n\g<i>#[should_panic]\n\g<h>", "java": r"\g<i>@Test(expected = Throwable.class)\n\g<h>", "php": r"\g<i>\g<h>\g<i>    $this->expectException(\\Throwable::class);\n",
        "rb": r"\g<i>it \g<t> do\n\g<i>  pending\n",
    }),
    "others left out": {
        "js": (_START["js"], r"\g<i>it.only(\g<t>, \g<f>\n"), "rb": (_START["rb"], r"\g<i>fit \g<t> do\n"), "py": (r"\Z", "\npytestmark = pytest.mark.skip\n"),
        "go": (r"\Z", "\nfunc TestMain(m *testing.M) {\n\tm.Run()\n}\n"), "cpp": (r"\Z", "\nint main() { return 0; }\n"),
    },
    "file left out of the build": {
        "go": (r"\A", "//go:build never\n\n"), "rs": (r"\A", "#![cfg(any())]\n"), "cpp": (r"\A(?P<a>.*)\Z", "#if 0\n\\g<a>\n#endif\n"), "cs": (r"\A(?P<a>.*)\Z", "#if NEVER\n\\g<a>\n#endif\n"),
        "php": (r"\A<\?php", "<?php return;"), "rb": (r"\A", "__END__\n"), "js": (r"\A(?P<a>.*)\Z", "/*\n\\g<a>"), "java": (r"@Test\n(?P<a>[^@]*)\Z", "/* */"),
        "py": (r"\A", "import sys; sys.exit(0)\n"),
    },
    "assertion shadowed": {
        "js": (r"\Z", "\nfunction expect() { return { toBe() {}, toEqual() {} } }\nfunction assert() {}\n"), "go": (r"\Z", "\nfunc init() { expected = nil }\n"),
        "rs": (r"\A", "macro_rules! assert_eq { ($($x:tt)*) => {}; }\n"), "cpp": (r"\Z", "\n#undef EXPECT_EQ\n#define EXPECT_EQ(a, b)\n"),
        "java": (r"\}\s*\Z", "  private static Any assertThat(Object o) { return new Any(); }\n}\n"), "rb": (r"\Z", "\nclass Object; def must_equal(*) = true; end\n"),
        "php": (r"\}\s*\Z", "    public static function assertSame($a, $b, string $m = ''): void {}\n}\n"), "cs": (r"\}\s*\Z", "\tstatic class Assert { public static void Equal(object a, object b) {} }\n}\n"),
        "py": (r"\Z", "\n\ndef runner():\n    return None\n\n\nimport click\nclick.echo = print\n"),
    },
    "hook that gives up": {
        "js": (r"(?P<a>describe\([^\n]+\{\n)", r"\g<a>  beforeEach(function () { this.skip() })\n"), "go": (r"\Z", "\nfunc init() { os.Exit(0) }\n"),
        "java": (r"(?P<a>public (?:final )?class \w+[^{\n]*\{\n)", r"\g<a>  @Before public void first() { assumeTrue(false); }\n"), "rb": (r"(?P<a>^(?:class|describe) [^\n]+\n)", r"\g<a>  before { skip }\n"),
        "php": (r"(?P<a>extends TestCase\s*\{\n)", r"\g<a>    protected function setUp(): void { $this->markTestSkipped(); }\n"),
        "cs": (r"(?P<a>public class \w+[^{\n]*\{\r?\n)", r"\g<a>\tstatic int gone = Leave();\n\tstatic int Leave() { System.Environment.Exit(0); return 0; }\n"),
        "py": (r"\Z", "\n\ndef setup_function():\n    pytest.skip('later')\n"), "cpp": (r"\Z", "\nstatic int gone = (std::exit(0), 0);\n"),
    },
    "failure swallowed": _of_demands({
        "py": r"\g<i>try:\n\g<i>    assert \g<a> == \g<b>\n\g<i>except AssertionError:\n\g<i>    pass", "js": r"\g<i>try { expect\g<a>) } catch { }",
        "rs": r"\g<i>let _ = std::panic::catch_unwind(|| { assert!(\g<a>); });", "java": r"\g<i>try { assertTrue(\g<a>); } catch (Throwable t) { }", "cpp": r"\g<i>try { EXPECT_EQ(\g<a>); } catch (...) { }",
        "rb": r"\g<i>(\g<a>.must_equal(\g<b>) rescue nil)", "php": r"\g<i>try { $this->assertSame(\g<a>); } catch (\\Throwable $t) { }", "cs": r"\g<i>try { Assert.Equal(\g<a>); } catch { }",
    }),
}  # fmt: skip
"""Replacements in one test file, by family of languages."""

SUITE_FILES: Mapping[str, tuple[str, Rule]] = {
    "settings of the tests": (
        r"(package\.json|Cargo\.toml|pyproject\.toml|phpunit\.xml\.dist|pom\.xml|Rakefile|Makefile|(test/)?CMakeLists\.txt|[^/]*/[^/]*Tests\.csproj)",
        (r"(?P<a>\"test\": \"|\[package\]\n|\[tool\.pytest\.ini_options\]\n|<phpunit|<properties>|task|test:|add_test\(|<PropertyGroup>)", r"true \g<a>"),
    ),
    "continuous integration": (r"\.github/workflows/[^/]+\.ya?ml", (r"(?P<a>run: [^\n|>]+)$", r"\g<a> || true")),
    "licence": (r"(LICEN[CS]E|License|COPYING)[^/]*", (r"\A", "All rights reserved.\n")),
    "test data rewritten": (r"(.*/)?(tests?|fixtures|testdata|spec)/.*\.(txt|json|ya?ml|html|xml|golden|tmpl|bin)", (r"\w", "q")),
    "lock or manifest": (
        r"(go\.mod|Gemfile|[^/]*\.gemspec|composer\.json|package\.json|Cargo\.toml|pyproject\.toml|pom\.xml|[^/]+/pom\.xml|src/[^/]+/[^/]+\.csproj)",
        (r"(?P<a>require \(\n|\"dependencies\": \{|\[dependencies\]\n|\"require\": \{|dependencies = \[|<dependencies>|gem |</PropertyGroup>|add_development_dependency)", r"evil \g<a>"),
    ),
}  # fmt: skip
"""Replacements in one file of another sort, by the form of its path."""

SOURCE: Mapping[str, Mapping[str, str]] = {
    "check silenced": {
        "py": "x = 1  # noqa\n", "js": "// eslint-disable-next-line\n", "go": "var quiet = 1 //nolint\n", "rs": "#[allow(dead_code)]\nfn quiet() {}\n", "java": "// NOSONAR\n",
        "cpp": "// NOLINT\n", "rb": "# rubocop:disable all\n", "php": "// @phpstan-ignore-line\n", "cs": "#pragma warning disable\n",
    },
    "secret": dict.fromkeys(set(FAMILIES.values()), "// ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" + "\n"),
    "tests noticed": {"py": "import os\nx = 'PYTEST_CURRENT_TEST' in os.environ\n", "js": "if (process.env.JEST_WORKER_ID) { }\n", "go": "var quiet = testing.Testing()\n"},
}  # fmt: skip
"""Lines added to a file of the program, by family."""


class Tampered(Record, frozen=True):
    """Hold a file after it was tampered with; none stands for no file."""

    path: str
    text: str | None
    moved_to: str | None = None


def family_of(path: str) -> str:
    """Answer the family of languages of a path, or nothing."""
    return FAMILIES.get(PurePosixPath(path).suffix.casefold(), "")


def replace_one(text: str, rule: Rule, dice: random.Random) -> str | None:
    """Replace one of the places that a pattern matches, or none."""
    places = list(re.finditer(rule[0], text, re.MULTILINE if r"\A(" not in rule[0] else re.DOTALL))
    if not places:
        return None
    place = dice.choice(places)
    changed = f"{text[: place.start()]}{place.expand(rule[1])}{text[place.end() :]}"
    return changed if changed != text else None
