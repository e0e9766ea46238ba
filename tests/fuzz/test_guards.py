"""Files of a hostile change before the guard's rules."""

import asyncio
import os

from hypothesis import example, given
from hypothesis import strategies as st
from tamma_core.domain.change import ChangeSet, FileChange
from tamma_core.domain.ids import Sha
from tamma_core.guards.diff_guard import inspect
from tamma_core.guards.policy import GuardPolicy

from fuzz.material import damaged, texts

OLD, NEW = Sha("a" * 40), Sha("b" * 40)
PYTHON = b"import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(1), 2)\n"
PACKAGE = b'{"name": "x", "scripts": {"test": "jest"}, "dependencies": {"a": "1.0.0"}}'
PYPROJECT = b'[project]\nname = "x"\ndependencies = ["a"]\n[tool.pytest.ini_options]\naddopts = "-q"\n'
WORKFLOW = b"on: push\njobs: {t: {steps: [{run: make test}]}}\n"
SAMPLES = [PYTHON, PACKAGE, PYPROJECT, WORKFLOW, b"*.log\n!keep\n", b"describe('a', () => { it('b', () => {}) })\n"]
PATHS = [
    "test_a.py",
    "pkg/mod.py",
    "package.json",
    "pyproject.toml",
    ".github/workflows/ci.yml",
    ".gitignore",
    "a.test.js",
]


def _name(text: str) -> str:
    return os.fsdecode(text.replace("\0", "").encode("utf-8", "surrogatepass")) or "x"


paths = st.sampled_from(PATHS) | texts.map(_name)


def judged(path: str, before: bytes, after: bytes, ci_text: str) -> object:
    """Have the guard look at one changed file."""
    blobs = {OLD: before, NEW: after}

    async def read(blob: Sha, limit: int) -> bytes:
        return blobs[blob][:limit]

    change = FileChange(
        path=path,
        kind="modified",
        old_mode="100644",
        new_mode="100644",
        old_blob=OLD,
        new_blob=NEW,
        old_size_bytes=len(before),
        new_size_bytes=len(after),
    )

    async def base_paths() -> list[str]:
        return [path]

    changes = ChangeSet(base=Sha("c" * 40), head=Sha("d" * 40), changes=(change,), read=read, base_paths=base_paths)
    return asyncio.run(inspect(changes, GuardPolicy(), ci_text))


@given(paths, damaged(SAMPLES), damaged(SAMPLES), texts)
@example("test_a.py", PYTHON, b"(" * 5000, "")
@example("test_a.py", PYTHON, b"x = " + b"-" * 50_000 + b"1\n", "")
@example("test_a.py", PYTHON, b"a" + b".a" * 20_000 + b"\n", "")
@example("test_a.py", PYTHON, b"\x00", "")
@example("package.json", PACKAGE, b"[" * 100_000, "")
@example("pyproject.toml", PYPROJECT, b"a = " + b"[" * 50_000, "")
@example("a/\udc80", PYTHON, PYTHON, "")
def test_guard_has_a_verdict_about_every_change(path: str, before: bytes, after: bytes, ci_text: str) -> None:
    """No file makes the guard fail: a guard that fails judges nothing."""
    report = judged(path, before, after, ci_text)
    assert len(str(report)) < 200_000
