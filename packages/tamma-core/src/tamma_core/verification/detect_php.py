"""Detect how a PHP project is tested."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand, Command
from tamma_core.verification.tree import files_below, has_file, read_json, table

_TEST = re.compile(r"(?:[^/]+/)*\w+Test\.php|(?:.*/)?tests?/.*Test\.php", re.IGNORECASE)
_SETTINGS = ("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml")
_PHPUNIT = re.compile(r"(?:^|[\s/])phpunit\b(?P<words>[^;&|]*)")
# Its scripts want the whole project, and its plug-ins run whatever they like.
_INSTALL = (
    "composer install --no-interaction --no-progress --no-scripts --ignore-platform-reqs && cp -a vendor /deps/vendor"
)
_CHECKS = {
    "phpstan": r"phpstan analy[sz]e(?: [\w./=-]+)*",
    "psalm": r"psalm(?: [\w./=-]+)*",
    "phpcs": r"phpcs(?: [\w./=,-]+)*",
    "php-cs-fixer": r"php-cs-fixer (?:fix|check)(?: [\w./=-]+)*",
}


def detect_php(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a tree of PHPUnit; none if it holds no tests."""
    tests = [name for name in files_below(tree, ".php") if _TEST.fullmatch(name)]
    settings = next((name for name in _SETTINGS if has_file(tree, name)), None)
    if not tests:
        return None
    package = read_json(tree, "composer.json")
    needs = {**table(package, "require"), **table(package, "require-dev")}
    own = "phpunit/phpunit" in needs
    # Without packages Composer still writes the autoloader that the tests begin with.
    installs = any("/" in name for name in needs) or any(table(package, key) for key in ("autoload", "autoload-dev"))
    folder = () if settings else (_folder(tests),)
    return SuitePlan(
        runner=Runner.PHPUNIT,
        command=("vendor/bin/phpunit" if own else "phpunit", *(_words(ci) or folder)),
        source=f"{settings or 'no settings of PHPUnit'} and {len(tests)} file(s) of tests",
        setup=(("sh", "-c", _INSTALL),) if installs else (),
        checks=tuple(_checks(ci)),
        dependency_files=tuple(name for name in ("composer.json", "composer.lock") if has_file(tree, name)),
        environment={"COMPOSER_HOME": "/tmp/composer", "COMPOSER_ALLOW_SUPERUSER": "1"},  # noqa: S108 - in the sandbox
    )


def _folder(tests: Sequence[str]) -> str:
    folders = {name.split("/", 1)[0] for name in tests if "/" in name}
    return next((name for name in ("tests", "test", "Tests") if name in folders), ".")


def _words(ci: Sequence[str]) -> Command:
    """Keep what CI chooses: settings, suites and groups."""
    found = next((match for line in ci if "$" not in line and (match := _PHPUNIT.search(line))), None)
    try:
        words = shlex.split(found["words"]) if found else []
    except ValueError:
        return ()
    kept: list[str] = []
    for at, word in enumerate(words):
        if word in {"-c", "--configuration", "--testsuite", "--group", "--exclude-group", "--bootstrap"}:
            kept += words[at : at + 2]
        elif re.fullmatch(r"--(?:configuration|testsuite|group|exclude-group|bootstrap)=\S+", word) or (
            not word.startswith("-") and "/" in word and words[at - 1] not in kept[-1:]
        ):
            kept.append(word)
    return tuple(kept)


def _checks(ci: Sequence[str]) -> Iterator[CheckCommand]:
    for name, pattern in _CHECKS.items():
        found = next(
            (match for line in ci if (match := re.search(rf"(?:^|[\s;&/])({pattern})(?=\s*(?:$|[;&|]))", line))), None
        )
        if found and not (name == "php-cs-fixer" and "fix" in found[1].split()[1:2] and "--dry-run" not in found[1]):
            program, *words = found[1].split()
            yield CheckCommand(name=name, command=(f"vendor/bin/{program}", *words))
