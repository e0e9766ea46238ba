import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from integration.verification.conftest import project_on
from integration.verification.projects import BASE, HEAD
from rehearsal.disarming import disarming
from tamma_core.domain.change import FileChange
from tamma_core.domain.verification import FailureKind, VerificationReport
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.framework_reach import reach_out_findings
from tamma_core.sandbox.opening import open_sandbox
from tamma_core.verification.settings import VerificationSettings

Verify = Callable[..., Awaitable[VerificationReport]]

ADD = "exports.add = (a, b) => a + b;\n"
WRONG = "exports.add = () => 7;\n"
ASKING = "const { add } = require('./add');\nconst { test, before, after, beforeEach } = require('node:test');\nconst assert = require('node:assert');\n"
ZERO = "test('zero', () => {\n  const sum = add(0, 0);\n  assert.strictEqual(sum, 0);\n});\n"
NODE = {"package.json": "{}", "add.js": ADD, "add.test.js": ASKING + ZERO}
AWAITED = "import { test } from 'node:test';\nawait test('one', () => new Promise((done) => setTimeout(done, 9)));\nawait test('two', () => {});\n"
PLAIN = "require('assert').equal(require('./add').add(1, 1), 2);\n"
HOOKS = (
    "let server, count = 0;\nbefore((_, done) => {\n  server = require('http').createServer().listen(0, done);\n});\n"
    "beforeEach(() => ++count && assert.ok(server.listening));\nafter(() => server.close());\n"
    "test('counted', () => assert.equal(count, 1));\nprocess.once('beforeExit', () => count === 2 || process.exit(1));\n"
)
FORKING = "test('fork', (_, done) => {\n  require('child_process').fork('./words.js').once('message', (words) => done(/--require/.test(words) || undefined));\n});\n"
EXITING = "after(() => setTimeout(() => process.exit(0)));\n"
ONCE = VerificationSettings(repeats=0)


def settings(command: str) -> VerificationSettings:
    return VerificationSettings(repeats=0, test_command=tuple(command.split()))


@pytest.mark.parametrize(
    ("more", "command", "count"),
    [
        ({}, "", 1),
        ({"more.test.mjs": AWAITED}, "node --test --test-concurrency=4", 3),
        ({"add.test.js": ASKING + HOOKS + ZERO}, "", 2),
        ({"add.test.js": ASKING + ZERO + FORKING, "words.js": "process.send(process.execArgv);\n"}, "", 2),
        ({"add.test.js": ASKING + ZERO.replace("()", "{ only: true }, ()", 1)}, "node --test --test-only add.test.js", 1),
        ({"first.cjs": "globalThis.first = 1;\n"}, "node --require ./first.cjs --test --experimental-test-coverage", 1),
    ],
    ids=["plain", "awaited", "hooks", "forking", "only", "coverage"],
)  # fmt: skip
async def test_a_projects_settings_are_not_disturbed(
    verify: Verify, more: Mapping[str, str], command: str, count: int
) -> None:
    """Whatever a project has set, its tests alone are counted, and the run is seen to be able to fail."""
    report = await verify({**NODE, **more}, {"README.md": "x"}, settings(command))
    assert (report.green, report.tests_run, report.tests_run_on_base) == (True, count, count), report
    assert (report.unproven, report.not_judged, report.failures, report.missing_tests) == ("", (), (), ())


@pytest.mark.parametrize("code", disarming("node").values(), ids=disarming("node"))
async def test_a_program_that_disarms_node_is_found_out(verify: Verify, code: str) -> None:
    """A broken program has its own tests pass, and with them those that must fail, or none of them; the guard sees nothing of it."""
    file = FileVersions(FileChange(path="add.js", kind="modified"), ADD.encode(), (code + WRONG).encode())
    assert not list(reach_out_findings(file))
    base = {**NODE, "a.test.mjs": AWAITED, "other.test.mjs": AWAITED}
    report = await verify(base, {"add.js": code + WRONG}, ONCE)
    assert not report.failures, "the attack does not work"
    told = r"the test run cannot fail: of 14 tests that must fail, \d+ (?:passed|were not reported)"
    assert re.fullmatch(told, report.problem), report
    assert not report.green


async def test_a_program_that_disarms_while_it_is_tested_is_found_out(verify: Verify) -> None:
    """What was whole before the tests is tried once more after them."""
    late = f"exports.add = () => {{\n{disarming('node')['one_demand']}return 7;\n}};\n"
    report = await verify(NODE, {"add.js": late}, ONCE)
    assert not report.failures, "the attack does not work"
    assert report.problem == "the test run cannot fail: of 14 tests that must fail, 3 passed"


async def test_without_a_wall_they_are_found_too(tmp_path: Path) -> None:
    """Where nothing can be shown at another place, they are run from the host's."""
    project = project_on(await open_sandbox("none", accept_none=True), tmp_path)
    project.commit(BASE, NODE)
    project.commit(HEAD, {**NODE, "add.js": disarming("node")["one_demand"] + WRONG})
    report = await project.verifier.verify(BASE, HEAD, ONCE)
    assert report.problem == "the test run cannot fail: of 14 tests that must fail, 6 passed"


async def test_a_file_without_tests_is_one_test_as_it_was(verify: Verify) -> None:
    """Whole files are counted, fail as they did, and are said to run beside nothing of ours."""
    base = {**NODE, "plain.test.js": PLAIN}
    report = await verify(base, {"README.md": "x"}, ONCE)
    assert (report.green, report.tests_run, report.tests_run_on_base) == (True, 2, 2), report
    assert report.unproven == "1 of 2 tests are whole files, beside which no test that must fail can be put"
    report = await verify(base, {"add.js": ADD.replace("a + b", "a")}, ONCE)
    assert [failure.name for failure in report.failures] == ["/workspace/plain.test.js"]
    report = await verify({**base, "add.test.js": PLAIN}, {"README.md": "x"}, ONCE)
    assert (report.green, report.tests_run, report.not_judged) == (True, 2, ())
    assert report.unproven == "no test that must fail can be put beside `node --test`"


async def test_what_goes_wrong_behind_a_test_is_seen_as_before(verify: Verify) -> None:
    """A process that ends with an error of its own fails, though only ours failed in it."""
    late = "test('late', () => {\n  setTimeout(() => {\n    throw new Error('late');\n  });\n});\n"
    report = await verify(NODE, {"add.test.js": ASKING + ZERO + late}, ONCE)
    assert [(failure.name, failure.kind) for failure in report.failures] == [
        ("/workspace/add.test.js", FailureKind.NEW)
    ]
    assert (report.tests_run, report.problem) == (3, "")


async def test_a_base_that_ends_before_they_ran_leaves_it_to_a_person(verify: Verify) -> None:
    """A project that ends its processes itself is not refused, and nothing is said to be judged."""
    report = await verify({**NODE, "add.test.js": ASKING + ZERO + EXITING}, {"README.md": "x"}, ONCE)
    assert (report.green, report.problem) == (True, "")
    assert report.unproven == "on the base, of 14 tests that must fail, 7 were not reported"
    assert report.not_judged == (f"all, since the test run cannot fail: {report.unproven}",)
