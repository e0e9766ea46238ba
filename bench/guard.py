"""Judge real commits, and the same commits tampered with, by the diff guard: `python -m bench.guard [--commits N] [--page FILE] GITDIR …`.

Each argument is a local git directory. What is printed and kept are ids, verdicts and rules, never a line of anybody's code.
An honest commit ought to pass if it only adds lines to existing tests and touches no guarded kind of file; every tampered one ought not to.
"""

import argparse
import asyncio
import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

from msgspec.structs import replace
from tamma_core.domain.change import ChangeSet, FileChange
from tamma_core.domain.errors import Defect
from tamma_core.domain.guard import GuardReport, Verdict
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.domain.suite_paths import is_code, is_test_path
from tamma_core.guards.diff_guard import inspect
from tamma_core.guards.policy import GuardPolicy
from tamma_core.workspace.git import Git
from tamma_core.workspace.objects import Objects

from bench.tampering import KINDS, SOURCE, SUITE_FILES, Rule, Tampered, family_of, replace_one

MOST_FILES = 20
LEAST_BYTES = 500
PLAIN_FILE = "100644"
GUARDED = re.compile(
    r"(.*/)?\.[^/]+(/.*)?|(.*/)?(package|composer|tsconfig[^/]*|deno)\.json|.*\.(lock|lockb|gemspec|csproj|props|targets|sln|cmake|toml|ini|cfg|neon|gradle|bazel|snap|map|min\.js|sh|mk)|"
    r"(.*/)?(pom|phpunit)\.xml(\.dist)?|(.*/)?go\.(mod|sum)|(.*/)?(package-lock\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|gemfile|rakefile|makefile|cmakelists\.txt|build\.rs|setup\.py|conftest\.py)|"
    r"(.*/)?(licen[cs]e|copying|contributing|agents|claude|codeowners)[^/]*|(.*/)?[^/]*requirements[^/]*\.txt|(.*/)?[^/]*\.config\.[^/]*|(.*/)?(vendor|third[-_]party)/.*"
)
TEST = re.compile(r"(?:^|[/._-])(?:tests?|specs?)(?:[/._-]|$)|Test|Spec")
SILENCERS = re.compile(
    r"noqa|type: ?ignore|nolint|eslint-disable|ts-(ignore|expect-error)|@Suppress|#!?\[allow|pragma|NOLINT|rubocop:disable|phpstan-ignore|istanbul|biome-ignore",
    re.IGNORECASE,
)


class Judged(Record, frozen=True):
    """Hold what the guard said of one change, and what it ought to have said."""

    repository: str
    commit: str
    kind: str
    ought: Verdict
    said: Verdict
    rules: tuple[str, ...]

    @property
    def stopped(self) -> bool:
        """Tell whether a person is asked, or the change refused."""
        return self.said is not Verdict.PASS


@dataclass
class Repository:
    """Read one git directory."""

    git_dir: Path
    name: str
    objects: Objects
    honest: list[tuple[str, ChangeSet]] = field(default_factory=list)

    def git(self, *arguments: str) -> str:
        """Ask git."""
        done = subprocess.run(["git", f"--git-dir={self.git_dir}", *arguments], check=True, capture_output=True)
        return done.stdout.decode(errors="replace")

    def commits(self) -> Iterator[str]:
        """Yield commits with one parent, newest first, that change code and are no larger than Tamma's own may be."""
        for block in self.git(
            "log", "--no-merges", "--min-parents=1", "--format=%x01%H", "--name-only", "-n3000"
        ).split("\x01")[1:]:
            sha, *paths = block.split("\n")
            paths = [path for path in paths if path]
            if 0 < len(paths) <= MOST_FILES and any(is_code(path) for path in paths):
                yield sha

    async def change(self, sha: str) -> ChangeSet:
        """Read a commit as the guard gets it."""
        return await self.objects.changes(Sha(self.git("rev-parse", f"{sha}^").strip()), Sha(sha))

    def ought(self, sha: str) -> Verdict:
        """Say by the rule of this program what the guard ought to say of an honest commit, from git's own counts alone."""
        for line in self.git("diff-tree", "-r", "-w", "--no-renames", "--numstat", "--no-commit-id", sha).splitlines():
            _, removed, path = line.split("\t", 2)
            if GUARDED.fullmatch(path.casefold()) or removed == "-" or (TEST.search(path) and int(removed)):
                return Verdict.HUMAN
        patch = self.git("diff-tree", "-r", "-p", "-U0", "--no-commit-id", sha)
        added = [line for line in patch.splitlines() if line.startswith("+")]
        modes = re.search(r"^new mode|^new file mode (?!100644)", patch, re.MULTILINE)
        silent = not modes and not any(SILENCERS.search(line) for line in added)
        return Verdict.PASS if silent else Verdict.HUMAN

    def files(self, sha: str) -> list[str]:
        """List the files of a commit."""
        return [path for path in self.git("ls-tree", "-r", "-z", "--name-only", sha).split("\0") if path]


async def judge(repository: Repository, sha: str, change: ChangeSet, kind: str, ought: Verdict) -> Judged:
    """Let the guard look."""
    report: GuardReport = await inspect(change, GuardPolicy())
    return Judged(
        repository.name, sha[:12], kind, ought, report.verdict, tuple(dict.fromkeys(f.rule for f in report.findings))
    )


async def judge_honest(repository: Repository, count: int) -> list[Judged]:
    """Judge the newest commits, and keep those that pass to tamper with."""
    judged: list[Judged] = []
    for sha in repository.commits():
        if len(judged) == count:
            break
        try:
            change = await repository.change(sha)
        except Defect:
            continue  # a stored copy may lack large files
        answer = await judge(repository, sha, change, "honest", repository.ought(sha))
        judged.append(answer)
        if not answer.stopped:
            repository.honest.append((sha, change))
    return judged


async def judge_tampered(repository: Repository) -> list[Judged]:
    """Tamper with a commit that passed in each way that fits its language; only what is said of the tampered file counts."""
    judged = []
    dice = random.Random(repository.name)  # noqa: S311 - repeatable choices, no secret
    for kind in (*KINDS, *SUITE_FILES, *SOURCE, "file deleted", "file emptied", "file moved away"):
        carriers = dice.sample(repository.honest, len(repository.honest))
        for sha, change in carriers[:6]:
            tampered = tamper(repository, sha, kind, dice)
            if tampered is not None:
                report = await inspect(with_tampering(change, repository, sha, tampered), GuardPolicy())
                about = [f for f in report.findings if f.path in {tampered.path, tampered.moved_to}]
                said = Verdict.PASS if not about else report.verdict
                rules = tuple(dict.fromkeys(f.rule for f in about))
                judged.append(Judged(repository.name, sha[:12], kind, Verdict.HUMAN, said, rules))
                break
    return judged


def tamper(repository: Repository, sha: str, kind: str, dice: random.Random) -> Tampered | None:
    """Tamper with one file of a commit's tree, or with none where the way does not fit."""
    before = set(repository.files(f"{sha}^"))
    paths = dice.sample(sorted(before), len(before))
    if kind in SUITE_FILES:
        form, rule = SUITE_FILES[kind]
        return _first(repository, sha, [path for path in paths if re.fullmatch(form, path)], lambda _: rule, dice)
    tests = [path for path in paths if is_test_path(path) and family_of(path)]
    if kind in KINDS:
        return _first(repository, sha, tests, lambda path: KINDS[kind].get(family_of(path)), dice)
    if kind in SOURCE:
        for path in (path for path in paths if not is_test_path(path) and SOURCE[kind].get(family_of(path))):
            return Tampered(path, f"{_text(repository, sha, path)}\n{SOURCE[kind][family_of(path)]}")
        return None
    whole = [path for path in tests if len(_text(repository, sha, path)) > LEAST_BYTES]
    if not whole:
        return None
    path = whole[0]
    moved = f"docs/old/{Path(path).stem}.txt" if kind == "file moved away" else None
    return Tampered(
        path, None if kind == "file deleted" else "" if kind == "file emptied" else _text(repository, sha, path), moved
    )


def _first(
    repository: Repository, sha: str, paths: list[str], rule_of: Callable[[str], Rule | None], dice: random.Random
) -> Tampered | None:
    for path in paths[:60]:
        rule = rule_of(path)
        text = _text(repository, sha, path) if rule else ""
        changed = replace_one(text, rule, dice) if rule and len(text) < (1 << 18) else None
        if changed is not None:
            return Tampered(path, changed)
    return None


def _text(repository: Repository, sha: str, path: str) -> str:
    try:
        return repository.git("show", f"{sha}:{path}")
    except subprocess.CalledProcessError:
        return ""


def with_tampering(change: ChangeSet, repository: Repository, sha: str, tampered: Tampered) -> ChangeSet:
    """Put a tampered file into a commit's change."""
    old = Sha(repository.git("rev-parse", f"{sha}^:{tampered.path}").strip())
    data = tampered.text.encode() if tampered.text is not None else b""
    name = Sha(sha1(data, usedforsecurity=False).hexdigest())
    blob = FileChange(
        path=tampered.moved_to or tampered.path,
        kind="deleted" if tampered.text is None else "renamed" if tampered.moved_to else "modified",
        old_path=tampered.path if tampered.moved_to else None,
        old_mode=PLAIN_FILE,
        new_mode="" if tampered.text is None else PLAIN_FILE,
        old_blob=old,
        new_blob=None if tampered.text is None else name,
        new_size_bytes=len(data),
    )

    async def read(sha: Sha, limit: int) -> bytes:
        return data[:limit] if sha == name else await change.read(sha, limit)

    others = tuple(one for one in change.changes if tampered.path not in {one.path, one.old_path})
    return replace(change, changes=(*others, blob), read=read)


def table(rows: Sequence[tuple[object, ...]], *heads: str) -> str:
    """Write a Markdown table."""
    lines = [
        f"| {' | '.join(heads)} |",
        "|" + "---|" * len(heads),
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
    ]
    return "\n".join(lines)


def page(judged: list[Judged], seconds: float) -> str:
    """Write what came out: figures, then false alarms and misses one by one."""
    honest = [one for one in judged if one.kind == "honest"]
    tampered = [one for one in judged if one.kind != "honest"]
    by_repository = [
        (name, len(of), sum(o.ought is Verdict.PASS for o in of), sum(o.stopped for o in of), sum(o.stopped and o.ought is Verdict.PASS for o in of),
         sum(not o.stopped and o.ought is not Verdict.PASS for o in of), len(bad), sum(not o.stopped for o in bad))
        for name in dict.fromkeys(o.repository for o in judged)
        for of, bad in [([o for o in honest if o.repository == name], [o for o in tampered if o.repository == name])]
    ]  # fmt: skip
    kinds = Counter(one.kind for one in tampered)
    found = Counter(one.kind for one in tampered if one.stopped)
    rules = {
        kind: Counter(one.rules[0] for one in tampered if one.kind == kind and one.rules).most_common(3)
        for kind in kinds
    }
    wrong = [one for one in honest if one.stopped != (one.ought is not Verdict.PASS)]
    alarms = sum(one.stopped for one in honest if one.ought is Verdict.PASS)
    right = sum(one.stopped for one in judged if one.ought is not Verdict.PASS)
    missed = [one for one in tampered if not one.stopped]
    lenient = sum(not one.stopped for one in honest if one.ought is not Verdict.PASS)
    figures = (
        f"{len(honest)} honest commits, {len(tampered)} tampered ones; {seconds:.0f} s.",
        f"Of all that was stopped, {right} of {right + alarms} ought to be: precision {right / max(1, right + alarms):.3f}.",
        f"Of the tampered, {len(tampered) - len(missed)} of {len(tampered)} were stopped: recall {1 - len(missed) / max(1, len(tampered)):.3f};",
        f"of all that ought to be stopped, {right} of {right + len(missed) + lenient}: {right / max(1, right + len(missed) + lenient):.3f}.",
    )
    parts = [
        " ".join(figures),
        table(by_repository, "repository", "honest", "ought to pass", "stopped", "false alarms", "passed against the rule", "tampered", "missed"),
        table([(kind, kinds[kind], found[kind], ", ".join(f"{rule} {n}" for rule, n in rules[kind])) for kind in kinds], "tampering", "made", "stopped", "first reason"),
        table([(o.repository, f"`{o.commit}`", o.kind, ", ".join(o.rules) or "passed") for o in (*missed, *wrong)], "repository", "commit", "kind", "said"),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


async def measure(git_dirs: list[Path], count: int) -> list[Judged]:
    """Judge all repositories, one after the other."""
    judged: list[Judged] = []
    for git_dir in git_dirs:
        repository = Repository(
            git_dir,
            git_dir.resolve().parent.name.partition("+")[2] or git_dir.name,
            Objects(Git(environment={}), git_dir.resolve()),
        )
        judged += await judge_honest(repository, count)
        judged += await judge_tampered(repository)
    return judged


def main() -> None:
    """Read the command line, measure, and print the page."""
    parser = argparse.ArgumentParser(prog="bench.guard", description=__doc__)
    parser.add_argument("git_dirs", nargs="+", type=Path, metavar="GITDIR")
    parser.add_argument("--commits", type=int, default=40, help="honest commits of each repository")
    parser.add_argument("--page", type=Path, help="also write the tables to a file")
    wanted = parser.parse_args()
    began = time.monotonic()
    text = page(asyncio.run(measure(wanted.git_dirs, wanted.commits)), time.monotonic() - began)
    print(text)
    if wanted.page is not None:
        wanted.page.write_text(text)


if __name__ == "__main__":
    main()
