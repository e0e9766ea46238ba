"""Read which commands a repository's continuous integration runs, and in which folder."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.verification.ci.document import Reference, read_yaml
from tamma_core.verification.tree import files_below, read_file, table

_ACTIONS = (".github/workflows", ".gitea/workflows", ".forgejo/workflows")
_SHELLS = re.compile(r"(?:/bin/)?(?:ba|da|z)?sh\b.*")
_GITLAB_WORDS = frozenset({"variables", "workflow", "stages", "include", "cache", "image", "services"})
# Aliases let a small file unfold into billions of nodes: each list and table is read to a bound.
_MOST_ENTRIES = 200
_MOST_RUNS = 2000
_DEEPEST = 8

Found = Iterator[tuple[str, str]]
"""A folder and a script that runs there."""


class CiRun(Record, frozen=True):
    """Hold the command lines of one step, and the folder below the root where they run."""

    file: str
    folder: str
    lines: tuple[str, ...]


def ci_runs(tree: Path) -> tuple[CiRun, ...]:
    """Answer what each step of each file runs, in order."""
    return tuple(islice(_runs(tree), _MOST_RUNS))


def _runs(tree: Path) -> Iterator[CiRun]:
    for name, reader in _files(tree):
        for folder, script in islice(reader(read_yaml(read_file(tree, name))), _MOST_RUNS):
            lines = tuple(_joined(script))
            if lines:
                yield CiRun(name, _cleaned(folder), lines)


def _files(tree: Path) -> Iterator[tuple[str, Callable[[object], Found]]]:
    for folder in (*_ACTIONS, ".woodpecker"):
        for name in files_below(tree / folder):
            if name.endswith((".yml", ".yaml")):
                yield f"{folder}/{name}", _woodpecker if folder == ".woodpecker" else _actions
    yield ".gitlab-ci.yml", _gitlab
    yield ".circleci/config.yml", _circle
    yield "azure-pipelines.yml", _azure
    yield ".travis.yml", _travis
    yield from ((name, _woodpecker) for name in (".woodpecker.yml", ".woodpecker.yaml", ".drone.yml"))


def _actions(document: object) -> Found:
    for job in _entries(table(document, "jobs")):
        folders = [_folder(table(place, "defaults", "run")) for place in (job, document)]
        for step in _entries(table(job).get("steps")):
            shell = table(step).get("shell", "sh")
            if isinstance(shell, str) and _SHELLS.fullmatch(shell):
                here = _folder(table(step)) or next(filter(None, folders), "")
                yield from ((here, text) for text in _texts(table(step).get("run")))


def _gitlab(document: object) -> Found:
    for name, job in islice(table(document).items(), _MOST_ENTRIES):
        if name in _GITLAB_WORDS or not isinstance(job, dict):
            continue
        for key in ("before_script", "script"):
            yield from (("", text) for text in _texts(job.get(key), document))


def _circle(document: object) -> Found:
    for job in (*_entries(table(document, "jobs")), *_entries(table(document, "commands"))):
        for step in _entries(table(job).get("steps")):
            run = table(step).get("run")
            folder = _folder(table(run)) or _folder(table(job))
            yield from ((folder, text) for text in _texts(run if isinstance(run, str) else table(run).get("command")))


def _azure(document: object, depth: int = 0) -> Found:
    if depth > _DEEPEST:
        return
    for step in _entries(table(document).get("steps")):
        folder = table(step).get("workingDirectory")
        script = table(step).get("script") or table(step).get("bash")
        yield from ((folder if isinstance(folder, str) else "", text) for text in _texts(script))
    for key in ("stages", "jobs"):
        for below in _entries(table(document).get(key)):
            yield from _azure(below, depth + 1)


def _travis(document: object) -> Found:
    for key in ("before_install", "install", "before_script", "script"):
        yield from (("", text) for text in _texts(table(document).get(key)))


def _woodpecker(document: object) -> Found:
    steps = table(document).get("steps") or table(document).get("pipeline")
    for step in _entries(steps):
        folder = table(step).get("directory")
        here = folder if isinstance(folder, str) else ""
        yield from ((here, text) for text in _texts(table(step).get("commands")))


def _entries(value: object) -> list[object]:
    """Answer the entries of a list, or the values of a table."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return list(islice(values, _MOST_ENTRIES))


def _texts(value: object, document: object = None, depth: int = 0) -> Iterator[str]:
    """Yield a script's parts: one text, a list of them, or a place elsewhere that holds them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Reference) and depth < _DEEPEST:
        *path, last = [str(part) for part in value] or [""]
        yield from _texts(table(document, *path).get(last), document, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for inner in islice(value, _MOST_ENTRIES if depth < 2 else 1):  # noqa: PLR2004 - lists of lists are rare
            yield from _texts(inner, document, depth + 1)


def _folder(settings: object) -> str:
    found = table(settings).get("working-directory") or table(settings).get("working_directory")
    return found if isinstance(found, str) else ""


def _cleaned(folder: str) -> str:
    plain = folder.strip().removeprefix("./").rstrip("/")
    return "" if plain in {".", "~/project", "$CI_PROJECT_DIR", "${{ github.workspace }}"} else plain


def _joined(script: str) -> Iterator[str]:
    for line in script.replace("\\\n", " ").splitlines():
        text = " ".join(line.split())
        if text and not text.startswith("#"):
            yield text
