"""Compare tests of other languages line by line: existing lines stay, new tests may come."""

import re
from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_code, is_test_path
from tamma_core.guards.file_versions import Block, FileVersions, blocks
from tamma_core.guards.policy import found, printable

_NAME = re.compile(
    r"^\s*(?:export\s+)?(?:await\s+)?(?:it|test|describe|context|suite|specify|scenario|bench|Deno\.test)(?:\.\w+)*\s*\(\s*(?P<q>[\"'`])(?P<js>(?:(?!(?P=q)).)+)(?P=q)|"
    r"^\s*func\s+(?:\([^)]*\)\s*)?(?P<go>(?:Test|Benchmark|Fuzz|Example)\w*)\s*\(|"
    r"^\s*(?:(?:public|private|internal|async|static|suspend|override|final|void)\s+)*(?:fn|fun|function|def|void|Task)\s+(?P<fn>\w*[Tt]est\w*)\s*[(<]|"
    r"^\s*(?:it|describe|context|scenario|test)\s+(?P<rbq>[\"'])(?P<rb>.+?)(?P=rbq)",
)
_SKIP = re.compile(
    r"\b(?:it|test|describe|context|suite|specify|t|s|b)\s*(?:\.\w+)*\.(?:skip|only|todo|fixme|fails|failing|skipIf|runIf)\b|"
    r"\b(?:x(?:it|test|describe|context|specify)|f(?:it|describe|context)|pending)\s*\(|\b[tbf]\.(?:Skip|Skipf|SkipNow)\s*\(|testing\.Short\(\)|"
    r"@(?:Disabled|Ignore|DisabledIf\w*|EnabledIf\w*|Pending)\b|#\[ignore|#\[should_panic|\[(?:Ignore|Skip|Explicit)\b|Skip\s*=\s*\"|"
    r"^\s*//\s*\+build\b|^\s*//go:build\b|\bskip:\s*(?:true|[\"'])|\btodo:\s*(?:true|[\"'])|\bonly:\s*true|markTestSkipped|markTestIncomplete|"
    r"\bpending\b\s*(?:[\"']|$)|GTEST_SKIP|XCTSkip|Assume\.|assumeTrue|\bskip\s+[\"']|process\.exit\s*\(|os\.Exit\s*\(|func\s+TestMain\s*\("
)
_NEW_UNIT = re.compile(
    r"^\s*(?:export\s+|async\s+|await\s+|public\s+|private\s+|internal\s+|static\s+|pub\s+|abstract\s+|final\s+)*"
    r"(?:(?:it|test|describe|context|specify|suite)(?:\.each|\.concurrent)?\s*[(`]|func\b|function\b|fn\b|fun\b|def\b|class\b|type\b|import\b|from\b|"
    r"use\b|using\b|require\b|#include|struct\b|@Test|@Parameter|\[Test|\[Fact|\[Theory|#\[test|#\[tokio|void\b|it\s+[\"']|describe\s+[\"'])"
    r"|^\s*(?:const|let|var)\s+[\w{},\s]+=\s*(?:await\s+)?(?:require|import)\b|^\s*\"[\w./\-]+\"\s*$"
)
_COMMENT = re.compile(r"^\s*(?://|/\*|\*|#(?![\[!])|--|$)")
_HARMFUL_NAMES = re.compile(r"\b(?:before(?:Each|All)?|after(?:Each|All)?|jest\.mock|vi\.mock|mock\.module|init)\s*\(")
_SNAPSHOT = re.compile(r".*\.(snap|golden|approved\.\w+|expected|out|ambr)|.*\.verified\.\w+", re.IGNORECASE)
_INLINE_TEST = re.compile(r"#\[(?:tokio::)?test\]|#\[cfg\(test\)\]")


def other_findings(files: Sequence[FileVersions]) -> Iterator[Finding]:
    """Compare test files that are no Python, and the data that tests compare with."""
    arrived = {name for file in files for name in test_names(file.new_text) - test_names(file.old_text)}
    for file in files:
        if file.old_path.casefold().endswith((".py", ".pyi")):
            continue
        if is_test_path(file.old_path) or _INLINE_TEST.search(file.old_text or ""):
            yield from _compare(file, arrived)


def test_names(text: str | None) -> set[str]:
    """Name the tests in a file of any language, as far as their declarations stand on one line."""
    matches = (_NAME.search(line[:2000]) for line in (text or "").splitlines())
    return {next(name for name in (m["js"], m["go"], m["fn"], m["rb"]) if name) for m in matches if m}


test_names.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever a collector thinks of its name


def _compare(file: FileVersions, arrived: set[str]) -> Iterator[Finding]:
    if file.change.kind == "added" or file.before == file.after:
        return
    if not is_code(file.old_path) or _SNAPSHOT.fullmatch(file.old_path):
        if file.change.kind != "deleted" or not is_code(file.old_path):
            yield found("test_data_changed", file.path, "the file was there before, and was changed or removed")
        return
    for name in sorted(test_names(file.old_text) - test_names(file.new_text) - arrived):
        yield found("test_removed", file.path, f"the test `{printable(name)[:120]}` was removed or renamed")
    for block in blocks(file.old_text or "", file.new_text or ""):
        yield from _judge(file.path, block)


def _judge(path: str, block: Block) -> Iterator[Finding]:
    line = block.start + 1
    if any(_SKIP.search(text[:2000]) for text in block.added):
        yield found("test_skipped", path, f"line {line}: tests may be left out or ended early")
    elif any(not _COMMENT.match(text) for text in block.removed):
        yield found("test_changed", path, f"line {line}: existing lines were changed")
    elif any(_HARMFUL_NAMES.search(text[:2000]) for text in block.added):
        yield found("test_support_changed", path, f"line {line}: what is added runs with the existing tests")
    elif not any(_stands_alone(rotation) for rotation in _rotations(block)):
        yield found("test_changed", path, f"line {line}: lines were added inside an existing test")


def _rotations(block: Block) -> Iterator[tuple[str, ...]]:
    """Yield the block at each place where the same difference may be drawn."""
    lines = block.added
    yield lines
    for following in block.following:
        if lines[0] != following:
            break
        lines = (*lines[1:], following)
        yield lines
    lines = block.added
    for preceding in reversed(block.preceding):
        if lines[-1] != preceding:
            break
        lines = (preceding, *lines[:-1])
        yield lines


def _stands_alone(lines: tuple[str, ...]) -> bool:
    """Tell whether lines are whole units of their own: comments, imports, declarations, in balance."""
    code = [line for line in lines if not _COMMENT.match(line)]
    if not code:
        return True
    depth = 0
    for line in code:
        if depth == 0 and not _NEW_UNIT.match(line):
            return False
        bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|//.*", "", line)
        depth += sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
        if depth < 0:
            return False
    return depth == 0
