"""Detect how a project of Maven or Gradle is tested."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.runners.java import ANY_MODULE
from tamma_core.verification.settings import CheckCommand, Command
from tamma_core.verification.tree import files_below, has_file, read_file

_TESTS = re.compile(r"(?:.*/)?src/(?:test|integrationTest)/.*\.(?:java|kt|groovy|scala)|(?:.*/)?\w+Tests?\.java")
_MAVEN = re.compile(r"(?:^|[\s;&/])mvnw?\b(?P<words>[^;&|]*)")
_GRADLE_FILES = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
_OTHERS = (".mvn/extensions.xml", ".mvn/maven.config", "gradle.properties", "gradle/libs.versions.toml", "gradle/wrapper/gradle-wrapper.properties")  # fmt: skip
_REPOSITORY = "-Dmaven.repo.local=/deps/m2"
# The machine's own settings may hold tokens: a sandbox that cannot hide them forbids them, and Maven would take that for an error.
_OWN = ("-gs", "/deps/settings.xml", "-gt", "/deps/toolchains.xml")
_OWN_FILES = ("sh", "-c", "echo '<settings/>' >/deps/settings.xml; echo '<toolchains/>' >/deps/toolchains.xml")
_MAVEN_CHECKS = re.compile(
    r"\b((?:checkstyle|spotless|spotbugs|pmd|formatter|license|fmt):(?:check|validate|verify))\b"
)
_GRADLE_CHECKS = re.compile(r"\b(checkstyle\w*|spotlessCheck|ktlintCheck|detekt|pmdMain|spotbugsMain)\b")


def detect_java(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a tree with the file of a build tool at its root; none if it holds no tests."""
    names = list(files_below(tree))
    tests = sum(bool(_TESTS.fullmatch(name)) for name in names)
    if not tests:
        return None
    if has_file(tree, "pom.xml"):
        files = tuple(name for name in names if name.rsplit("/", 1)[-1] == "pom.xml" or name in _OTHERS)
        return _maven(tree, ci, files, f"pom.xml and {tests} file(s) of tests")
    build = next((name for name in _GRADLE_FILES if has_file(tree, name)), None)
    if build is None:
        return None
    files = tuple(name for name in names if re.search(r"\.gradle(?:\.kts)?$|\.lockfile$", name) or name in _OTHERS)
    return _gradle(tree, ci, files, f"{build} and {tests} file(s) of tests")


def _maven(tree: Path, ci: Sequence[str], files: tuple[str, ...], source: str) -> SuitePlan:
    line = next(
        (line for line in ci if _MAVEN.search(line) and re.search(r"\b(?:test|verify|install|package)\b", line)), ""
    )
    goal = "verify" if "verify" in line and "maven-failsafe-plugin" in read_file(tree, "pom.xml") else "test"
    start = ("mvn", "-B", "-ntp", *_OWN, _REPOSITORY)
    command = (*start, *_profiles(line), goal)
    checks = tuple(
        CheckCommand(name=name, command=(*start, "-o", name))
        for name in dict.fromkeys(match[1] for line in ci for match in _MAVEN_CHECKS.finditer(line))
    )
    # Nothing but a run tells which plug-ins and runners of tests it wants; no method has this name.
    fetch = (*command, "-Dtest=*#noMethodHasThisName", *ANY_MODULE)
    wanted = tuple(
        ("sh", "-c", '"$@" || true', "sh", *(word for word in check.command if word != "-o")) for check in checks
    )
    return SuitePlan(
        runner=Runner.MAVEN,
        command=command,
        source=source,
        setup=(_OWN_FILES, fetch, *wanted),
        checks=checks,
        dependency_files=files,
        builds=True,
    )


def _profiles(line: str) -> Command:
    """Keep what chooses profiles and modules of the build that CI runs."""
    found = _MAVEN.search(line)
    try:
        words = shlex.split(found["words"]) if found and "$" not in line else []
    except ValueError:
        return ()
    kept: list[str] = []
    for at, word in enumerate(words):
        if word in {"-P", "-pl", "--projects", "--activate-profiles"}:
            kept += words[at : at + 2]
        elif re.fullmatch(r"-P\S+|-am|--also-make", word):
            kept.append(word)
    return tuple(kept)


def _gradle(tree: Path, ci: Sequence[str], files: tuple[str, ...], source: str) -> SuitePlan:
    program = ("sh", "./gradlew") if has_file(tree, "gradlew") else ("gradle",)
    names = dict.fromkeys(match[1] for line in ci if "gradle" in line for match in _GRADLE_CHECKS.finditer(line))
    return SuitePlan(
        runner=Runner.GRADLE,
        command=(*program, "test"),
        source=source,
        setup=((*program, "--no-daemon", "testClasses"),),
        checks=tuple(CheckCommand(name=name, command=(*program, "--offline", "--no-daemon", name)) for name in names),
        dependency_files=files,
        environment={"GRADLE_USER_HOME": "/deps/gradle"},
        builds=True,
    )
