"""Take each defence out in a copy, and see the tests that attack it succeed; write the page that says which.

`python tools/defences.py` tries all, `python tools/defences.py WORD…` those with a word in their name; `--write` writes the page.
`--jobs N` has N copies tried at a time, and `--after FILE` leaves out what an earlier run on the same source printed as seen.
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tools/defences.toml"
PAGE = ROOT / "docs/defences.md"
TIME_S = 600.0
ALL_TIME_S = 3600.0
SAID = 120
"""Characters of a failure that are printed, so that a reader sees whether it is the attack that succeeded."""
_SEEN, _UNSEEN = "seen    ", "UNSEEN  "
BOUNDS = {resource.RLIMIT_NPROC: 2000, resource.RLIMIT_FSIZE: 16 << 30, resource.RLIMIT_CORE: 0}
INTRODUCTION = """\
# Defences

Each row is a defence that was taken out of a copy of the source, the attack that then gets through, and the tests that fail without
it. `just defences` does it again; a unit test holds this page and the table it is made of
(`tools/defences.toml`) against the source. The walls of the sandbox are also taken out one by one by the tests themselves
(`test_attack_gets_through_without_its_defence` in `tests/contract/sandbox`).
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """Name a file, a text that stands in it once, and what is put there instead."""

    file: str
    text: str
    put: str


@dataclass(frozen=True, slots=True)
class Defence:
    """Hold one row: the defence, what gets through without it, how it is taken out, and which tests see it."""

    area: str
    name: str
    attack: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


def defences() -> tuple[Defence, ...]:
    """Read the table."""
    rows = tomllib.loads(TABLE.read_text())["defence"]
    return tuple(
        Defence(
            area=row["area"],
            name=row["name"],
            attack=row["attack"],
            edits=tuple(Edit(edit["file"], edit["text"], edit.get("put", "")) for edit in row["edits"]),
            tests=tuple(row["tests"]),
        )
        for row in rows
    )


def page() -> str:
    """Write the page."""
    rows = defences()
    parts = [INTRODUCTION]
    for area in dict.fromkeys(row.area for row in rows):
        parts.append(f"\n## {area}\n\n| defence | where | without it | fails then |\n| --- | --- | --- | --- |\n")
        parts += [_line(row) for row in rows if row.area == area]
    return "".join(parts)


def _line(row: Defence) -> str:
    where = ", ".join(dict.fromkeys(f"`{edit.file.rpartition('/src/')[2]}`" for edit in row.edits))
    tests = ", ".join(f"`{test.removeprefix('tests/')}`" for test in row.tests)
    return f"| {row.name} | {where} | {row.attack} | {tests} |\n"


@contextmanager
def copy() -> Iterator[Path]:
    """Make a copy of what is in version control or is to be, to be spoilt."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    with tempfile.TemporaryDirectory(prefix="tamma-defences-") as directory:
        place = Path(directory) / "tree"
        for name in filter(None, os.fsdecode(listed).split("\0")):
            if (ROOT / name).is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, place / name, follow_symlinks=False)
        yield place


@contextmanager
def taken_out(place: Path, row: Defence) -> Iterator[None]:
    """Leave a defence out for a while; byte code is told apart by times that never come twice."""
    before = {edit.file: (place / edit.file).read_text() for edit in row.edits}
    after = dict(before)
    for edit in row.edits:
        after[edit.file] = after[edit.file].replace(edit.text, edit.put)
    try:
        _write(place, after)
        yield
    finally:
        _write(place, before)


def _write(place: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (place / name).write_text(text)
        later = int((place / name).stat().st_mtime) + int(time.monotonic() * 10) % 1_000_000
        os.utime(place / name, (later, later))


def failing(place: Path, tests: Sequence[str], time_s: float = TIME_S) -> tuple[dict[str, str], str]:
    """Run tests in the copy; answer which of them failed with what words, and the last lines said."""
    sources = sorted(str(path) for path in place.glob("packages/*/src"))
    command = [sys.executable, "-m", "pytest", *tests, "-q", "--tb=no", "-rf", f"--basetemp={place.parent / 'tmp'}"]
    process = subprocess.Popen(
        [*command, "-p", "no:cacheprovider"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sources), "COLUMNS": "400"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=time_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        said += "\nended by the time limit"
    found = [line.removeprefix("FAILED ").partition(" - ") for line in said.splitlines() if line.startswith("FAILED ")]
    red = {test: why[:SAID] for test in tests for name, _, why in found if _is(name, test)}
    return red, said[-1500:]


def _is(name: str, test: str) -> bool:
    return name == test or name.startswith((f"{test}[", f"{test}::"))


def _bound() -> None:
    for which, bound in BOUNDS.items():
        hard = resource.getrlimit(which)[1]
        value = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (value, value))


def attempted(rows: Sequence[Defence], jobs: int) -> Iterator[tuple[Defence, float, dict[str, str], str]]:
    """Take each defence out, in as many copies as there are jobs; see first that all is green with them in place."""
    with ThreadPoolExecutor(jobs) as pool, ExitStack() as stack:
        copies: SimpleQueue[Path] = SimpleQueue()
        places = [stack.enter_context(copy()) for _ in range(jobs)]
        tests = sorted({test for row in rows for test in row.tests})
        shares = [share for number in range(jobs) if (share := tests[number::jobs])]
        for place, (red, said) in zip(places, pool.map(failing, places, shares, [ALL_TIME_S] * jobs), strict=False):
            # On a busy machine one may fail by the clock; alone it has to pass.
            if (red and failing(place, sorted(red))[0]) or " passed" not in said:
                raise SystemExit(f"not green with all defences in place:\n{said}")
        for place in places:
            copies.put(place)

        def attempt(row: Defence) -> tuple[Defence, float, dict[str, str], str]:
            place, began = copies.get(), time.monotonic()
            try:
                with taken_out(place, row):
                    red, said = failing(place, row.tests)
            finally:
                copies.put(place)
            return row, time.monotonic() - began, red, said

        yield from pool.map(attempt, rows)


def wanted(words: Sequence[str], after: Path | None) -> Sequence[Defence]:
    """Answer the rows that were asked for; end the program when one of them is stale."""
    seen = [] if after is None else [line.partition(_SEEN)[2] for line in after.read_text().splitlines()]
    rows = [row for row in defences() if not words or any(word in row.name for word in words)]
    stale = [
        f"{row.name}: the text to take out is not there once in {edit.file}"
        for row in rows
        for edit in row.edits
        if (ROOT / edit.file).read_text().count(edit.text) != 1
    ]
    if stale:
        raise SystemExit("\n".join(stale))
    # The slowest first, so that no copy is the only one at work at the end.
    return sorted((row for row in rows if row.name not in seen), key=lambda row: "/acceptance/" not in str(row.tests))


def main() -> int:
    """Try the rows that were asked for; end with 1 when a defence can be taken out unseen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--after", type=Path)
    wish = parser.parse_args()
    _bound()
    rows = wanted(wish.words, wish.after)
    unseen = []
    for row, took_s, red, said in attempted(rows, wish.jobs):
        missed = sorted(set(row.tests) - set(red))
        print(f"{took_s:6.1f} s  {_UNSEEN if missed else _SEEN}{row.name}", flush=True)
        for test, why in red.items():
            print(f"          {test.rpartition('::')[2]}: {why}", flush=True)
        if missed:
            unseen.append(row.name)
            print(f"  {', '.join(missed)} did not fail:\n{said}", flush=True)
    if wish.write and not unseen:
        PAGE.write_text(page())
    print(f"{len(rows)} defences taken out, {len(unseen)} unseen")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
