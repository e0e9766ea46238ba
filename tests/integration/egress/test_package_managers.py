"""Verify a fix of projects whose packages come by managers that the toolchain does not bring, through the proxy."""

import os
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_network
from pathlib import Path

import pytest
from integration.egress.test_installing import NETWORK
from integration.egress.test_way_out import NAME, Nearby
from integration.verification.projects import BASE, HEAD, Project, Trees
from services.gem_server import gem_server
from services.node_managers import manager_place
from services.registries import MachinePackages
from tamma_core.egress.policy import EgressPolicy, own_registries
from tamma_core.egress.proxy import EgressProxy
from tamma_core.ports.egress import Egress, WayOut
from tamma_core.ports.sandbox import Mount, Sandbox
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path
from tamma_core.system import SystemClock, SystemEntropy
from tamma_core.verification.place import Toolchain
from tamma_core.verification.runner import Means, Verifier

pytestmark = [pytest.mark.timeout(400), pytest.mark.enable_socket]

_HEAD = (
    "const test = require('node:test'); const assert = require('node:assert'); const { seconds } = require('./wait');\n"
)
NODE = {
    "package.json": '{"name": "it", "version": "1.0.0", "license": "MIT", "scripts": {"test": "node --test", "postinstall": "node not/here.js"}, "dependencies": {"ms": "2.1.3"}}',
    "wait.js": "const ms = require('ms');\nexports.seconds = (text) => ms(text) / 100;\n",
    "wait.test.js": _HEAD + "test('nothing', () => assert.equal(seconds('0s'), 0));\n",
}
FIX = {
    "wait.js": "const ms = require('ms');\nexports.seconds = (text) => ms(text) / 1000;\n",
    "more.test.js": _HEAD + "test('one', () => assert.equal(seconds('1s'), 1));\n",
}
_SHA512 = "6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
LOCKS = {
    "pnpm": {
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\n"
        "importers:\n\n  .:\n    dependencies:\n      ms:\n        specifier: 2.1.3\n        version: 2.1.3\n\n"
        f"packages:\n\n  ms@2.1.3:\n    resolution: {{integrity: sha512-{_SHA512}}}\n\nsnapshots:\n\n  ms@2.1.3: {{}}\n"
    },
    "yarn": {"yarn.lock": f'# yarn lockfile v1\n\n\nms@2.1.3:\n  version "2.1.3"\n  integrity sha512-{_SHA512}\n'},
    "berry": {
        "yarn.lock": "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"
        '"it@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "it@workspace:."\n  dependencies:\n    ms: "npm:2.1.3"\n'
        '  languageName: unknown\n  linkType: soft\n\n"ms@npm:2.1.3":\n  version: 2.1.3\n  resolution: "ms@npm:2.1.3"\n'
        "  checksum: 10c0/d924b57e7312b3b63ad21fc5b3dc0af5e78d61a1fc7cfb5457edaf26326bf62be5307cc87ffb6862ef1c2b33b0233cdb5d4f01c4c958cc0d660948b65a287a48\n"
        "  languageName: node\n  linkType: hard\n"
    },
}


def verifier_with(tmp_path: Path, sandbox: Sandbox, egress: Egress, *tools: Path) -> Verifier:
    """Answer a verifier with this machine's tools and more."""
    toolchain = Toolchain(
        mounts=(*toolchain_mounts(os.environ), *(Mount(tool, str(tool)) for tool in tools)),
        path=os.pathsep.join((*(str(tool / "bin") for tool in tools), toolchain_path(os.environ))),
    )
    means = Means(clock=SystemClock(), entropy=SystemEntropy(), toolchain=toolchain, egress=egress)
    return Verifier(sandbox, Trees(tmp_path / "commits"), tmp_path / "cache", means)


@pytest.mark.needs("node")
@pytest.mark.parametrize("sandbox", [Bubblewrap(), OwnPlaces(Landlock())], ids=["bubblewrap", "landlock"])
@pytest.mark.parametrize("name", LOCKS)
async def test_a_fix_on_packages_of_another_manager(tmp_path: Path, name: str, sandbox: Sandbox) -> None:
    """What the manager installed from its lock is found by the tests of base and change, and the new one fails on the old source."""
    verifier = verifier_with(tmp_path, sandbox, MachinePackages(), manager_place(name))
    project = Project(tmp_path / "commits", verifier)
    project.commit(BASE, {**NODE, **LOCKS[name]})
    project.commit(HEAD, {**NODE, **LOCKS[name], **FIX})
    report = await verifier.verify(BASE, HEAD, NETWORK)
    assert report.green, report
    assert (report.tests_run, report.tests_run_on_base, report.reproduced) == (2, 1, True)


_MINI = "require 'minitest/autorun'\nrequire 'add'\nclass NAMETest < Minitest::Test\n  def test_it\n    assert_equal 0, add(0, 0)\n  end\nend\n"
RUBY = {
    "Gemfile": 'source "https://rubygems.org"\n\ngem "minitest"\n',
    "lib/add.rb": "def add(a, b)\n  a - b\nend\n",
    "test/test_add.rb": _MINI.replace("NAME", "Zero"),
}
RUBY_FIX = {
    "lib/add.rb": "def add(a, b)\n  a + b\nend\n",
    "test/test_one.rb": _MINI.replace("NAME", "One").replace("0, add(0, 0)", "2, add(1, 1)"),
}


class OwnServer:
    """Open ways out to one server of an operator's own, which only our resolver knows."""

    def __init__(self, port: int) -> None:
        hosts, variables = own_registries({"ruby": f"http://{NAME}:{port}"})
        self._policy = EgressPolicy(hosts=hosts, networks=(ip_network("127.0.0.1/32"),), environment=variables)

    def open(self) -> AbstractAsyncContextManager[WayOut]:
        return EgressProxy(self._policy, Nearby()).open()


@pytest.mark.needs("bundler")
@pytest.mark.parametrize("sandbox", [Bubblewrap(), OwnPlaces(Landlock())], ids=["bubblewrap", "landlock"])
async def test_a_fix_on_gems_of_an_own_server(tmp_path: Path, sandbox: Sandbox) -> None:
    """Bundler installs from where the operator leads it, and the tests of base and change run on its gems alone."""
    with gem_server(tmp_path / "server", ["minitest"]) as port:
        verifier = verifier_with(tmp_path, sandbox, OwnServer(port))
        project = Project(tmp_path / "commits", verifier)
        project.commit(BASE, RUBY)
        project.commit(HEAD, {**RUBY, **RUBY_FIX})
        report = await verifier.verify(BASE, HEAD, NETWORK)
    assert report.green, report
    assert (report.tests_run, report.tests_run_on_base, report.reproduced) == (2, 1, True)
    (used,) = verifier.take_used()
    assert [host.host for host in used.traffic.passed] == [f"{NAME}:{port}"]


_JUNIT = "import org.junit.Test;\nimport static org.junit.Assert.*;\n\npublic class NAMETest {\n    @Test\n    public void it() {\n        assertEquals(0, Add.add(0, 0));\n    }\n}\n"
GRADLE = {
    "settings.gradle": "rootProject.name = 'it'\n",
    "build.gradle": "apply plugin: 'java'\nrepositories { mavenCentral() }\ndependencies { testImplementation 'junit:junit:4.13.2' }\n",
    "src/main/java/Add.java": "public class Add {\n    public static int add(int a, int b) {\n        return a - b;\n    }\n}\n",
    "src/test/java/ZeroTest.java": _JUNIT.replace("NAME", "Zero"),
}
GRADLE_FIX = {
    "src/main/java/Add.java": GRADLE["src/main/java/Add.java"].replace("a - b", "a + b"),
    "src/test/java/OneTest.java": _JUNIT.replace("NAME", "One").replace("0, Add.add(0, 0)", "2, Add.add(1, 1)"),
}


@pytest.mark.needs("gradle")
@pytest.mark.timeout(1200)
async def test_a_fix_that_gradle_builds(tmp_path: Path) -> None:
    """Gradle fetches through the proxy, builds base and change without a network, and its reports tell class by class."""
    verifier = verifier_with(tmp_path, Bubblewrap(), MachinePackages())
    project = Project(tmp_path / "commits", verifier)
    project.commit(BASE, GRADLE)
    project.commit(HEAD, {**GRADLE, **GRADLE_FIX})
    report = await verifier.verify(BASE, HEAD, NETWORK)
    assert report.green, report
    assert (report.tests_run, report.tests_run_on_base, report.reproduced) == (2, 1, True)
