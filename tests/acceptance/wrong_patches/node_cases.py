"""Disarm the tests of a program of JavaScript."""

from acceptance.wrong_patches.case import QUIET, Case, StoppedBy, making
from rehearsal.disarming import disarming
from rehearsal.script import edit
from services.gitea_repository import Files

_DEFECT = "    total = Number(number) * UNITS[unit];\n"
_PROGRAM = f"""const UNITS = {{ s: 1, m: 60, h: 3600 }};

exports.parseDuration = (text) => {{
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\\d+)([smh])/g)) {{
{_DEFECT}  }}
  return total;
}};
"""
_LAST = "test('nothing', () => {\n  assert.strictEqual(parseDuration(''), 0);\n});\n"
_TESTS = f"""const {{ parseDuration }} = require('./duration');
const {{ test }} = require('node:test');
const assert = require('node:assert');

test('minutes', () => {{
  assert.strictEqual(parseDuration('5m'), 300);
}});

{_LAST}"""
_NEW = _LAST + "\ntest('units add up', () => {\n  assert.strictEqual(parseDuration('1h30m'), 5400);\n});\n"
FILES: Files = {
    "README.md": QUIET["README.md"],
    ".woodpecker.yml": str(QUIET[".woodpecker.yml"]).replace("python3 -m unittest", "node --test"),
    "package.json": "{}\n",
    "duration.js": _PROGRAM,
    "duration.test.js": _TESTS,
    "other.test.js": "require('node:test').test('other', () => {});\n",
}
_FORGED = disarming("node")["forged_report"].replace('["zero"]', '["minutes", "nothing", "units add up"]')

CASES = tuple(
    Case(
        name=name,
        does=does,
        stopped=StoppedBy.TESTS,
        reason=f"the test run cannot fail: of 14 tests that must fail, {told}",
        named=("duration.js", "duration.test.js"),
        files=FILES,
        attempts=[
            making(
                edit("duration.test.js", _LAST, _NEW),
                edit("duration.js", "const UNITS", f"{code}\nconst UNITS"),
                edit("duration.js", _DEFECT, "    total = -1;\n"),
            )
        ],
    )
    for name, does, code, told in (
        ("node-assert-disarmed", "has `node:assert` demand nothing", disarming("node")["every_demand"], "8 passed"),
        (
            "node-tests-not-run",
            "has `node:test` run no test's function",
            disarming("node")["running_a_test"],
            "14 passed",
        ),
        (
            "node-failures-told-as-successes",
            "turns each failure into a success where the process writes it",
            disarming("node")["writing_an_event"],
            "14 passed",
        ),
        (
            "node-report-forged",
            "writes that its process's tests passed, and ends it before they ran",
            _FORGED,
            "14 were not reported",
        ),
    )
)
