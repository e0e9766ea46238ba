"""Write the hash-pinned locks from the declared dependencies, or check that they are up to date."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))


@dataclass(frozen=True)
class Lock:
    """Name one lock file and what it is compiled from; `within` is the lock that it may not contradict."""

    name: str
    inputs: tuple[str, ...]
    within: str | None = None


LOCKS = (
    Lock(
        "requirements.lock",
        (*(f"packages/{name}/pyproject.toml" for name in PACKAGES), "--all-extras", "--group", "pyproject.toml:dev"),
    ),
    Lock(
        "requirements-run.lock",
        ("packages/tamma/pyproject.toml", "--group", "pyproject.toml:build"),
        within="requirements.lock",
    ),
    Lock("requirements-uv.lock", ("--group", "pyproject.toml:uv"), within="requirements.lock"),
    Lock("requirements-go.lock", ("--group", "pyproject.toml:go")),
    Lock("requirements-fuzz.lock", ("--group", "pyproject.toml:fuzz")),
)


def compile_lock(lock: Lock, target: Path, *, upgrade: bool) -> None:
    """Compile one lock into `target`; versions already in it stay, unless they are to be upgraded."""
    left_out = [f"--no-emit-package={name}" for name in PACKAGES]
    within = ["--constraint", lock.within] if lock.within else []
    compiled = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
            *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
            *("--output-file", str(target), *(["--upgrade"] if upgrade else []), *within, *left_out, *lock.inputs),
        ],
        cwd=ROOT,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if compiled.returncode:
        sys.exit(f"error: {lock.name} could not be compiled, see above")


def pins(path: Path) -> list[str]:
    """Read the requirements of a lock without their hashes."""
    return [line.rstrip(" \\") for line in path.read_text().splitlines() if line and not line.startswith((" ", "#"))]


def stale(lock: Lock, scratch: Path) -> list[str]:
    """List what compiling would add to the lock (`+`) or take from it (`-`)."""
    current, fresh = ROOT / lock.name, scratch / lock.name
    if current.exists():
        shutil.copy(current, fresh)
    compile_lock(lock, fresh, upgrade=False)
    now, then = set(pins(current)) if current.exists() else set(), set(pins(fresh))
    return sorted([f"- {line}" for line in now - then] + [f"+ {line}" for line in then - now])


def check() -> int:
    """Report each lock that no longer fits the pyproject files."""
    found = 0
    with tempfile.TemporaryDirectory() as scratch:
        for lock in LOCKS:
            if differences := stale(lock, Path(scratch)):
                found = 1
                print(f"{lock.name} is not up to date; `just lock` writes it:", *differences, sep="\n  ")
    return found


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a lock is not up to date")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    wanted = parser.parse_args()
    if wanted.check:
        return check()
    for lock in LOCKS:
        compile_lock(lock, ROOT / lock.name, upgrade=wanted.upgrade)
        print(f"{lock.name}: {len(pins(ROOT / lock.name))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
