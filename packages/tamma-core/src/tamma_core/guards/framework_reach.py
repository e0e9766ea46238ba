"""Find program code that reaches for what runs and judges its tests: frameworks, frames, exits, other modules' attributes."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.guards.file_versions import FileVersions, added_lines
from tamma_core.guards.policy import found, printable
from tamma_core.guards.python_reach import new_reach

_JS = re.compile(
    r"(?:require|import|from)\s*\(?\s*[\"'`](?:(?:node:)?assert|node:test|vitest|@jest|jest|mocha|chai|ava|tap|jasmine)\b[^\"'`]*[\"'`]|"
    r"\b(?:globalThis|global|window|self)\s*(?:\.|\[\s*[\"'`])(?:expect|assert|describe|it|test|suite|jest|vi|process|console)\b[\"'`\]]*\s*=(?!=)|"
    r"Object\.(?:assign|definePropert(?:y|ies))\(\s*(?:globalThis|global)\b|\brequire\.cache\b|\bModule\._(?:load|resolve)|Error\.prepareStackTrace|"
    r"\bprocess\.(?:on|once|addListener|prependListener)\(\s*[\"'`](?:exit|beforeExit|uncaughtException|unhandledRejection)|\bprocess\.exitCode\s*=(?!=)|"
    r"\bprocess\.(?:exit|reallyExit|emit)\s*=(?!=)|\bprocess\.reallyExit\b|\bprocess\.(?:argv|execArgv)\b.*(?:test|spec|jest|mocha|vitest)|"
    r"\b(?:Object|Array|Function|Promise|Error|Map|Set|String|Number)\.prototype\.\w+\s*=(?!=)"
)
_GO = re.compile(
    r"^\s*(?:import\s+)?(?:[\w.]+\s+)?\"(?:testing|github\.com/stretchr/testify)[/\w]*\"|\bruntime\.Callers?\(|\bos\.Args\b.*test|"
    r"\bflag\.(?:Lookup|CommandLine)\b|\bfunc init\(\).*\bos\.Exit\(|\bsyscall\.Exit\("
)
_RUST = re.compile(
    r"\bcfg!\s*\(\s*test|\bcfg\s*\(\s*not\s*\(\s*test|\bpanic::(?:set|take)_hook|#\[(?:ctor|dtor)\b|\bfn eq\(&self.*\{\s*true\s*\}|\benv::args.*test"
)
_JVM_AND_NET = re.compile(
    r"\b(?:org\.junit|junit\.framework|org\.testn[g]|org\.assertj|org\.hamcrest|org\.mockito|kotlin\.test|org\.scalatest)\b|"
    r"\busing\s+(?:static\s+)?(?:Xunit|NUnit|Microsoft\.VisualStudio\.TestTools|FluentAssertions|Shouldly)\b|\.getStackTrace\(|\bStackWalker\b|"
    r"\bnew StackTrace\b|\bEnvironment\.(?:StackTrace|Exit|FailFast)\b|\bProcessExit\b|\bModuleInitializer\b|\bsurefire\b|"
    r"\bRuntime\.getRuntime\(\)\.(?:halt|exit|addShutdownHook)|\bSystem\.exit\(|\bbool(?:ean)?\s+[Ee]quals\(.*(?:\{\s*return|=>)\s*true"
)
_RUBY = re.compile(
    r"\b(?:Minitest|Test::Unit|RSpec)\b|\bat_exit\b|\bexit!|\bObjectSpace\b|\bTracePoint\b|\bset_trace_func\b|\bcaller(?:_locations)?\b|"
    r"(?:\$PROGRAM_NAME|\$0|ARGV)\b.*(?:test|spec)|^\s*(?:class|module)\s+(?:Object|BasicObject|Kernel|Module|String|Integer|Array|Hash|NilClass)\b|"
    r"\bdef\s+(?:==|eql\?|===)\s*\(?\w+\)?\s*[;=]\s*true\b"
)
_PHP = re.compile(
    r"\bPHPUnit\b|\bPest\\|\bregister_shutdown_function\b|\bdebug_(?:print_)?backtrace\b|\b(?:runkit|uopz)\w*|\bclass_alias\b|\bargv\b.*(?:test|phpunit|pest)",
    re.IGNORECASE,
)
_C = re.compile(
    r"\b(?:atexit|_exit|_Exit|quick_exit|on_exit)\s*\(|__attribute__\s*\(\(\s*(?:con|de)structor|\[\[gnu::(?:con|de)structor|"
    r"#\s*include\s*[<\"](?:gtest|gmock|catch2?|doctest|boost/test)\b|\boperator\s*==\s*\(.*\{\s*return\s+true"
)
_BY_ENDING = {
    **dict.fromkeys(["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"], _JS),
    "go": _GO,
    "rs": _RUST,
    **dict.fromkeys(["java", "kt", "kts", "scala", "groovy", "cs", "vb", "fs"], _JVM_AND_NET),
    "rb": _RUBY,
    "php": _PHP,
    **dict.fromkeys(["c", "cc", "cpp", "cxx", "h", "hpp", "m", "mm"], _C),
}
_REMARK = re.compile(r"\s*(?://|/?\*|#(?!\s*include|\[))")


def reach_out_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about the first place where a program begins to reach for the judges of its tests."""
    if is_test_path(file.path) or file.new_text is None or file.before == file.after:
        return
    ending = PurePosixPath(file.path.casefold()).suffix.removeprefix(".")
    if ending in {"py", "pyi", "pyw"}:
        reached = new_reach(file.old_text, file.new_text)
    else:
        pattern = _BY_ENDING.get(ending)
        reached = _in_lines(file, pattern) if pattern is not None else None
    if reached is not None:
        number, text = reached
        yield found("test_reach", file.path, f"line {number} brings `{printable(text[:60])}`")


def _in_lines(file: FileVersions, pattern: re.Pattern[str]) -> tuple[int, str] | None:
    before = "".join((file.old_text or "").split())
    for number, line in added_lines(file):
        if _REMARK.match(line):
            continue
        for match in pattern.finditer(line[:4000]):
            if "".join(match[0].split()) not in before:
                return number, match[0].strip()
    return None
