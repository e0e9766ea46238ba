"""Which languages a tree may be tested in, and what tells that one of them comes first."""

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from tamma_core.domain.record import Record
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.tree import has_file

Detector = Callable[[Path, Sequence[str]], SuitePlan | None]


class Language(Record, frozen=True):
    """Name the module `detect_…` of a language, the files at the root that announce it, and what its tests are called in CI."""

    name: str
    markers: tuple[str, ...]
    line: re.Pattern[str]

    def detector(self) -> Detector:
        """Import the function that answers how such a tree is tested."""
        module = import_module(f"tamma_core.verification.detect_{self.name}")
        return cast("Detector", getattr(module, f"detect_{self.name}"))


LANGUAGES = (
    Language(
        "python",
        ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "requirements.txt"),
        re.compile(r"\b(?:py\.?test|unittest|tox|nox)\b"),
    ),
    Language("go", ("go.mod",), re.compile(r"\bgo test\b")),
    Language("rust", ("Cargo.toml",), re.compile(r"\bcargo (?:\+\S+ )?(?:test|nextest)\b")),
    Language(
        "java",
        ("pom.xml", "build.gradle", "build.gradle.kts"),
        re.compile(r"\b(?:mvnw?|gradlew?)\b.*\b(?:test|check|verify|build|install|package)\b"),
    ),
    Language("dotnet", (), re.compile(r"\bdotnet test\b")),
    Language("php", ("composer.json", "phpunit.xml", "phpunit.xml.dist"), re.compile(r"\bphpunit\b")),
    Language("ruby", ("Gemfile", "Rakefile"), re.compile(r"\brspec\b|\brake (?:test|spec)\b|\bruby\b.* -Itest\b")),
    Language(
        "cmake",
        ("CMakeLists.txt", "meson.build", "configure.ac"),
        re.compile(r"\bctest\b|\bmeson test\b|\bninja\b.*\btest\b"),
    ),
    Language(
        "node",
        ("package.json",),
        re.compile(
            r"\b(?:npm|yarn|pnpm)(?: run)?(?: -\S+)* t(?:est)?\b|\b(?:jest|vitest|mocha|tape)\b|\bnode --test\b"
        ),
    ),
)


def in_order(tree: Path, ci: Sequence[str]) -> Iterator[Language]:
    """Yield the languages that CI tests first, in its order, then those that a file at the root announces, then the rest."""

    def rank(language: Language) -> tuple[int, bool]:
        first = next((at for at, line in enumerate(ci) if language.line.search(line)), len(ci))
        return first, not any(has_file(tree, name) for name in language.markers)

    yield from sorted(LANGUAGES, key=rank)
