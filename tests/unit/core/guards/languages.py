"""One test file in each language, what may honestly become of it, and what may not; each edit is a replacement."""

from collections.abc import Mapping

from tamma_core.domain.record import Record

Edit = tuple[str, str]


class Suite(Record, frozen=True):
    """Hold a test file, edits that pass, and edits that must be spoken about by a rule."""

    path: str
    text: str
    honest: Mapping[str, Edit]
    attacks: Mapping[str, tuple[str, Edit]]


def edited(text: str, edit: Edit) -> str:
    """Make an edit; the end of the text is named by an empty string."""
    before, after = edit
    assert before in text
    return text + after if not before else text.replace(before, after, 1)


SUITES: Mapping[str, Suite] = {
    "JavaScript": Suite(
        "test/add.test.js",
        "import { add } from '../add';\nconst cases = [[1, 2], [2, 4]];\n\ndescribe('add', () => {\n  it('adds', () => {\n    const sum = add(1, 2);\n    expect(sum).toBe(3);\n  });\n"
        "  it('agrees', () => {\n    for (const [a, b] of cases) expect(add(a, a)).toBe(b);\n  });\n});\n",
        {
            "a comment and another layout": (
                "    expect(sum).toBe(3);",
                "    // the sum\n    expect(\n      sum,\n    ).toBe(3)",
            ),
            "a test more": (
                "  it('agrees'",
                "  it('negates', () => {\n    expect(add(-1, 1)).toBe(0);\n  });\n  it('agrees'",
            ),
            "a demand more": ("    expect(sum)", "    expect(add(2, 2)).toBe(4);\n    expect(sum)"),
            "a row more": ("[2, 4]]", "[2, 4], [3, 6]]"),
            "a test renamed": ("it('adds'", "it('adds numbers'"),
            "a name more imported": ("{ add }", "{ add, negate }"),
        },
        {
            "skipped": ("test_skipped", ("it('adds'", "it.skip('adds'")),
            "x": ("test_removed", ("it('adds'", "void ('adds'")),
            "focus": ("test_skipped", ("", "\nit.only('x', () => {});\n")),
            "suite skipped": ("test_skipped", ("describe(", "describe.skip(")),
            "removed": ("assertion_removed", ("    expect(sum).toBe(3);\n", "")),
            "loosened": ("assertion_loosened", ("toBe(3)", "toBeDefined()")),
            "expected value": ("assertion_changed", ("toBe(3)", "toBe(4)")),
            "returns": ("test_skipped", ("    const sum", "    return;\n    const sum")),
            "newline after return": ("test_skipped", ("    expect(sum)", "    return\n    expect(sum)")),
            "swallowed": ("test_skipped", ("    expect(sum).toBe(3);", "    try { expect(sum).toBe(3); } catch { }")),
            "condition": ("test_skipped", ("    expect(sum).toBe(3);", "    if (false) expect(sum).toBe(3);")),
            "hoisted": ("test_changed", ("toBe(3);\n", "toBe(3);\n    function add() { }\n")),
            "expect redefined": ("test_support_changed", ("", "\nfunction expect() { return { toBe() {} }; }\n")),
            "matchers extended": ("test_changed", ("    expect(sum)", "    expect.extend(easy);\n    expect(sum)")),
            "required in between": ("test_changed", ("    expect(sum)", "    require('./fake');\n    expect(sum)")),
            "import swapped": ("test_support_changed", ("'../add'", "'../fake'")),
            "import renamed": ("test_support_changed", ("{ add }", "{ fake as add }")),
            "side effect": ("test_support_changed", ("import {", "import './fake';\nimport {")),
            "hook": (
                "test_support_changed",
                ("  it('adds'", "  beforeEach(() => { global.add = () => 3; });\n  it('adds'"),
            ),
            "hook wrapped": (
                "test_skipped",
                ("", "\nif (true) { beforeEach(function () { this.skip(); }); }\n"),
            ),
            "mock in a new suite": (
                "test_support_changed",
                ("", "\ndescribe('more', () => {\n  vi.mock('../add');\n});\n"),
            ),
            "global set in a new suite": (
                "test_support_changed",
                ("", "\ndescribe('more', () => {\n  calc.add = () => 3;\n});\n"),
            ),
            "global set in a new test": (
                "test_support_changed",
                ("  it('adds'", "  it('first', () => {\n    globalThis.add = () => 3;\n  });\n  it('adds'"),
            ),
            "global defined in a new test": (
                "test_support_changed",
                ("", "\nit('first', () => {\n  Object.defineProperty(globalThis, 'expect', { value: easy });\n});\n"),
            ),
            "class block": ("test_support_changed", ("", "\nclass Odd {\n  static {\n    odd();\n  }\n}\n")),
            "called at once": ("test_support_changed", ("", "\nconst odd = (() => { spoil(); })();\n")),
            "row removed": ("test_support_changed", ("[1, 2], ", "")),
            "ends the run": ("test_skipped", ("    const sum", "    process.exit(0);\n    const sum")),
            "commented out": ("test_unreadable", ("  it('agrees'", "  /* it('agrees'")),
        },
    ),
    "TypeScript": Suite(
        "src/add.spec.ts",
        "import { add } from './add';\n\ntest('adds', async () => {\n  const sum: number = await add(1, 2);\n  expect(sum).toBe(3);\n});\n",
        {"a test more": ("", "\ntest.each([[1, 1]])('same', (a: number, b: number) => {\n  expect(a).toBe(b);\n});\n")},
        {
            "not awaited": ("test_changed", ("await add", "add")),
            "todo": ("test_skipped", ("test('adds'", "test.todo('adds'")),
            "unchecked": ("test_skipped", ("import", "// @ts-nocheck\nimport")),
            "environment": ("test_skipped", ("import", "/** @vitest-environment ./fake */\nimport")),
        },
    ),
    "Go": Suite(
        "add_test.go",
        'package calc\n\nimport (\n\t"testing"\n\n\t"example.org/calc"\n)\n\nfunc TestAdd(t *testing.T) {\n\ttests := []struct{ a, b int }{\n\t\t{1, 2},\n\t}\n\tfor _, tt := range tests {\n'
        "\t\tif calc.Add(tt.a, tt.b) != 3 {\n\t\t\tt.Error(tt)\n\t\t}\n\t}\n\tcheck(t)\n}\n\nfunc check(t *testing.T) {\n\tassert.Equal(t, 3, calc.Add(1, 2))\n}\n\nfunc ExampleAdd() {\n\tfmt.Println(calc.Add(1, 2))\n\t// Output: 3\n}\n",
        {
            "a row more": ("\t\t{1, 2},\n", "\t\t{1, 2},\n\t\t{2, 1},\n"),
            "a subtest more": ("\tcheck(t)\n", '\tcheck(t)\n\tt.Run("x", func(t *testing.T) {\n\t\tcheck(t)\n\t})\n'),
            "a test more": ("", "\nfunc TestMore(t *testing.T) {\n\tcheck(t)\n}\n"),
            "an import more": ('\t"testing"\n', '\t"os"\n\t"testing"\n'),
            "a value": ("", "\nvar limit = calc.Limit()\n"),
        },
        {
            "skipped": ("test_skipped", ("\ttests :=", "\tt.Skip()\n\ttests :=")),
            "build tag": ("test_skipped", ("package calc", "//go:build never\n\npackage calc")),
            "condition": ("test_changed", ("!= 3", "!= 4")),
            "renamed away": ("test_removed", ("func TestAdd", "func testAdd")),
            "demand of what it calls": ("assertion_removed", ("\tassert.Equal(t, 3, calc.Add(1, 2))\n", "")),
            "output of an example": ("test_changed", ("// Output: 3", "// Output: 4")),
            "output forgotten": ("test_changed", ("// Output: 3", "// prints 3")),
            "TestMain": ("test_support_changed", ("", "\nfunc TestMain(m *testing.M) {}\n")),
            "init": ("test_support_changed", ("", "\nfunc init() { broken = false }\n")),
            "initialiser": ("test_support_changed", ("", "\nvar odd = spoil()\n\nfunc spoil() int { return 0 }\n")),
            "set up of a suite": ("test_support_changed", ("", "\nfunc (s *Suite) SetupTest() {}\n")),
            "builtin": ("test_support_changed", ("", "\nfunc len(x any) int { return 0 }\n")),
            "package swapped": ("test_support_changed", ('"example.org/calc"', '"example.org/fake/calc"')),
            "exit": ("test_skipped", ("\tcheck(t)\n}", "\tcheck(t)\n\tos.Exit(0)\n}")),
            "recovered": ("test_skipped", ("\ttests :=", "\tdefer func() { return }()\n\ttests :=")),
        },
    ),
    "Rust": Suite(
        "src/lib.rs",
        "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 2), 3);\n    }\n}\n",
        {
            "the program changes": ("a + b", "b + a"),
            "a test more": (
                "    #[test]\n    fn adds",
                "    #[test]\n    fn zero() {\n        assert_eq!(add(0, 0), 0);\n    }\n\n    #[test]\n    fn adds",
            ),
        },
        {
            "ignored": ("test_skipped", ("    fn adds", "    #[ignore]\n    fn adds")),
            "should panic": ("test_skipped", ("    fn adds", "    #[should_panic]\n    fn adds")),
            "no test": ("test_removed", ("    #[test]\n", "")),
            "never built": ("test_removed", ("#[cfg(test)]", "#[cfg(any())]")),
            "never built in between": ("test_skipped", ("mod tests", "#[cfg(never)]\nmod tests")),
            "loosened": ("assertion_loosened", ("assert_eq!(add(1, 2), 3)", "assert!(add(1, 2) > 0)")),
            "macro": (
                "test_support_changed",
                ("    use super::*;", "    use super::*;\n    macro_rules! assert_eq { ($($x:tt)*) => {}; }"),
            ),
            "imported": ("test_support_changed", ("    use super::*;", "    use super::*;\n    use crate::fake::add;")),
        },
    ),
    "Java": Suite(
        "src/test/java/AddTest.java",
        "import static org.junit.Assert.assertEquals;\n\npublic class AddTest {\n  private final Calc calc = new Calc();\n\n  @Test\n  public void adds() {\n    assertEquals(3, calc.add(1, 2));\n  }\n}\n",
        {
            "a test more": (
                "  @Test\n",
                "  @Test\n  public void zero() {\n    assertEquals(0, calc.add(0, 0));\n  }\n\n  @Test\n",
            ),
            "a comment": ("    assertEquals", "    // so it is\n    assertEquals"),
            "a field more": ("  @Test\n", "  private static final int LIMIT = 3;\n\n  @Test\n"),
        },
        {
            "disabled": ("test_skipped", ("  @Test\n", '  @Test\n  @Disabled("later")\n')),
            "expected": ("test_changed", ("  @Test\n", "  @Test(expected = Throwable.class)\n")),
            "not collected": ("test_removed", ("  @Test\n", "")),
            "loosened": ("assertion_loosened", ("assertEquals(3, calc.add(1, 2))", "assertNotNull(calc.add(1, 2))")),
            "own assertEquals": (
                "test_support_changed",
                ("  @Test\n", "  static void assertEquals(Object a, Object b) {}\n\n  @Test\n"),
            ),
            "hook": (
                "test_support_changed",
                ("  @Test\n", "  @BeforeEach\n  void first() { assumeTrue(false); }\n\n  @Test\n"),
            ),
            "imported": ("test_support_changed", ("org.junit.Assert.assertEquals", "fake.Easy.assertEquals")),
            "overridden": (
                "test_support_changed",
                ("  @Test\n", "  @Override\n  protected boolean strict() { return false; }\n\n  @Test\n"),
            ),
            "code in a comment": (
                "test_changed",
                ("    assertEquals", "    // \\u000a if (true) return;\n    assertEquals"),
            ),
            "field": ("test_skipped", ("new Calc()", "new Calc() { int add(int a, int b) { return 3; } }")),
        },
    ),
    "C++": Suite(
        "test/add_test.cc",
        '#include "add.h"\n#include <gtest/gtest.h>\n\nTEST(Add, Adds) {\n  int sum = add(1, 2);\n  EXPECT_EQ(3, sum);\n}\n\nTEST_CASE("catch", "[add]") {\n  REQUIRE(add(1, 2) == 3);\n}\n',
        {
            "a test more": ("TEST(Add, Adds)", "TEST(Add, Zero) {\n  EXPECT_EQ(0, add(0, 0));\n}\n\nTEST(Add, Adds)"),
            "a header more": ("#include <gtest", "#include <vector>\n#include <gtest"),
        },
        {
            "skipped": ("test_skipped", ("  int sum", "  GTEST_SKIP();\n  int sum")),
            "if 0": ("test_unreadable", ("TEST(Add", "#if 0\nTEST(Add")),
            "disabled": ("test_removed", ("TEST(Add, Adds)", "TEST(Add, DISABLED_Adds)")),
            "loosened": ("assertion_loosened", ("EXPECT_EQ(3, sum)", "EXPECT_GE(9, sum)")),
            "continued comment": ("assertion_removed", ("  EXPECT_EQ", "  // see \\\n  EXPECT_EQ")),
            "macro": ("test_support_changed", ("TEST(Add", "#undef EXPECT_EQ\n#define EXPECT_EQ(a, b)\nTEST(Add")),
            "header": ("test_support_changed", ("#include <gtest", '#include "easy.h"\n#include <gtest')),
            "main": ("test_support_changed", ("", "\nint main() { return 0; }\n")),
            "macro test without a body": ("assertion_removed", ("  REQUIRE(add(1, 2) == 3);\n", "")),
        },
    ),
    "Ruby": Suite(
        "test/add_test.rb",
        'require "minitest/autorun"\n\nclass AddTest < Minitest::Test\n  def test_adds\n    assert_equal 3, add(1, 2)\n  end\nend\n\ndescribe "add" do\n  it "adds" do\n    add(1, 2).must_equal 3\n  end\nend\n',
        {
            "a test more": (
                "  def test_adds",
                "  def test_zero\n    assert_equal 0, add(0, 0)\n  end\n\n  def test_adds",
            ),
            "an example more": ('  it "adds"', '  it "is zero" do\n    add(0, 0).must_equal 0\n  end\n  it "adds"'),
        },
        {
            "skipped": ("test_skipped", ("    assert_equal", "    skip\n    assert_equal")),
            "x": ("test_skipped", ('it "adds"', 'xit "adds"')),
            "defined again": ("test_removed", ("  def test_adds", "  def test_adds\n  end\n\n  def test_adds")),
            "reopened": ("test_support_changed", ("", "\nclass Object\n  def must_equal(*) = true\nend\n")),
            "module reopened": (
                "test_support_changed",
                ("", "\nmodule Minitest::Assertions\n  def assert_equal(*) = true\nend\n"),
            ),
            "end of code": ("test_removed", ("class AddTest", "__END__\nclass AddTest")),
            "rescued": ("test_skipped", ("    assert_equal 3, add(1, 2)", "    assert_equal(3, add(1, 2)) rescue nil")),
            "hook": ("test_support_changed", ('  it "adds"', '  before { skip }\n  it "adds"')),
            "required": ("test_support_changed", ("class AddTest", 'require "easy"\nclass AddTest')),
            "loosened": ("assertion_loosened", ("must_equal 3", "wont_be_nil")),
        },
    ),
    "PHP": Suite(
        "tests/AddTest.php",
        "<?php\nnamespace Calc;\nuse Calc\\Add;\n\nclass AddTest extends TestCase\n{\n    /** @dataProvider pairs */\n    public function testAdds(int $a): void\n    {\n        $this->assertSame(3, add(1, $a));\n    }\n}\n",
        {
            "a test more": (
                "    /** @data",
                "    public function testZero(): void\n    {\n        $this->assertSame(0, add(0, 0));\n    }\n\n    /** @data",
            )
        },
        {
            "namespace": ("test_support_changed", ("namespace Calc;", "namespace Fake;")),
            "skipped": ("test_skipped", ("        $this->", "        $this->markTestSkipped();\n        $this->")),
            "exception expected": (
                "test_changed",
                ("        $this->", "        $this->expectException(\\Throwable::class);\n        $this->"),
            ),
            "file returns": ("test_skipped", ("namespace Calc;", "namespace Calc;\nreturn;")),
            "provider": ("test_changed", ("@dataProvider pairs", "@dataProvider none")),
            "group": ("test_skipped", ("@dataProvider pairs", "@group slow @dataProvider pairs")),
            "assertSame": (
                "test_support_changed",
                ("    /** @data", "    public static function assertSame($a, $b, $c = ''): void {}\n\n    /** @data"),
            ),
            "loosened": ("assertion_loosened", ("assertSame(3, add(1, $a))", "assertNotNull(add(1, $a))")),
            "used": ("test_support_changed", ("use Calc\\Add;", "use Fake\\Add;")),
        },
    ),
    "C#": Suite(
        "src/Calc.Tests/Adding.cs",
        "using Xunit;\n\nnamespace Calc.Tests;\n\npublic class Adding {\n    [Theory]\n    [InlineData(1)]\n    public void Adds(int a) {\n        Assert.Equal(3, Calc.Add(a, 2));\n    }\n}\n",
        {
            "a row more": ("    [InlineData(1)]\n", "    [InlineData(1)]\n    [InlineData(2)]\n"),
            "a test more": (
                "    [Theory]",
                "    [Fact]\n    public void Zero() {\n        Assert.Equal(0, Calc.Add(0, 0));\n    }\n\n    [Theory]",
            ),
        },
        {
            "skipped": ("test_skipped", ("[Theory]", '[Theory(Skip = "later")]')),
            "row skipped": (
                "test_skipped",
                ("    [InlineData(1)]\n", '    [InlineData(1)]\n    [InlineData(2, Skip = "x")]\n'),
            ),
            "not collected": ("test_removed", ("    [Theory]\n    [InlineData(1)]\n", "")),
            "never built": ("test_unreadable", ("    [Theory]", "#if NEVER\n    [Theory]")),
            "loosened": ("assertion_loosened", ("Assert.Equal(3, Calc.Add(a, 2))", "Assert.NotNull(Calc.Add(a, 2))")),
            "global using": (
                "test_support_changed",
                ("using Xunit;", "global using static Fake.Easy;\nusing Xunit;"),
            ),
            "own Assert": (
                "test_support_changed",
                (
                    "    [Theory]",
                    "    static class Assert { public static void Equal(object a, object b) {} }\n\n    [Theory]",
                ),
            ),
            "constructor": (
                "test_support_changed",
                ("    [Theory]", "    public Adding() { Calc.Fake = true; }\n\n    [Theory]"),
            ),
        },
    ),
}
