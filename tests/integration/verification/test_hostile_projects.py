"""Files of a project that run as soon as some program opens it: they run behind the wall, or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from integration.verification.conftest import project_on
from integration.verification.projects import BASE, HEAD
from tamma_core.ports.sandbox import ProcessLimits, Sandbox
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.opening import open_sandbox
from tamma_core.verification.settings import VerificationSettings

Files = Mapping[str, str]
TEST = "def test_one():\n    assert True\n"
JS = "const { test } = require('node:test');\ntest('one', () => {});\n"


def opened_by_runners(touch: str) -> dict[str, Files]:
    """Answer projects whose files run by themselves when their tests are run."""
    python = f"import os\nos.system({touch!r})\n"
    script = f"require('node:child_process').execSync({json.dumps(touch)});\n"
    return {
        "conftest": {"tests/conftest.py": python, "tests/test_a.py": TEST},
        "plug-in": {"plug.py": python, "pytest.ini": "[pytest]\naddopts = -p plug\n", "tests/test_a.py": TEST},
        "module beside the runner's": {"tests/test_a.py": TEST, "calc/__init__.py": "", "unittest.py": python},
        "node": {"package.json": "{}", "a.test.js": script + JS},
        "make": {
            "Makefile": f"X := $(shell {touch})\ntest:\n\ttrue\n",
            ".github/workflows/ci.yml": "on: push\njobs:\n  t:\n    runs-on: x\n    steps:\n      - run: make test\n",
        },
    }


def opened_by_nobody(touch: str) -> Files:
    """Answer files that shells, editors and tools of people run, and a machine that was left alone must not."""
    tasks = {"version": "2.0.0", "tasks": [{"command": touch, "runOptions": {"runOn": "folderOpen"}}]}
    script = f"#!/bin/sh\n{touch}\n"
    names = (
        ".envrc",
        ".bashrc",
        ".profile",
        ".husky/pre-commit",
        "gradlew",
        "mvnw",
        "configure",
        "python3",
        "git",
        "node",
        "pytest",
    )
    return {
        ".vscode/tasks.json": json.dumps(tasks),
        ".devcontainer/devcontainer.json": json.dumps({"initializeCommand": touch}),
        ".idea/externalTools.xml": f"<tool command='{touch}'/>",
        ".pre-commit-config.yaml": f"repos: [{{repo: local, hooks: [{{id: x, entry: {touch}, language: system}}]}}]\n",
        ".cargo/config.toml": f"[build]\nrustc-wrapper = '{touch}'\n",
        "build.rs": f'fn main() {{ std::process::Command::new("sh").args(["-c", "{touch}"]).status(); }}\n',
        "setup.py": f"import os\nos.system({touch!r})\n",
        "sitecustomize.py": f"import os\nos.system({touch!r})\n",
        "evil.pth": f"import os; os.system({touch!r})\n",
        ".npmrc": f"script-shell={touch}\n",
        ".yarnrc.yml": "yarnPath: ./gradlew\n",
        ".mvn/jvm.config": f"-XX:OnError='{touch}'\n",
        ".gdbinit": f"shell {touch}\n",
        ".vimrc": f"silent !{touch}\n",
        "Directory.Build.props": f"<Project><Target Name='x'><Exec Command='{touch}'/></Target></Project>",
        ".netrc": "machine 127.0.0.1 login a password b\n",
        ".gitmodules": f'[submodule "a"]\n\tpath = a\n\turl = ext::{touch}\n',
        ".gitconfig": f"[core]\n\tfsmonitor = {touch}\n",
        **dict.fromkeys(names, script),
    }  # fmt: skip


async def run_tests(tmp_path: Path, files: Files, sandbox: Sandbox) -> None:
    project = project_on(sandbox, tmp_path)
    project.commit(BASE, files)
    project.commit(HEAD, {**files, "README.md": "x\n"})
    for commit in (BASE, HEAD):
        for path in (tmp_path / "commits" / commit).rglob("*"):
            path.chmod(0o755)
    settings = VerificationSettings(test_limits=ProcessLimits(time_s=100), setup_commands=())
    await project.verifier.run_selection(BASE, tmp_path / "commits" / HEAD, (), settings)


PROJECTS = list(opened_by_runners(""))


@pytest.mark.parametrize("level", ["bubblewrap", "none"])
@pytest.mark.parametrize("kind", PROJECTS)
async def test_what_runners_open_runs_behind_the_wall(tmp_path: Path, kind: str, level: str) -> None:
    """With a wall nothing outside is touched; without one it is, so that the test can see the difference."""
    canary = tmp_path / "canary"
    sandbox = Bubblewrap() if level == "bubblewrap" else await open_sandbox("none", accept_none=True)
    await run_tests(tmp_path, opened_by_runners(f"touch {canary}")[kind], sandbox)
    assert canary.exists() == (level == "none")


async def test_what_people_and_editors_open_is_opened_by_nobody(tmp_path: Path) -> None:
    """No file that runs when a folder is opened runs on the host."""
    canary = tmp_path / "canary"
    files = {**opened_by_nobody(f"touch {canary}"), "tests/test_a.py": TEST}
    await run_tests(tmp_path, files, Bubblewrap())
    assert not canary.exists()
