"""Detect how a project in C or C++ is tested: by CMake, Meson, or Automake's `make check`."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.runners.native import BUILD
from tamma_core.verification.settings import CheckCommand
from tamma_core.verification.tree import files_below, has_file, read_file

_CTEST = re.compile(r"^[ \t]*(?:enable_testing|add_test|gtest_discover_tests|catch_discover_tests|include\s*\(\s*CTest)\b", re.MULTILINE | re.IGNORECASE)  # fmt: skip
_MESON = re.compile(r"^[ \t]*test\s*\(", re.MULTILINE)
_AUTOMAKE = re.compile(r"^(?:TESTS|check_PROGRAMS)\s*\+?=", re.MULTILINE)
_OPTION = re.compile(r"-D[A-Za-z]\w*(?::\w+)?=[\w.+/-]+")
_MOST_FILES = 200
_CHECKS = {
    "clang-format": r"clang-format\b[^;&|]*(?:--dry-run|-n)\b[^;&|]*",
    "cppcheck": r"cppcheck\b[^;&|]*",
    "clang-tidy": r"clang-tidy\b[^;&|]*",
}


def detect_cmake(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a tree with the file of such a tool at its root; none if it names no tests."""
    found = _cmake(tree, ci) or _meson(tree) or _automake(tree)
    if found is None:
        return None
    runner, script, source = found
    return SuitePlan(runner=runner, command=("sh", "-c", script), source=source, checks=tuple(_checks(ci)), builds=True)


def _cmake(tree: Path, ci: Sequence[str]) -> tuple[Runner, str, str] | None:
    if not has_file(tree, "CMakeLists.txt") or not _names(tree, ("CMakeLists.txt", ".cmake"), _CTEST):
        return None
    options = [shlex.quote(option) for option in _options(ci)]
    configure = " ".join(["cmake -S . -B", BUILD, "-DCMAKE_BUILD_TYPE=Debug", *options])
    script = f"{configure} && cmake --build {BUILD} --parallel 2 && ctest --test-dir {BUILD} --output-on-failure"
    return Runner.CTEST, script, "the tests that CMakeLists.txt names"


def _options(ci: Sequence[str]) -> Iterator[str]:
    """Yield the variables that CI sets where it configures first; which compiler is this machine's matter."""
    line = next((line for line in ci if re.search(r"\bcmake\s+(?!--build|--install|-E|-P)", line)), "")
    for option in _OPTION.findall(line):
        if not re.match(r"-DCMAKE_(?:C|CXX)_COMPILER|-DCMAKE_TOOLCHAIN|-DCMAKE_INSTALL|-DCMAKE_BUILD_TYPE", option):
            yield option


def _meson(tree: Path) -> tuple[Runner, str, str] | None:
    if not has_file(tree, "meson.build") or not _names(tree, ("meson.build",), _MESON):
        return None
    return Runner.MESON, f"meson setup {BUILD} && meson test -C {BUILD}", "the tests that meson.build names"


def _automake(tree: Path) -> tuple[Runner, str, str] | None:
    ready = has_file(tree, "configure")
    if not (ready or has_file(tree, "configure.ac")) or not _names(tree, ("Makefile.am",), _AUTOMAKE):
        return None
    begin = "sh ./configure" if ready else "autoreconf -fi && ./configure"
    return Runner.MAKE, f"{begin} && make -j2 && make check", "the tests that Makefile.am names"


def _names(tree: Path, endings: tuple[str, ...], pattern: re.Pattern[str]) -> bool:
    files = [name for name in files_below(tree) if name.endswith(endings)][:_MOST_FILES]
    return any(pattern.search(read_file(tree, name)) for name in files)


def _checks(ci: Sequence[str]) -> Iterator[CheckCommand]:
    for name, pattern in _CHECKS.items():
        found = next((match for line in ci if "$" not in line and (match := re.search(rf"\b{pattern}", line))), None)
        if found:
            yield CheckCommand(name=name, command=("sh", "-c", found[0].strip()))
