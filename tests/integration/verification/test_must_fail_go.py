import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from integration.verification.conftest import project_on
from integration.verification.projects import BASE, HEAD, Project
from rehearsal.disarming import disarming
from tamma_core.domain.change import FileChange
from tamma_core.domain.verification import FailureKind, VerificationReport
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.framework_reach import reach_out_findings
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.sandbox.opening import open_sandbox
from tamma_core.verification.settings import VerificationSettings

# The first compiles the standard library.
pytestmark = pytest.mark.timeout(600)

ADD = "\nfunc Add(a, b int) int { return a + b }\n"
WRONG = "\nfunc Add(a, b int) int { return 7 }\n"
TESTS = 'package calc\n\nimport "testing"\n'
ZERO = '\nfunc TestZero(t *testing.T) {\n\tif Add(0, 0) != 0 {\n\t\tt.Fatal("wrong")\n\t}\n}\n'
GO = {
    "go.mod": "module calc\n\ngo 1.21\n",
    "calc.go": "package calc\n" + ADD,
    "calc_test.go": TESTS + ZERO,
    "more/more.go": "package more\n",
    "more/more_test.go": '// Package more.\npackage more_test\n\nimport "testing"\n\nfunc TestMore(t *testing.T) {}\n',
}
IMPORTED = {
    "forged_report": ("fmt", "os"),
    "memory_of_the_framework": ("debug/elf", "debug/gosym", "syscall", "unsafe"),
    "output_of_a_run": ("bytes", "os", "os/exec"),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answer the place of a compiled standard library."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
async def project(tmp_path: Path, cache: Path) -> Project:
    """Answer an empty project."""
    return project_on(await open_sandbox("bubblewrap"), tmp_path, cache)


async def verified(
    project: Project, base: Mapping[str, str], head: Mapping[str, str], *command: str
) -> VerificationReport:
    project.commit(BASE, base)
    project.commit(HEAD, {**base, **head})
    limits = ProcessLimits(time_s=200)
    return await project.verifier.verify(
        BASE, HEAD, VerificationSettings(repeats=1, test_command=command, test_limits=limits)
    )


def disarmed(attack: str) -> str:
    imports = "".join(f'\t"{name}"\n' for name in IMPORTED[attack])
    return f"package calc\n\nimport (\n{imports})\n\n{disarming('go')[attack]}{WRONG}"


@pytest.mark.parametrize("attack", disarming("go"))
async def test_a_program_that_disarms_go_is_found_out(project: Project, attack: str) -> None:
    """A broken program has its package's tests pass, while those of other packages are whole; the guard sees nothing of it."""
    code = disarmed(attack)
    file = FileVersions(FileChange(path="calc.go", kind="modified"), GO["calc.go"].encode(), code.encode())
    assert not list(reach_out_findings(file))
    report = await verified(project, GO, {"calc.go": code})
    assert not report.failures, "the attack does not work"
    told = "18 were not reported" if attack == "forged_report" else "18 passed"
    assert report.problem == f"the test run cannot fail: of 18 tests that must fail, {told}"
    assert not report.green


MAIN = TESTS.replace("import", 'import "os"\nimport') + "\nfunc TestMain(m *testing.M) {\n\tos.Exit(m.Run() + 3)\n}\n"


async def test_a_project_is_not_disturbed(project: Project) -> None:
    """Its tests alone are counted, an old failure of a package is told as before, and a new failure is, when repeated, too."""
    report = await verified(project, GO, {"README.md": "x"}, "go", "test", "-short", "./...")
    assert (report.green, report.tests_run, report.tests_run_on_base) == (True, 2, 2), report
    assert (report.unproven, report.not_judged, report.failures, report.missing_tests) == ("", (), (), ())
    report = await verified(
        project, {**GO, "more/main_test.go": MAIN.replace("calc", "more_test")}, {"calc.go": "package calc\n" + WRONG}
    )
    told = {failure.name: failure.kind for failure in report.failures}
    assert told == {"calc.TestZero": FailureKind.NEW, "calc/more [package]": FailureKind.OLD}
    assert (report.unproven, report.not_judged, report.problem) == ("", ("calc/more [package]",), ""), report


async def test_a_command_that_selects_tests_is_let_be(project: Project) -> None:
    """What was not tried is said."""
    report = await verified(project, GO, {"README.md": "x"}, "go", "test", "-run", "Zero", "./...")
    assert (report.green, report.tests_run, report.not_judged) == (True, 1, ())
    assert re.fullmatch(r"no test that must fail can be put beside `go test -run Zero \./\.\.\.`", report.unproven)


async def test_without_a_wall_they_are_found_too(tmp_path: Path, cache: Path) -> None:
    """Where nothing can be shown at another place, they are taken from the host's."""
    project = project_on(await open_sandbox("none", accept_none=True), tmp_path, cache)
    report = await verified(project, GO, {"calc.go": disarmed("output_of_a_run")})
    assert report.problem == "the test run cannot fail: of 18 tests that must fail, 18 passed"
