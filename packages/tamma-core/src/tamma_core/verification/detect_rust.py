"""Detect how a Rust crate or workspace is tested."""

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand, Command
from tamma_core.verification.tree import files_below, has_file, read_file, read_toml, table

_TEST = re.compile(r"#\[(?:\w+::)*test\b|^\s*//[/!] ```", re.MULTILINE)
_LOOKED_INTO = 400
_MOST_MANIFESTS = 200
_FLAGS = frozenset({"--all", "--workspace", "--all-features", "--no-default-features", "--all-targets", "--lib", "--tests", "--bins", "--release"})  # fmt: skip
_WITH_VALUE = frozenset({"--features", "-F", "--package", "-p", "--exclude"})
_CHECKS = {
    "cargo fmt": (r"cargo fmt\b.*--check\b", ("cargo", "fmt", "--all", "--check")),
    "cargo clippy": (r"cargo clippy\b", ("cargo", "clippy", "--offline")),
    "cargo check": (r"cargo (?:check|build)\b", ("cargo", "check", "--offline")),
}


def detect_rust(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a tree with a manifest of Cargo at its root; none if nothing in it is a test."""
    if not has_file(tree, "Cargo.toml"):
        return None
    sources = list(islice(files_below(tree, ".rs"), _LOOKED_INTO))
    if not any(_TEST.search(read_file(tree, name)) for name in sources):
        return None
    manifests = [name for name in files_below(tree, "Cargo.toml") if Path(name).name == "Cargo.toml"]
    files = (
        *manifests[:_MOST_MANIFESTS],
        *(name for name in ("Cargo.lock", ".cargo/config.toml") if has_file(tree, name)),
    )
    command = ("cargo", "test", *_flags(tree, ci))
    return SuitePlan(
        runner=Runner.CARGO,
        command=command,
        source=f"Cargo.toml and {len(sources)} source file(s)",
        setup=(("cargo", "fetch"),) if _needs(tree, manifests) else (),
        # Dependencies take longer to compile than most suites to run.
        warm_up=(("env", "CARGO_TARGET_DIR=/deps/target", *command, "--offline", "--no-run"),),
        checks=tuple(_checks(ci)),
        dependency_files=files,
        environment={"CARGO_HOME": "/deps/cargo", "CARGO_INCREMENTAL": "0", "CARGO_TERM_COLOR": "never"},
        builds=True,
    )


def _flags(tree: Path, ci: Sequence[str]) -> Command:
    line = next(
        (line for line in ci if re.search(r"\bcargo (?:\+\S+ )?(?:test|nextest run)\b", line) and "$" not in line), ""
    )
    found = _kept(line)
    if not found and "workspace" in read_toml(tree, "Cargo.toml"):
        return ("--workspace",)
    return found


def _kept(line: str) -> Command:
    """Keep what chooses packages and features; what chooses tools, targets and verbosity is this machine's matter."""
    try:
        words = shlex.split(re.split(r"&&|;|\|", line)[0], comments=True)
    except ValueError:
        return ()
    kept: list[str] = []
    for at, word in enumerate(words):
        if word == "--":
            break
        if word in _FLAGS or (word.partition("=")[0] in _WITH_VALUE and "=" in word):
            kept.append(word)
        elif word in _WITH_VALUE:
            kept += words[at : at + 2]
    return tuple(kept)


def _needs(tree: Path, manifests: Sequence[str]) -> bool:
    """Tell whether anything has to be fetched."""
    if has_file(tree, "Cargo.lock"):
        return bool(re.search(r"^source = ", read_file(tree, "Cargo.lock", 16 << 20), re.MULTILINE))
    return any(_fetched(read_toml(tree, name)) for name in manifests[:_MOST_MANIFESTS])


def _fetched(manifest: object) -> bool:
    tables = [table(manifest), table(manifest, "workspace"), *_targets(manifest)]
    for place in tables:
        for key in ("dependencies", "dev-dependencies", "build-dependencies"):
            if any(not table(needed).get("path") for needed in table(place, key).values()):
                return True
    return False


def _targets(manifest: object) -> Iterator[object]:
    yield from table(manifest, "target").values()


def _checks(ci: Sequence[str]) -> Iterator[CheckCommand]:
    for name, (pattern, command) in _CHECKS.items():
        found = next((match for line in ci if "$" not in line and (match := re.search(f"{pattern}.*", line))), None)
        if found is None:
            continue
        strict = ("--", "-D", "warnings") if name == "cargo clippy" and re.search(r"-D ?warnings", found[0]) else ()
        flags = () if name == "cargo fmt" else _kept(found[0])
        yield CheckCommand(name=name, command=(*command, *flags, *strict))
