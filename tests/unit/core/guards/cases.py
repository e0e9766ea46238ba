"""One change for each rule that must set it off, and the nearest one that must not."""

from collections.abc import Mapping

from msgspec import field
from tamma_core.domain.record import Record
from unit.core.guards.changes import Content


class Case(Record, frozen=True):
    """Hold a change of one file."""

    path: str
    old: Content
    new: Content
    old_path: str | None = None
    modes: tuple[str, str] = ("100644", "100644")
    also: Mapping[str, tuple[Content, Content]] = field(default_factory=dict)


PY = "from calc import add\n\n\ndef test_add():\n    result = add(1, 2)\n    assert result == 3\n    assert add(0, 0) == 0\n"
APPENDED = PY + "\n\ndef test_negative():\n    assert add(-1, 1) == 0\n"
JS = "const { test } = require('node:test');\n\ntest('adds', () => {\n  expect(add(1, 2)).toBe(3);\n});\n"
GO = "package calc\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal()\n\t}\n}\n"
SUITE = "import unittest\n\n\nclass AddTest(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
CLASS = "class TestAdd:\n    def test_add(self):\n        assert add(1, 2) == 3\n"
ROWS = "@pytest.mark.parametrize(('a', 'b'), [(1, 2), (2, 3)])\ndef test_next(a, b):\n    assert a + 1 == b\n"
APPROX = "def test_ratio():\n    assert ratio() == approx(0.5, abs=0.01)\n"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
PROJECT = '[project]\nname = "calc"\nversion = "1.0"\ndependencies = ["requests"]\n'
NPM = '{"packages": {"node_modules/a": {"version": "1.0.0", "resolved": "https://good.example/a.tgz", "integrity": "sha512-x"}}}'
GO_SUM = "example.org/a v1.0.0 h1:abc\n"
CARGO = '[[package]]\nname = "a"\nversion = "1"\nchecksum = "abc"\n'
RUNNING = (
    "src/__mocks__/fs.js",
    "babel.config.js",
    ".babelrc",
    ".swcrc",
    "hatch.toml",
    "CTestTestfile.cmake",
    "gradle/init.gradle",
    "global.json",
    "defs.bzl",
    "tasks.py",
    "dodo.py",
    "fabfile.py",
    "bin/test",
    "script/test",
    "scripts/test-all.sh",
    "scripts/run-tests.sh",
    "run_tests.py",
    "runtests.sh",
    "ci/run-all-tests.sh",
    "phpunit.dist.xml",
    "jest.preset.js",
    "gulpfile.js",
    "nx.json",
    "tox.toml",
    "Taskfile.dist.yml",
    "tools/check.sh",
)
LOADED = (
    "calc.egg-info/entry_points.txt",
    "lib/calc-1.0.dist-info/entry_points.txt",
    "calc.egg-link",
    "python312._pth",
    "pyvenv.cfg",
    ".bundle/config",
    ".pdbrc",
    ".irbrc",
    ".Rprofile",
)
INHERITING = "from web.testing import Case\n\n\nclass PageTest(Case):\n    def test_page(self):\n        self.assertTrue(self.page())\n"
FIXTURES = "@pytest.mark.usefixtures('server')\ndef test_page(client, tmp_path):\n    assert client.get('/')\n"
OVERRIDING = (
    "def assertEqual(self, *values):\n        pass",
    "def _callTestMethod(self, method):\n        pass",
    "assertEqual = print",
    "class assertEqual:\n        pass",
)
INHERITED = ("def page(self):\n        return 1", "def _pre_setup(self):\n        pass", "client_class = object")
LEAKING = (
    "type(self).assertEqual = print",
    "self.__class__.assertEqual = print",
    "unittest.TestCase.assertEqual = print",
    "case = type(self); case.assertEqual = print",
    "setattr(type(self), 'assert' + 'Equal', print)",
    "self._outcome.success = True",
    "calc.add = max",
    "calc.TABLE[1, 2] = 3",
    "calc.TABLE.update({(1, 2): 3})",
    "table = calc.TABLE; table[1, 2] = 3",
    "import calc as c; c.__dict__['add'] = max",
    "vars(calc)['add'] = max",
    "del calc.add",
    "globals()['add'] = max",
    "global add; add = max",
    "os._exit(0)",
    "[type(self)][0].assertEqual = print",
    "(type(self) or 0).assertEqual = print",
    "(lambda: calc)().add = max",
    "next(iter([calc])).add = max",
    "(m := calc).add = max",
    "ms = [calc]; ms[0].add = max",
    "ms = list(calc.MODULES); ms[0].add = max",
    "dict.update(calc.TABLE, {(1, 2): 3})",
    "operator.setitem(calc.TABLE, (1, 2), 3)",
    "calc.TABLE.__ior__({(1, 2): 3})",
    "setattr(*(calc, 'add', max))",
    "mock.patch('calc.add', max).start()",
    "sys.modules.get('calc').add = max",
    "exec('calc.add = max')",
    "".join(f"m{n} = m{n + 1}; " for n in range(60)) + "m60 = calc; m0.add = max",
    "self._cleanups.clear()",
    "__builtins__['setattr'](calc, 'add', max)",
)
KEEPING = (
    "self.number = 3; self.maxDiff = None",
    "table = calc.table(); table[1, 2] = 3; table.rows.append(4)",
    "total = calc.LIMIT; total += 1",
    "with mock.patch('calc.add') as add: add.return_value = 3",
    "self.user.id = 3; calc.update(3)",
    "self.monkeypatch.setattr(calc, 'add', max); self.monkeypatch.delattr(calc.TABLE, 'x')",
    "cases = [calc.LIMIT, 1]; cases[0] = 2; cases.append(3)",
    "table = dict(calc.TABLE); table[1, 2] = 3; table.update(a=1)",
    "answer = requests.get('/'); answer.encoding = 'utf-8'",
    "patcher = mock.patch('calc.add'); patcher.start(); self.addCleanup(patcher.stop)",
)
EARLY = (
    "for number in range(9):\n    calc.TABLE[number, number] = 2 * number\n",
    "BOTH = calc.TABLE.setdefault((1, 2), 3)\n",
    "calc.enable()\n",
    "if calc:\n    calc.enable()\n",
    "try:\n    calc.enable()\nfinally:\n    pass\n",
    "calc.modes().enable()\n",
    "def spoil():\n    calc.enable()\n\n\nspoil()\n",
    "def both(table=calc.TABLE.update({(1, 2): 3})):\n    return table\n",
    "table = calc.TABLE\nwith open('x') as file:\n    table.update(file)\n",
)
LOADING = (
    "import math\nfrom calc import App\ntry:\n    import numpy\nexcept ImportError:\n    numpy = None\napp = App()\napp.add('x')\nCASES = [calc.add(1, 2), *range(3)]\n"
    "for case in range(3):\n    CASES.append(case)\nif __name__ == '__main__':\n    unittest.main()\n"
)
IMPORTS = "import calc\nimport os\nimport unittest\n"
HELPED = "\n    def test_new(self):\n        self.check(2)\n\n    def check(self, number):\n        self.assertEqual(add(1, 1), number)\n"
SET_UP = "\n    @classmethod\n    def setUpClass(cls):\n        cls.number = 3\n"
FIXTURES_REPLACED = (
    "@pytest.fixture\ndef client():\n    return Mock()\n",
    "@pytest.fixture(name='client')\ndef other():\n    return Mock()\n",
    "@pytest.fixture\ndef server():\n    pass\n",
    "@pytest.fixture\ndef monkeypatch():\n    pass\n",
    "from fakes import client\n",
    "client = pytest.fixture(Mock)\n",
)
PADDING = " " * 25_000
DISGUISES = ("/**/CODE", "/*\n*/CODE", "/*/ x */ CODE", "/*\n * x\n */ CODE", "/*\n// */ CODE", "s = '\\\n// '; CODE")
SHADOWING = (
    "difflib.py",
    "json/__init__.py",
    "src/typing.py",
    "tests/traceback.py",
    "pluggy.py",
    "coverage/__init__.py",
    "hamcrest.py",
)
DOCTEST = 'def add(x):\n    """Add one.\n\n    >>> add(1)\n    2\n    """\n    return x + 1\n'
RUST_DOC = "/// ```\n/// assert_eq!(add(1), 2);\n/// ```\npub fn add(x: i32) -> i32 { x + 1 }\n"
ELIXIR_DOC = '@doc """\n    iex> add(1)\n    2\n"""\n'
PAGE = "Sums\n\n>>> add(1)\n2\n"
# A page or program with an example, and what becomes of it when somebody wants it to agree.
EXAMPLES = (
    (
        "src/calc.py",
        DOCTEST,
        (
            DOCTEST.replace("    2\n", "    7\n"),
            DOCTEST.replace("    >>> add(1)\n    2\n", ""),
            DOCTEST.replace("1)\n", "1)  # doctest: +SKIP\n"),
        ),
    ),
    (
        "src/lib.rs",
        RUST_DOC,
        (RUST_DOC.replace("2)", "7)"), RUST_DOC.replace("```\n/// a", "```text\n/// a"), RUST_DOC.partition("pub")[2]),
    ),
    ("lib/calc.ex", ELIXIR_DOC, ('@doc """\n"""\n',)),
    ("docs/sums.rst", PAGE, (PAGE.replace("2", "7"),)),
)
PLUGIN = "import pytest\n\n\n@pytest.fixture\ndef client():\n    yield real()\n"
STEP = "from behave import then\n\n\n@then('it is 2')\ndef step(context):\n    assert context.sum == 2\n"
JS_STEP = "Then('it is 2', function () {\n  assert.equal(this.sum, 2);\n});\n"
# A demand, and what is about the same thing, looks as strict, and does not imply it.
TURNED = (
    ("result", "result is False"),
    ("result", "result == result"),
    ("result", "result == ANY"),
    ("result", "result == 0"),
    ("result is not None", "result == None"),
    ("result is None", "result == 3"),
    ("result != 3", "result == 3"),
    ("result > 100", "result == 3"),
    ("result in (3, 4)", "result == 5"),
    ("'sum' in result", "'sum' == 'sum'"),
    ("isinstance(result, int)", "result == 'a'"),
    ("result == solve(tol=0.1)", "result == solve(tol=0.01)"),
)
TURNED_CALLS = (
    ("False(add(1, 2))", "Equal(add(1, 2), True)"),
    ("IsNone(add(1, 2))", "Equal(add(1, 2), 3)"),
    ("NotEqual(add(1, 2), 3)", "Equal(add(1, 2), 3)"),
    ("True(add(1, 2))", "Equal(add(1, 2), False)"),
    ("True(add(1, 2))", "Equal(add(1, 2), 3, spoil())"),
    ("AlmostEqual(add(1, 2), 3.1)", "Equal(add(1, 2), 7)"),
)
SPDX = "# SPDX-License-Identifier: MIT\na = 1\n"


def demanding(what: str) -> str:
    """Write the suite with another demand."""
    return SUITE.replace("Equal(add(1, 2), 3)", what)


FIRES: Mapping[str, tuple[Case, ...]] = {
    "secret": (
        Case("src/app.py", "a = 1\n", f"a = 1\nkey = '{TOKEN}'\n"),
        Case("key.txt", None, "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n"),
        Case("data.bin", None, b"\0\0" + TOKEN.encode()),
        Case("page.html", "a\n", f"{PADDING}{TOKEN}\n"),
        Case("page.html", "a\n", f"{PADDING}110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\n"),
    ),
    "possible_secret": (
        Case("src/settings.py", "a = 1\n", "a = 1\npassword = 'correct-horse-9'\n"),
        Case("src/settings.py", "a = 1\n", f"a = (1,{PADDING})\n{PADDING}password = 'correct-horse-9'\n"),
    ),
    "symlink_outside": (
        Case("link", None, "/etc/passwd", modes=("", "120000")),
        Case("a/link", None, "../../outside", modes=("", "120000")),
        Case("link", "README.md", "/etc/passwd", modes=("120000", "120000")),
        Case("link", None, ".git/config", modes=("", "120000")),
    ),
    "gitlink": (
        Case("lib", None, "x", modes=("", "160000")),
        Case("x/HEAD", None, "ref: x\n", also={"x/config": (None, "[core]\n"), "x/objects/a": (None, "x")}),
    ),
    "path_trick": tuple(
        Case(path, None, "x\n")
        for path in (
            ".GIT/config",
            "a/.git /x",
            "a/git~1",
            "a/.g\u200cit/x",
            "a/b.",
            "a/b\u202ecod.py",
            "a\nb",
            "a/../b",
            "a\\b",
            "aux.py",
            "x:y",
        )
    ),
    "unknown_mode": (Case("pipe", None, "x", modes=("", "010644")),),
    "symlink": (
        Case("a/link", None, "../README.md", modes=("", "120000")),
        Case("tests", "qa", None, modes=("120000", ""), also={"tests/test_add.py": (None, PY)}),
        Case("lib", "src", None, modes=("120000", "")),
    ),
    "gitlink_removed": (Case("lib", "x", None, modes=("160000", "")),),
    "case_collision": (Case("src/A.py", None, "x = 1\n", also={"src/a.py": ("x = 1\n", "x = 2\n")}),),
    "executable": (
        Case("tool.py", "x = 1\n", "x = 1\n", modes=("100644", "100755")),
        Case("tool.sh", None, "echo\n", modes=("", "100755")),
    ),
    "binary": (Case("logo.png", None, b"\x89PNG\0\0"), Case("notes.txt", None, b"\xff\xfe latin\n")),
    "large_file": (Case("data.csv", None, "x" * (1 << 20) + "y"),),
    "unread_change": (Case("a.txt", None, "x", also={f"{number}.txt": (None, "x\n") for number in range(2000)}),),
    "large_change": (Case("a.txt", None, "\n".join(map(str, range(2500)))),),
    "test_file_deleted": (Case("tests/test_add.py", PY, None), Case("tests/test_add.py", PY, "")),
    "test_hidden": (
        Case("tests/add_checks.py", PY, PY, old_path="tests/test_add.py"),
        Case("tests/test_add.py.txt", PY, PY, old_path="tests/test_add.py"),
        Case("old/add.js", JS, JS, old_path="add.test.js"),
    ),
    "test_removed": (
        Case("tests/test_add.py", CLASS, CLASS.replace("TestAdd", "HelpAdd")),
        Case("tests/test_add.py", PY, None, also={"tests/helpers.py": (None, PY)}),
        Case("tests/test_add.py", APPENDED, PY),
        Case("tests/test_add.py", PY, PY + "\n\ndef test_add():\n    pass\n"),
        Case("add.test.js", JS + JS.replace("adds", "sums"), JS),
        Case("add_test.go", GO, GO.replace("TestAdd", "checkAdd")),
        Case("src/lib.rs", "#[test]\nfn test_add() {\n    assert!(true);\n}\n", "\n"),
    ),
    "test_skipped": (
        Case(
            "tests/test_add.py", SUITE, SUITE.replace("    def", "    failureException = ZeroDivisionError\n\n    def")
        ),
        Case("tests/test_add.py", PY, PY.replace("def test", "@pytest.mark.skip\ndef test")),
        Case("tests/test_add.py", PY, PY.replace("def test", "@pytest.mark.xfail(strict=False)\ndef test")),
        Case("tests/test_add.py", PY, PY.replace("    result", "    return\n    result")),
        Case("tests/test_add.py", PY, PY.replace("    result", "    pytest.skip('x')\n    result")),
        Case("tests/test_add.py", PY, PY + "    yield\n"),
        Case("tests/test_add.py", PY, PY + "\npytestmark = pytest.mark.skip\n"),
        Case("tests/test_add.py", PY, PY + "\ntest_add.__test__ = False\npytest.skip('', allow_module_level=True)\n"),
        Case(
            "tests/test_add.py",
            PY,
            PY.replace(
                "    assert result == 3\n",
                "    try:\n        assert result == 3\n    except AssertionError:\n        pass\n",
            ),
        ),
        Case("tests/test_add.py", SUITE, SUITE.replace("class", "@unittest.skip('x')\nclass")),
        Case("add.test.js", JS, JS.replace("test('adds'", "test.skip('adds'")),
        Case("add.test.js", JS, JS + "test.only('subtracts', () => {});\n"),
        Case("add.test.js", JS, JS.replace("  expect", "  return;\n  expect")),
        Case("add_test.go", GO, "//go:build never\n\n" + GO),
        Case("add_test.go", GO, GO.replace("\tif", "\tt.Skip()\n\tif")),
    ),
    "assertion_removed": (
        Case("checks.py", "def check(x, y):\n    assert x == y\n", "def check(x, y):\n    assert x is not None\n"),
        Case("tests/test_add.py", PY, PY.replace("    assert result == 3\n", "")),
        Case("tests/helpers.py", "def check(x):\n    assert x == 3\n", "def other(x):\n    pass\n"),
        Case("features/steps/sums.py", STEP, STEP.replace("assert context.sum == 2", "pass")),
        Case("features/step_definitions/sums.js", JS_STEP, JS_STEP.replace("  assert.equal(this.sum, 2);\n", "")),
    ),
    "assertion_loosened": (
        Case(
            "src/checks.py",
            SUITE.replace("test_add", "add_up"),
            SUITE.replace("test_add", "add_up").replace("assertEqual(add(1, 2), 3)", "assertTrue(add(1, 2))"),
        ),
        Case("tests/test_add.py", PY, PY.replace("assert result == 3", "assert result")),
        Case("tests/test_add.py", PY, PY.replace("assert result == 3", "assert result >= 3")),
        Case("tests/test_add.py", PY, PY.replace("assert result == 3", "assert result is not None")),
        Case("tests/test_add.py", PY, PY.replace("assert result == 3", "assert isinstance(result, int)")),
        Case("tests/test_add.py", SUITE, SUITE.replace("assertEqual(add(1, 2), 3)", "assertTrue(add(1, 2))")),
        Case("add.test.js", JS, JS.replace("toBe(3)", "toBeTruthy()")),
        Case("tests/test_ratio.py", APPROX, APPROX.replace("0.01", "0.5")),
        Case("tests/test_ratio.py", APPROX.replace("approx(0.5, abs=0.01)", "approx(0.5)"), APPROX),
    ),
    "assertion_changed": (
        Case("tests/test_add.py", PY, PY.replace("result == 3", "result == 4")),
        *(
            Case("tests/test_add.py", PY.replace("result == 3", old), PY.replace("result == 3", new))
            for old, new in TURNED
        ),
        *(Case("tests/test_add.py", demanding(old), demanding(new)) for old, new in TURNED_CALLS),
    ),
    "test_changed": (
        Case("tests/test_add.py", ROWS, ROWS.replace("(1, 2), ", "")),
        Case("tests/test_add.py", ROWS, ROWS.replace("(2, 3)", "(2, 4)")),
        Case("tests/test_add.py", PY, PY.replace("add(1, 2)", "add(2, 1)")),
        Case("add.test.js", JS, JS.replace("  expect", "  add(0, 0);\n  expect")),
        Case("add_test.go", GO, GO.replace("!= 3", "!= 4")),
        Case("tests/test_add.py", PY, PY.replace("test_add()", "test_add(result=3)")),
        *(Case(path, old, new) for path, old, news in EXAMPLES for new in news),
    ),
    "test_support_changed": (
        Case("tests/test_add.py", PY, PY + "\nfrom fake import *\n"),
        Case("tests/test_add.py", PY, PY + "\n\n@pytest.fixture(autouse=True)\ndef fake():\n    pass\n"),
        Case("tests/test_add.py", PY, PY.replace("from calc", "from fake")),
        Case("tests/test_add.py", PY, PY + "\nimport calc\ncalc.add = max\n"),
        Case("tests/test_add.py", PY, PY + "\n\ndef add(a, b):\n    return 3\n"),
        Case("tests/test_add.py", PY, PY + "\n\ndef setup_module():\n    pass\n"),
        Case("tests/test_new.py", None, "import calc\ncalc.add = max\n\ndef test_x():\n    assert 1\n"),
        Case("tests/test_add.py", SUITE, SUITE.replace("unittest.TestCase", "object")),
        Case("tests/helper.py", "LIMIT = 3\n", "LIMIT = 30\n"),
        *(Case("tests/test_add.py", SUITE, f"{SUITE}\n    {member}\n") for member in OVERRIDING),
        *(Case("tests/test_add.py", INHERITING, f"{INHERITING}\n    {member}\n") for member in INHERITED),
        *(Case("tests/test_add.py", SUITE, f"{SUITE}\n    def test_more(self):\n        {line}\n") for line in LEAKING),
        *(Case("tests/test_new.py", None, f"{IMPORTS}\n\ndef test_new(self):\n    {line}\n") for line in LEAKING),
        Case("tests/test_add.py", PY, PY + "    calc.add = max\n"),
        Case("tests/test_add.py", PY, PY + "\n\nclass add:\n    def __new__(cls, *values):\n        return 3\n"),
        *(Case("tests/test_add.py", FIXTURES, f"{FIXTURES}\n\n{fixture}") for fixture in FIXTURES_REPLACED),
        *(Case("tests/test_new.py", None, f"{IMPORTS}{early}\n{APPENDED}") for early in EARLY),
        Case("tests/test_add.py", PY, f"{APPENDED}\nimport calc\nBOTH = calc.TABLE.setdefault((1, 2), 3)\n"),
        Case("add.test.js", JS, JS + "beforeEach(() => { global.add = () => 3; });\n"),
        Case("src/plugin.py", PLUGIN, PLUGIN.replace("real()", "fake()")),
    ),
    "test_data_changed": (
        Case("tests/data/golden.json", "{}\n", '{"a": 1}\n'),
        Case("__snapshots__/a.test.js.snap", "x\n", "y\n"),
        Case("src/golden/a.json", "{}\n", "[]\n"),
        Case("pkg/out.golden", "a\n", None),
        Case("cases/expected_output.txt", "3\n", "-1\n"),
    ),
    "test_unreadable": (
        Case("tests/test_add.py", PY, "def test(:\n"),
        Case("tests/test_add.py", PY, PY + "#" * (1 << 19)),
        Case("tests/test_new.py", None, f"{PY}    x{'.a()' * 1200}\n"),
    ),
    "test_settings": (
        Case("pytest.ini", None, "[pytest]\naddopts = -k add\n"),
        Case("tests/conftest.py", None, "collect_ignore = ['test_add.py']\n"),
        Case("pyproject.toml", PROJECT, PROJECT + '[tool.pytest.ini_options]\naddopts = "--deselect x"\n'),
        Case("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "true"}}'),
        Case("setup.cfg", "[metadata]\nname = a\n", "[metadata]\nname = a\n[tool:pytest]\naddopts = -x\n"),
        Case("tox.ini", "[tox]\n", "[testenv]\n"),
        Case("Cargo.toml", "[package]\nname = 'a'\n", "[package]\nname = 'a'\nautotests = false\n"),
        Case("test/test_helper.rb", "a\n", "exit\n"),
        Case("x.runsettings", None, "<a/>\n"),
        Case(
            "package.json", '{"scripts": {"test": "wireit"}}', '{"scripts": {"test": "wireit"}, "wireit": {"test": {}}}'
        ),
        Case("pyproject.toml", PROJECT, PROJECT + "[tool.duty]\nx = 1\n"),
        Case("Makefile", "test:\n\tpytest\n", "test:\n\ttrue\n"),
        *(Case(path, None, "x\n") for path in RUNNING),
    ),
    "test_detection": (
        Case("src/app.py", "a = 1\n", "import os\na = 'PYTEST_CURRENT_TEST' in os.environ\n"),
        Case("src/app.py", "a = 1\n", f"import os\na = ({PADDING}'PYTEST_CURRENT_TEST' in os.environ)\n"),
    ),
    "test_reach": tuple(
        Case(path, "a = 1\n", f"{code}\na = 1\n")
        for path, code in (
            ("src/calc.py", "import unittest"),
            ("src/calc.py", "from _pytest import runner"),
            ("src/calc.py", "from json import unittest"),
            ("src/calc.py", "import json\njson.dumps = str"),
            ("src/calc.py", "from json import JSONEncoder as J\nJ.default = str"),
            ("src/calc.py", "import json\nsetattr(json.JSONEncoder, 'x' + 'y', str)"),
            ("src/calc.py", "def f(t):\n    setattr(t, 'assert' + 'Equal', str)"),
            ("src/calc.py", "import sys as s\ns.modules.get('unit' + 'test')"),
            ("src/calc.py", "from sys import modules as m"),
            ("src/calc.py", "import inspect\n\n\ndef f():\n    return inspect.stack()[1]"),
            ("src/calc.py", "import gc\nfor o in gc.get_objects():\n    pass"),
            ("src/calc.py", "import atexit"),
            ("src/calc.py", "import os\nos._exit(0)"),
            ("src/calc.py", "import builtins"),
            ("src/calc.py", "__builtins__['len'] = 1"),
            ("src/calc.py", "exec('x')"),
            ("src/calc.py", "import sys\nb = any('test' in x for x in sys.argv)"),
            ("src/calc.py", "class A(int):\n    def __eq__(self, other):\n        return True"),
            ("src/calc.py", "class A(int):\n    __eq__ = lambda self, other: True"),
            ("src/calc.py", "def pytest_collection_modifyitems(items):\n    items[:] = []"),
            ("src/calc.py", "type A[T: (int, 'x')] = !\nimport unittest"),
            ("a.js", "require('assert').strictEqual = () => {};"),
            ("a.mjs", "import { mock } from 'node:test';"),
            ("a.js", "globalThis.expect = () => f;"),
            ("a.ts", "(globalThis as any).x = 1; global['it'] = f;"),
            ("a.js", "process.on('exit', () => { process.exitCode = 0 });"),
            ("a.js", "Object.prototype.toBe = () => {};"),
            ("a.go", 'import "testing"'),
            ("a.go", "func f() { runtime.Caller(1) }"),
            ("a.rs", "fn f() -> bool { cfg!(test) }"),
            ("A.java", "import org.junit.Assert;"),
            ("A.cs", "public override bool Equals(object o) => true;"),
            ("a.rb", "module Minitest; end"),
            ("a.rb", "at_exit { exit!(0) }"),
            ("a.php", "register_shutdown_function(fn() => exit(0));"),
            ("a.c", "int f(void) { _exit(0); }"),
            *(("a.js", disguise.replace("CODE", "globalThis.expect = f;")) for disguise in DISGUISES),
            ("a.js", "// `\n// ${globalThis.expect = f}`"),
            ("a.js", "globalThis/* */.expect = f;"),
            ("a.js", "globalThis\n  .expect = f;"),
            ("a.js", "globalThis['exp' + 'ect'] = f;"),
            ("a.js", "Reflect.set(globalThis, 'expect', f);"),
            ("a.js", "s = `\n/* x`\n* (globalThis.expect = f);"),
            ("a.js", "class A {\n* a() { globalThis.expect = f; }\n}"),
            ("a.go", "*p = flag.Lookup"),
            ("a.c", "#define LEAVE _exit(0)"),
            ("a.rb", "//.match(x); at_exit { }"),
            ("a.rb", "s = '\n# '; at_exit { }"),
            ("A.java", "// \\u000a Runtime.getRuntime().halt(0);"),
        )
    )
    + tuple(Case(path, None, "a = 1\n") for path in SHADOWING)
    + (Case("jsonlib.py", None, "a = 1\n", also={"src/calc.py": ("import jsonlib\n", "import jsonlib\n\n\n")}),)
    + (
        Case("a.php", "<?php\n", "<?php\n// ok ?> <?php class_alias(A::class, B::class);\n"),
        Case("a.php", "<p>\n", "<p>\n// <?php class_alias(A::class, B::class);\n"),
        Case("a.rb", "a = 1\n", "a = %q(\n#); at_exit do exit! 0 end\n"),
        Case("a.jsx", "a = 1\n", "a = <b>\n/* x\n* </b>; globalThis.expect = f\n"),
        Case("a.vue", "<template/>\n", "<template>\n// <b :a=globalThis.expect=f />\n</template>\n"),
        Case("src/calc/testing/api.js", "a = 1\n", "globalThis.expect = f;\n"),
        Case("src/random.py", None, "a = 1\n", also={"src/__init__.py": (None, ""), "src/calc.py": ("a\n", "b\n")}),
        Case("src/random.py", None, "a = 1\n", also={"src/__init__.py": ("a\n", None)}),
    ),
    "assertion_redefined": (
        Case("src/lib.rs", "mod sums;\n", "macro_rules! assert_eq { ($($x:tt)*) => {}; }\nmod sums;\n"),
        Case("src/sums.h", "int add(int, int);\n", "int add(int, int);\n# define EXPECT_EQ(a, b)\n"),
        Case("src/sums.c", "int add(int, int);\n", "#define NDEBUG\nint add(int, int);\n"),
        Case("src/sums.c", "int add(int, int);\n", "/*\n*/ %:define NDEBUG\nint add(int, int);\n"),
    ),
    "suppression": (
        Case("src/app.py", "a = f()\n", "a = f()  # type: ignore\n"),
        Case("src/app.js", "f();\n", "// eslint-disable-next-line\nf();\n"),
        Case("main.go", "package main\n", "package main\nvar x = 1 //nolint\n"),
        Case("src/a.rs", "fn a() {}\n", "#![allow (dead_code)]\nfn a() {}\n"),
        Case("src/A.cs", "class A {}\n", "[ExcludeFromCodeCoverage]\nclass A {}\n"),
        Case("src/a.cc", "int a;\n", '#pragma GCC diagnostic ignored "-Wall"\nint a; // LCOV_EXCL_LINE\n'),
        Case("src/a.rb", "a\n", "a # rubocop:disable all\n"),
        Case("src/a.rs", "/// ```\nfn a() {}\n", "/// ```ignore\nfn a() {}\n"),
        Case("src/app.py", "a = f()\n", f"a = f(){PADDING}# type: ignore\n"),
    ),
    "quality_gate": (
        Case("pyproject.toml", PROJECT, PROJECT + "[tool.coverage.report]\nfail_under = 10\n"),
        Case(".eslintrc.json", "{}", '{"rules": {}}'),
        *(
            Case(path, None, "x\n")
            for path in (".codespellrc", "web/.any-tool.yml", ".cargo/audit.toml", ".tool/x", "osv-scanner.toml")
        ),
    ),
    "ci": tuple(
        Case(path, None, "x: 1\n")
        for path in (
            ".github/workflows/a.yml",
            ".Gitea/workflows/a.yml",
            ".gitlab-ci.yml",
            "Jenkinsfile",
            ".circleci/config.yml",
            "azure-pipelines.yml",
            ".crow.yaml",
            ".github/settings.yml",
            ".github/run.sh",
            ".mergify.yml",
        )
    ),
    "lock_file": tuple(
        Case(path, "a\n", "b\n") for path in ("uv.lock", "web/package-lock.json", "go.sum", "yarn.lock", "Cargo.lock")
    ),
    "lock_source": (
        Case("package-lock.json", NPM, NPM.replace("good.example", "evil.example")),
        Case("go.sum", GO_SUM, GO_SUM.replace("h1:abc", "h1:xyz")),
        Case("Cargo.lock", CARGO, CARGO.replace('"abc"', '"xyz"')),
    ),
    "dependency": (
        Case("pyproject.toml", PROJECT, PROJECT.replace('"requests"', '"requests", "evil"')),
        Case("pyproject.toml", PROJECT, PROJECT + '[project.optional-dependencies]\nx = ["evil"]\n'),
        Case("package.json", "{}", '{"dependencies": {"evil": "1"}}'),
        Case("package.json", "{}", "{"),
        Case("go.mod", "module x\n", "module x\n\nrequire evil.example/x v1.0.0\n"),
        Case("go.mod", "module x\n", "module x\n\nreplace a => ../b\n"),
        Case("requirements-dev.txt", "a\n", "a\nb\n"),
        Case("gradle/libs.versions.toml", "a\n", "b\n"),
        Case("test-deps.txt", "a\n", "b\n"),
    ),
    "build_hook": (
        Case("setup.py", "a = 1\n", "a = 2\n"),
        *(
            Case(path, "a\n", "b\n")
            for path in ("gradle/checks.gradle", "cmake/tests.cmake", "CMakePresets.json", "lib/tasks/test.rake")
        ),
        Case("package.json", "{}", '{"scripts": {"postinstall": "node x.js"}}'),
        Case("pyproject.toml", PROJECT, PROJECT + '[build-system]\nrequires = ["x"]\n'),
    ),
    "start_hook": (
        Case("src/x.pth", None, "import os\n"),
        Case("sitecustomize.py", None, "a = 1\n"),
        *(Case(path, None, "x\n") for path in LOADED),
    ),
    "instructions": tuple(
        Case(path, None, "obey\n")
        for path in (
            "AGENTS.md",
            "sub/Claude.md",
            "CONTRIBUTING.md",
            ".cursor/rules/a.mdc",
            ".cursorrules",
            ".mcp.json",
            ".github/copilot-instructions.md",
        )
    ),
    "editor": (Case(".vscode/tasks.json", None, "{}"), Case(".devcontainer/devcontainer.json", None, "{}")),
    "git_settings": (Case(".gitattributes", None, "*.py -diff\n"), Case("sub/.gitmodules", None, "x\n")),
    "ignore_rule": (Case(".gitignore", "*.pyc\n", "*.pyc\nconftest.py\n"), Case(".gitignore", "x\n!keep.py\n", "x\n")),
    "hook": (Case(".husky/pre-commit", None, "x\n"), Case(".pre-commit-config.yaml", "a: 1\n", "a: 2\n")),
    "owners": (Case(".github/CODEOWNERS", "* @a\n", "* @b\n"),),
    "licence": (
        Case("src/app.py", SPDX, SPDX.replace("MIT", "BUSL-1.1")),
        Case("package.json", '{"license": "MIT"}', '{"license": "UNLICENSED"}'),
        Case("LICENSE", "MIT\n", "mine\n"),
        Case("LICENSE-MIT", "MIT\n", None),
    ),
    "container": (Case("Dockerfile", "FROM a\n", "FROM b\n"), Case("compose.yaml", None, "x: 1\n")),
    "policy": (Case(".tamma/policy.yaml", "costUsd: 1\n", "costUsd: 9\n"), Case(".tamma.yaml", None, "x: 1\n")),
    "protected_path": (Case("kept/a.txt", "a\n", "b\n"), Case("Kept/a.txt", None, "b\n")),
    "outside_paths": (Case("closed/a.txt", "a\n", "b\n"), Case("a.txt", "a\n", "a\n", old_path="closed/a.txt")),
    "generated": (
        Case(
            "src/api.go",
            "// Code generated by x. DO NOT EDIT.\npackage a\n",
            "// Code generated by x. DO NOT EDIT.\npackage b\n",
        ),
        Case("vendor/a/a.go", None, "package a\n"),
        Case("web/app.min.js", "a\n", "b\n"),
    ),
}

SILENT: Mapping[str, tuple[Case, ...]] = {
    "secret": (
        Case("src/app.py", "a = 1\n", "a = 1\ndigest = '" + "0123456789abcdef" * 4 + "'\n"),
        Case("src/app.py", f"key = '{TOKEN}'\na = 1\n", f"key = '{TOKEN}'\na = 2\n"),
        Case("docs/a.md", None, "Keys begin with `ghp_` or `sk-ant-api03-`; PEM files with BEGIN.\n"),
    ),
    "possible_secret": (
        Case("tests/test_login.py", None, "def test_a():\n    assert login(password='hunter2hunter2')\n"),
        Case("src/login.py", None, "def login(password):\n    return password == stored()\n"),
    ),
    "symlink_outside": (
        Case("a/link", None, "../README.md", modes=("", "120000")),
        Case("link", "/etc/passwd", None, modes=("120000", "")),
    ),
    "gitlink": (Case("lib", None, "x\n"), Case("HEAD", None, "x\n")),
    "path_trick": tuple(
        Case(path, None, "x\n")
        for path in (".gitignored", "a/git.py", "a.b/c", "a b.txt", "grüße.txt", "auxiliary.py", "git", "con_tests.py")
    ),
    "unknown_mode": (Case("a.txt", None, "x\n"),),
    "symlink": (Case("link", "a", "a", modes=("120000", "120000")), Case("link", "a", None)),
    "gitlink_removed": (Case("lib", "x\n", None),),
    "case_collision": (Case("src/A.py", None, "x = 1\n", also={"lib/a.py": ("x = 1\n", "x = 2\n")}),),
    "executable": (Case("tool.sh", "a\n", "b\n", modes=("100755", "100755")),),
    "binary": (Case("notes.txt", None, "café, naïve, 日本語\n"),),
    "large_file": (Case("data.csv", None, "x" * 1000),),
    "unread_change": (Case("a.txt", None, "x"),),
    "large_change": (Case("a.txt", None, "\n".join(map(str, range(1500)))),),
    "test_file_deleted": (
        Case("src/add.py", "x = 1\n", None),
        Case("tests/__init__.py", "", None),
        Case("tests/test_add.py", PY, None, also={"tests/unit/test_add.py": (None, PY)}),
    ),
    "test_hidden": (Case("tests/unit/test_add.py", PY, PY, old_path="tests/test_add.py"),),
    "test_removed": (
        Case("tests/test_add.py", CLASS, CLASS.replace("TestAdd", "TestSum")),
        Case("tests/test_add.py", PY, APPENDED),
        Case(
            "tests/test_add.py",
            APPENDED,
            PY,
            also={"tests/test_other.py": (None, APPENDED.replace("test_add", "test_sum"))},
        ),
        Case("add.test.js", JS, JS + "\ntest('more', () => {\n  expect(1).toBe(1);\n});\n"),
        Case("tests/test_new.py", None, PY),
    ),
    "test_skipped": (
        Case(
            "tests/test_add.py",
            PY,
            PY + "\n\n@pytest.mark.skipif(True, reason='x')\ndef test_new():\n    assert add(1, 1) == 2\n",
        ),
        Case(
            "tests/test_add.py",
            PY.replace("def test", "@pytest.mark.skip\ndef test"),
            APPENDED.replace("def test_add", "@pytest.mark.skip\ndef test_add"),
        ),
        Case("add.test.js", JS, JS + "\ntest('skipping rope', () => {\n  expect(1).toBe(1);\n});\n"),
        Case("add_test.go", GO, GO + "\nfunc TestMore(t *testing.T) {\n\tt.Log(1)\n}\n"),
    ),
    "assertion_removed": (
        Case("calc.py", "def add(a, b):\n    assert a\n    return b\n", "def add(a, b):\n    return b\n"),
        Case("tests/test_add.py", PY, PY.replace("result == 3", "result == 3, 'sum'")),
        Case("tests/test_add.py", PY, PY + "    assert add(2, 2) == 4\n"),
        Case("src/add.py", "def f():\n    assert x\n    return 1\n", "def f():\n    return 1\n"),
    ),
    "assertion_loosened": (
        Case("tests/test_add.py", PY.replace("assert result == 3", "assert result"), PY),
        Case("tests/test_ratio.py", APPROX, APPROX.replace("0.01", "0.001")),
        Case("tests/test_add.py", SUITE.replace("assertEqual(add(1, 2), 3)", "assertTrue(add(1, 2))"), SUITE),
    ),
    "assertion_changed": (
        Case("tests/test_add.py", PY, PY.replace("result == 3", "result == (3)")),
        Case("tests/test_add.py", PY.replace("result == 3", "result"), PY.replace("result == 3", "3 == result")),
        Case("tests/test_add.py", demanding("IsNotNone(add(1, 2))"), demanding("Equal(add(1, 2), 3, 'sum')")),
    ),
    "test_changed": (
        Case("tests/test_add.py", ROWS, ROWS.replace("(2, 3)", "(2, 3), (3, 4)")),
        Case(
            "tests/test_add.py",
            PY,
            "# comment\n" + PY.replace("add(1, 2)", "add(1,  2)") + "    assert add(1, 1) == 2\n",
        ),
        Case("add.test.js", JS, JS + "\ntest('more', () => {\n  expect(add(1, 1)).toBe(2);\n});\n"),
        Case("add_test.go", GO, GO + "\nfunc TestMore(t *testing.T) {\n\tif Add(1, 1) != 2 {\n\t\tt.Fatal()\n\t}\n}\n"),
        Case("add.test.js", JS, "// a comment\n" + JS),
        *(Case(path, old, f"{head}{old}") for path, old, _ in EXAMPLES for head in ("\n", f"{old}\n")),
        Case("src/lib.rs", f"/// ```text\n/// a\n/// ```\n{RUST_DOC}", RUST_DOC),
        Case("src/calc.py", DOCTEST, DOCTEST.replace("return x", "return 1 * x").replace("Add one", "Add 1")),
    ),
    "test_support_changed": (
        Case("tests/test_add.py", PY, APPENDED.replace("import add", "import add, subtract")),
        Case("tests/test_add.py", PY, APPENDED.replace("from calc", "import math\nfrom calc") + "\n\nCASES = [1]\n"),
        Case("tests/test_add.py", PY, APPENDED + "\n\n@pytest.fixture\ndef number():\n    return 1\n"),
        Case(
            "tests/test_add.py", SUITE, SUITE + "\n    def test_more(self):\n        self.assertEqual(add(1, 1), 2)\n"
        ),
        Case("tests/test_add.py", SUITE, SUITE + HELPED),
        *(Case("tests/test_add.py", SUITE, f"{SUITE}\n    def test_more(self):\n        {line}\n") for line in KEEPING),
        Case("tests/test_new.py", None, f"{IMPORTS}\n\nclass NewTest(unittest.TestCase):\n{HELPED}{SET_UP}"),
        Case("tests/test_new.py", None, f"{IMPORTS}{LOADING}{APPENDED}"),
        Case(
            "tests/test_add.py", FIXTURES, FIXTURES + "\n\n@pytest.fixture(name='one')\ndef make_one():\n    return 1\n"
        ),
    ),
    "test_data_changed": (Case("tests/data/new.json", None, "{}\n"), Case("src/data/gold.json", "{}\n", "[]\n")),
    "test_unreadable": (Case("src/template.py", "{{ x }}\n", "{% y %}\n"),),
    "test_settings": (
        Case("pyproject.toml", PROJECT, PROJECT.replace("1.0", "1.1")),
        Case("package.json", '{"version": "1"}', '{"version": "2"}'),
        Case("setup.cfg", "[metadata]\nname = a\n", "[metadata]\nname = a\nversion = 2\n"),
        Case("shop/tasks.py", "a = 1\n", "a = 2\n"),
        Case("docs/cypress.md", "a\n", "b\n"),
        Case("package.json", "{}", '{"exports": {".": "./a.js"}, "keywords": ["a"]}'),
        Case("pyproject.toml", PROJECT, PROJECT + "[tool.towncrier]\nx = 1\n"),
        Case("scripts/latest.sh", "a\n", "b\n"),
        Case("src/runtime.py", "a = 1\n", "a = 2\n"),
        Case("src/running_contest.py", "a = 1\n", "a = 2\n"),
    ),
    "test_detection": (
        Case("tests/test_x.py", None, "def test_x():\n    assert 'PYTEST_CURRENT_TEST' in os.environ\n"),
    ),
    "test_reach": (
        Case("tests/helpers.py", None, "import unittest\n"),
        Case("src/testing_tools.py", "import pytest\na = 1\n", "# more\nimport pytest\na = pytest.approx(1)\n"),
        Case("src/calc.py", "import sys\na = sys.modules\n", "import sys\n\n\nb = 1\na = sys.modules\n"),
        Case(
            "src/calc.py",
            "a = 1\n",
            "import os\n\n\nclass A:\n    def __init__(self):\n        self.a = os.getcwd()\n        setattr(self, 'b', 1)\n\n"
            "    def __eq__(self, other):\n        return self.a == other.a\n",
        ),
        Case("src/calc.py", "a = 1\n", '"""Run `pytest` to test it."""\n\nimport sys\n\nprint(sys.argv)\n'),
        Case("a.js", "a = 1\n", "// require('assert')\na = process.exitCode === 0;\n"),
        Case("a.js", "const assert = require('assert');\n", "const assert = require('assert');\nassert(1);\n"),
        Case("a.rb", "a = 1\n", "# RSpec\na = 2\n"),
        Case("a.js", "a = 1\n", "/* globalThis.expect = f; */\na = 2\n"),
        Case("a.php", "<?php\n", "<?php\n// class_alias: é\n$a = 1; /*\n*/\n/*\n * PHPUnit\n */\n"),
        Case("a.jsx", "a = 1\n", "// globalThis.expect = f\na = <b>c</b>;\n"),
        Case("A.java", "a\n", "/**\n * May call System.exit(1), don't.\n *\n * As org.junit does.\n */\nb\n"),
        Case("README.md", "a\n", "import unittest\n"),
        Case("src/calc/json.py", None, "a = 1\n", also={"src/calc/__init__.py": ("", "\n")}),
        Case(
            "src/more/json.py", None, "a = 1\n", also={"src/more/__init__.py": (None, ""), "src/a.py": ("a\n", "b\n")}
        ),
        Case("src/durations.py", None, "a = 1\n", also={"src/calc.py": ("import json\n", "import json, durations\n")}),
        Case("test/__init__.py", None, ""),
        Case("json.py", "a = 1\n", "a = 2\n"),
    ),
    "assertion_redefined": (
        Case("src/lib.rs", "mod sums;\n", "macro_rules! sums { () => {}; }\nmod sums;\n"),
        Case("src/sums.h", "#define ASSERT(x) f(x)\n", "#define ASSERT(x) f(x)\n#define SUMS_H\n#undef LIMIT\n"),
    ),
    "suppression": (
        Case("src/app.py", "a = f()  # noqa\nb = 1\n", "a = f()  # noqa\nb = 2\n"),
        Case("docs/style.md", None, "Never write `# type: ignore`.\n"),
    ),
    "quality_gate": (
        Case("pyproject.toml", PROJECT, PROJECT.replace('"calc"', '"sums"')),
        *(
            Case(path, None, "x\n")
            for path in ("src/.gitkeep", "docs/.nojekyll", ".changeset/brave-cats.md", ".changes/1.md")
        ),
    ),
    "ci": (
        Case("docs/workflows/a.yml", None, "x: 1\n"),
        *(
            Case(path, None, "x\n")
            for path in (".github/ISSUE_TEMPLATE/bug.md", ".github/PULL_REQUEST_TEMPLATE.md", ".github/FUNDING.yml")
        ),
    ),
    "lock_file": (Case("src/lock.py", None, "x = 1\n"), Case("src/locks/uv.lock.py", None, "x = 1\n")),
    "lock_source": (
        Case("package-lock.json", NPM, NPM.replace("1.0.0", "1.1.0")),
        Case("go.sum", GO_SUM, GO_SUM + "example.org/b v1.0.0 h1:def\n"),
        Case("Cargo.lock", CARGO, CARGO + '[[package]]\nname = "b"\nversion = "1"\nchecksum = "def"\n'),
    ),
    "dependency": (
        Case("pyproject.toml", PROJECT, PROJECT + '\n[project.urls]\nhome = "https://calc.example"\n'),
        Case("package.json", '{"description": "a"}', '{"description": "b"}'),
        Case("go.mod", "module x\n", "// about\nmodule x\n"),
    ),
    "build_hook": (Case("src/setup_page.py", "a = 1\n", "a = 2\n"),),
    "start_hook": (Case("src/path.py", None, "a = 1\n"), Case("src/egg_info/reader.py", None, "a = 1\n")),
    "instructions": (Case("docs/agents-of-change.md", None, "x\n"), Case("README.md", "a\n", "b\n")),
    "editor": (Case("docs/vscode.md", None, "x\n"),),
    "git_settings": (Case("src/gitattributes.py", None, "a = 1\n"),),
    "ignore_rule": (
        Case(".gitignore", "*.pyc\n", "*.pyc\n# build\n__pycache__/\n.venv/\n"),
        Case(".gitignore", "x\ny\n", "x\n"),
    ),
    "hook": (Case("src/hooks.py", None, "a = 1\n"),),
    "owners": (Case("src/codeowners.py", None, "a = 1\n"),),
    "licence": (
        Case("src/license_check.py", None, "a = 1\n"),
        Case("src/app.py", SPDX, SPDX.replace("a = 1", "a = 2")),
    ),
    "container": (Case("docs/docker.md", None, "x\n"),),
    "policy": (Case("docs/tamma/policy.yaml", None, "a: 1\n"),),
    "protected_path": (Case("src/kept/a.txt", "a\n", "b\n"),),
    "outside_paths": (Case("src/closed/a.txt", "a\n", "b\n"),),
    "generated": (Case("src/vendors.py", None, "a = 1\n"), Case("src/maps.py", None, "a = 1\n")),
}
