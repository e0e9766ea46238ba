"""Detect how a Node project is tested."""

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from tamma_core.domain.suite_paths import is_test_name
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand, Command
from tamma_core.verification.tree import files_below, has_file, read_file, read_json, table

_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
_SETTINGS = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", ".pnpmfile.cjs")
_READ_BY_MANAGERS = re.compile(r"\.yarn/(?:releases|plugins|patches)/.*|patches/.*\.patch")
_RUNNERS = (
    (Runner.JEST, re.compile(r"(?:^|\s|/)jest(?=\s|$)")),
    (Runner.VITEST, re.compile(r"(?:^|\s|/)vitest(?=\s|$)")),
    (Runner.MOCHA, re.compile(r"(?:^|\s|/)_?mocha(?=\s|$)")),
    (Runner.TAPE, re.compile(r"(?:^|\s|/)tape(?=\s|$)")),
    (Runner.NODE, re.compile(r"(?:^|\s)node\s(?:.*\s)?--test(?=\s|$)")),
)
_CHECKS = {
    "eslint": r"(?:npx )?(eslint(?: [\w./=,*-]+)*)",
    "tsc": r"(?:npx )?(tsc(?: [\w./=-]+)*)",
    "prettier": r"(?:npx )?(prettier (?:[\w./=*-]+ )*--check(?: [\w./=*-]+)*)",
    "biome": r"(?:npx )?(biome (?:ci|check|lint)(?: [\w./=-]+)*)",
}
_BROUGHT_BY = {"eslint": "eslint", "tsc": "typescript", "prettier": "prettier", "biome": "@biomejs/biome"}
_LINTING = re.compile(r"(?:lint|types?|type-?check|check|format|style)(?:[:-][\w:-]+)?")
_WRITES = re.compile(r"\s(?:--fix|--write|--watch|-w)\b")
_ANOTHER = re.compile(r"(?:npm|yarn|pnpm)(?: run(?:-script)?)?(?: (?:-s|--silent))? (?P<name>[\w:.-]+)")
_MOST_STEPS = 5
_BERRY = re.compile(r"^__metadata:", re.MULTILINE)
_NOTHING = re.compile(r"no test specified|^\s*(?:true|exit 0|:)\s*$")


def detect_node(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a Node tree; none if it holds no tests of its own."""
    package = read_json(tree, "package.json")
    if not package and not has_file(tree, "package.json"):
        return None
    scripts = {name: text for name, text in table(package, "scripts").items() if isinstance(text, str)}
    found = _runner(tree, package, _script(scripts, "test"))
    if found is None:
        return None
    runner, command, source = found
    files = _dependency_files(tree)
    berry = "yarn.lock" in files and bool(_BERRY.search(read_file(tree, "yarn.lock")))
    return SuitePlan(
        runner=runner,
        command=command,
        source=source,
        setup=_setup(package, files, berry=berry),
        checks=_checks([*ci, *_called(ci, scripts), *_linting(scripts, package)]),
        dependency_files=files,
        # Without the folder it would write a loader that every program has to be started with.
        environment={"YARN_NODE_LINKER": "node-modules", "YARN_ENABLE_TELEMETRY": "0"} if berry else {},
    )


def _script(scripts: Mapping[str, str], name: str) -> str:
    """Answer what a script runs in the end, where it only hands over to another."""
    for _ in range(_MOST_STEPS):
        other = _ANOTHER.fullmatch(scripts.get(name, "").strip())
        if other is None or other["name"] not in scripts:
            break
        name = other["name"]
    return scripts.get(name, "")


def _runner(tree: Path, package: Mapping[str, object], script: str) -> tuple[Runner, Command, str] | None:
    if script and not _NOTHING.search(script):
        for runner, pattern in _RUNNERS:
            if pattern.search(script):
                return runner, _command(runner, script), f"the script `test` of package.json, `{script[:80]}`"
        return Runner.OTHER, ("npm", "test", "--silent"), f"the script `test` of package.json, `{script[:80]}`"
    needs = {**table(package, "dependencies"), **table(package, "devDependencies")}
    for runner in (Runner.VITEST, Runner.JEST, Runner.MOCHA):
        if runner.value in needs:
            return runner, _command(runner, runner.value), f"the dependency `{runner.value}`"
    tests = [
        name for name in files_below(tree) if name.endswith((".js", ".mjs", ".cjs")) and is_test_name(Path(name).name)
    ]
    return (Runner.NODE, ("node", "--test"), f"{len(tests)} test file(s)") if tests else None


def _command(runner: Runner, script: str) -> Command:
    """Keep a script's own arguments where it is one plain command."""
    try:
        words = shlex.split(script)
    except ValueError:
        words = []
    plain = words and not any(word in {"&&", "||", ";", "|"} or "=" in words[0] for word in words)
    if runner is Runner.NODE:
        return tuple(words) if plain and words[0] == "node" else ("node", "--test")
    program = (f"node_modules/.bin/{runner.value}",)
    at = next((i for i, word in enumerate(words) if word.rsplit("/", 1)[-1] in {runner.value, "_mocha"}), None)
    arguments = tuple(words[at + 1 :]) if plain and at is not None else ()
    kept = tuple(word for word in arguments if not re.match(r"--(watch|coverage|reporter|silent|verbose|ci)\b", word))
    if runner is Runner.VITEST:
        return (*program, "run", *(word for word in kept if word not in {"run", "watch", "dev"}))
    return (*program, *kept)


def _dependency_files(tree: Path) -> tuple[str, ...]:
    read = (name for name in files_below(tree) if _READ_BY_MANAGERS.fullmatch(name))
    return (*(name for name in ("package.json", *_LOCKS, *_SETTINGS) if has_file(tree, name)), *read)


def _setup(package: Mapping[str, object], files: Sequence[str], *, berry: bool) -> tuple[Command, ...]:
    if not any(
        table(package, key) for key in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    ):
        return ()
    # The package's own scripts want its sources, which are not there; those of its dependencies are run by the manager.
    return (("npm", "pkg", "delete", "scripts"), _install(files, berry=berry))


def _install(files: Sequence[str], *, berry: bool) -> Command:
    if "yarn.lock" in files:
        # An older release's lock is not that of the machine's Yarn to the letter; its versions are taken all the same.
        return ("yarn", "install", "--no-immutable") if berry else ("yarn", "install", "--frozen-lockfile")
    if "pnpm-lock.yaml" in files:
        return ("pnpm", "install", "--frozen-lockfile")
    if "package-lock.json" in files or "npm-shrinkwrap.json" in files:
        return ("npm", "ci", "--no-audit", "--no-fund")
    return ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund")


def _called(ci: Sequence[str], scripts: Mapping[str, str]) -> list[str]:
    names = {match[1] for line in ci for match in re.finditer(r"(?:npm|yarn|pnpm)(?: run)? ([\w:.-]+)", line)}
    return [scripts[name] for name in sorted(names) if name in scripts]


def _linting(scripts: Mapping[str, str], package: Mapping[str, object]) -> list[str]:
    """Answer the scripts that are named for what they check, of tools that the project installs for it."""
    needs = {**table(package, "dependencies"), **table(package, "devDependencies")}
    tools = [name for name, brought_by in _BROUGHT_BY.items() if brought_by in needs]
    return [
        text
        for name, text in scripts.items()
        if _LINTING.fullmatch(name) and text.split()[:1] and text.split()[0] in tools and not _WRITES.search(text)
    ]


def _checks(lines: Sequence[str]) -> tuple[CheckCommand, ...]:
    found: dict[str, CheckCommand] = {}
    for line in lines:
        for name, pattern in _CHECKS.items():
            match = re.search(rf"(?:^|[\s;&]){pattern}(?=\s*(?:$|&&|;|\|))", line)
            if match and name not in found:
                program, *arguments = match[1].split()
                found[name] = CheckCommand(name=name, command=(f"node_modules/.bin/{program}", *arguments))
    return tuple(found.values())
