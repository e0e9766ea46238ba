"""Find the scripts that continuous integration runs: to change one is to change what is checked."""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found

# What only reads the files that it is given, and the keys of a configuration that lists files.
_READERS = re.compile(
    r"(?<![\w.-])(?:mypy|ruff|black|isort|flake8|pylint|pyright|basedpyright|bandit|vulture|pydocstyle|pycodestyle|compileall|py_compile|eslint|prettier|biome|tsc|"
    r"shellcheck|shfmt|yamllint|codespell|cppcheck|clang-tidy|clang-format|gofmt|rubocop|hashFiles|cat|head|tail|grep|wc|diff|cp|mv|ls|stat|chmod|sha256sum|"
    r"git\s+(?:add|diff|checkout|log)|upload-artifact|paths?(?:-ignore)?:|files?:|key:|file=|path=)(?![\w-])"
)
_NAMED_BY_FOLDER = frozenset({"__main__.py", "main.go", "index.js", "index.ts", "index.mjs", "mod.ts"})
_WORD_BEGIN = r"(?<![\w./$~%{}-])(?:[.$~%/][\w.${}()/~%-]{0,500}/)?"
_WORD_END = r"(?![\w/-]|\.\w)"
# What begins another command in the same line, and what stands before one and is none: a whole substitution, values of variables.
_BEGINS = re.compile(r"[;|`]|(?<!>)&(?!>)|[$<>]\(|\)|\b(?:run|script):|(?<!\S)(?:then|do|else)(?!\S)")
_WHOLE = re.compile(r"[$<>]?\([^()]*\)|`[^`]*`")
_VALUES = re.compile(r"\s*(?:-\s+)?(?:\w+=(?:\"[^\"]*\"|'[^']*'|\S*)\s+)*")
_LISTS = re.compile(r"(?:paths?(?:-ignore)?|files|changes):\s*$")
_NESTED = 4
_PARTS = 64
_MOST_READ = 200
"""Mentions that are looked at, and characters before one: who mentions a file more often, or farther behind in a line, is taken to run it."""
_BEFORE = 2000


def ci_script_findings(file: FileVersions, ci_text: str) -> Iterator[Finding]:
    """Speak up about a file that the base's own CI configuration runs, by its path, its place or its module."""
    for path in dict.fromkeys((file.old_path, file.path)):
        # A test file that CI names is compared test by test.
        if not is_test_path(path) and _runs(PurePosixPath(path), ci_text):
            yield found("ci", path, "continuous integration runs this file, and it was changed")


def unread_findings(files: Sequence[FileVersions], unread: str) -> Iterator[Finding]:
    """Speak up about a change when the base's CI configuration could not be read whole, for the reason given."""
    if unread and any(not is_test_path(path) for file in files for path in (file.old_path, file.path)):
        yield found("ci", "", f"{unread}, so nobody knows whether it runs what was changed")


def _runs(path: PurePosixPath, ci_text: str) -> bool:
    if path.stem not in ci_text and not (path.name in _NAMED_BY_FOLDER and path.parent.name in ci_text):
        return False
    return any(_is_run(word, ci_text) for word in _words(path, ci_text))


def _words(path: PurePosixPath, ci_text: str) -> Iterator[str]:
    """Yield patterns of what a command may call a file: from the root, from a folder that is entered, as a module, by its folder."""
    for count in {0, *range(max(0, len(path.parts) - _PARTS), len(path.parts))}:
        folder, rest = "/".join(path.parts[:count]), "/".join(path.parts[count:])
        # A pattern of a long path takes long to make.
        if rest not in ci_text or folder not in ci_text:
            continue
        if count and not re.search(rf"{_WORD_BEGIN}{re.escape(folder)}/?{_WORD_END}", ci_text):
            continue
        yield rf"{_WORD_BEGIN}{re.escape(rest)}{_WORD_END}"
    for count, _ in enumerate(path.parts[-_PARTS:], start=max(0, len(path.parts) - _PARTS)):
        module = ".".join(path.with_suffix("").parts[count:]).removesuffix(".__main__")
        if path.suffix == ".py" and module and module in ci_text:
            yield rf"-m\s+[\"']?{re.escape(module)}{_WORD_END}"
    if path.name in _NAMED_BY_FOLDER and path.parent.name and path.parent.as_posix() in ci_text:
        yield rf"\b(?:python[\d.]*|node|deno|bun|tsx|go\s+run|run)\s+(?:-\S+\s+)*[\"']?(?:\./)?{re.escape(path.parent.as_posix())}/?{_WORD_END}"


def _is_run(word: str, ci_text: str) -> bool:
    """Tell whether a word stands anywhere but among the arguments of what only reads."""
    starts, listed = _lines(ci_text)
    for count, match in enumerate(re.finditer(word, ci_text)):
        number = bisect(starts, match.start()) - 1
        if count == _MOST_READ or match.start() - starts[number] > _BEFORE:
            return True
        line = ci_text[starts[number] : match.start()]
        # A substitution may begin within what is taken for a folder.
        if not listed[number] and not _READERS.search(_command(line + "".join(match[0].rpartition("(")[:2]))):
            return True
    return False


def _command(line: str) -> str:
    """Answer the last command that a line begins, without the values that are set for it."""
    for _ in range(_NESTED):
        line = _WHOLE.sub("", line)
    return _VALUES.sub("", _BEGINS.split(line)[-1], count=1)


@lru_cache(maxsize=1)
def _lines(ci_text: str) -> tuple[Sequence[int], Sequence[bool]]:
    """Answer where each line begins, and whether it may be an entry below a key such as `paths:`."""
    starts, listed = [0], [False]
    for line in ci_text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
        listed.append(listed[-1] if line.lstrip().startswith("- ") else _LISTS.search(line) is not None)
    return starts, listed
