"""Find program code that reaches for what runs and judges its tests: frameworks, frames, exits, other modules' attributes."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tamma_core.domain.guard import Finding
from tamma_core.domain.record import Record
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.guards.file_versions import FileVersions, added_lines
from tamma_core.guards.languages import language_of
from tamma_core.guards.policy import found, printable
from tamma_core.guards.python_reach import new_reach
from tamma_core.guards.remarks import remarks, without_remarks
from tamma_core.guards.syntax import comment_lines


class _Forms(Record, frozen=True):
    """Hold what is told by itself, and what is told by two words in one line, the second anywhere behind the first.

    Both are linear in a line of any length: a dot that is repeated would run to the end of the line from each place where the first word is.
    """

    alone: re.Pattern[str]
    pairs: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = ()


def _forms(alone: str, *pairs: tuple[str, str], flags: re.RegexFlag = re.NOFLAG) -> _Forms:
    compiled = tuple((re.compile(first, flags), re.compile(second, flags)) for first, second in pairs)
    return _Forms(re.compile(alone, flags), compiled)


_JS = _forms(
    r"(?:require|import|from)\s*(?:\(\s*)?[\"'`](?:(?:node:)?assert|node:test|vitest|@jest|jest|mocha|chai|ava|tap|jasmine)\b[^\"'`]*[\"'`]|"
    r"\b(?:globalThis|global|window|self)\s*(?:\.|\[\s*[\"'`])(?:expect|assert|describe|it|test|suite|jest|vi|process|console)\b[\"'`\]]*\s*=(?!=)|"
    r"(?:Object|Reflect)\.(?:assign|definePropert(?:y|ies)|set|setPrototypeOf)\(\s*(?:globalThis|global|window)\b|"
    r"\b(?:globalThis|global)\s*\[[^\]]{0,200}\]\s*=(?!=)|\brequire\.cache\b|\bModule\._(?:load|resolve)|Error\.prepareStackTrace|"
    r"\bprocess\.(?:on|once|addListener|prependListener)\(\s*[\"'`](?:exit|beforeExit|uncaughtException|unhandledRejection)|\bprocess\.exitCode\s*=(?!=)|"
    r"\bprocess\.(?:exit|reallyExit|emit)\s*=(?!=)|\bprocess\.reallyExit\b|"
    r"\b(?:Object|Array|Function|Promise|Error|Map|Set|String|Number)\.prototype\.\w+\s*=(?!=)",
    (r"\bprocess\.(?:argv|execArgv)\b", r"test|spec|jest|mocha|vitest"),
)
_GO = _forms(
    r"^\s*(?:import\s+)?(?:[\w.]+\s+)?\"(?:testing|github\.com/stretchr/testify)[/\w]*\"|\bruntime\.Callers?\(|"
    r"\bflag\.(?:Lookup|CommandLine)\b|\bsyscall\.Exit\(",
    (r"\bos\.Args\b", "test"),
    (r"\bfunc init\(\)", r"\bos\.Exit\("),
)
_RUST = _forms(
    r"\bcfg!\s*\(\s*test|\bcfg\s*\(\s*not\s*\(\s*test|\bpanic::(?:set|take)_hook|#\[(?:ctor|dtor)\b",
    (r"\bfn eq\(&self", r"\{\s*true\s*\}"),
    (r"\benv::args", "test"),
)
_JVM_AND_NET = _forms(
    r"\b(?:org\.junit|junit\.framework|org\.testn[g]|org\.assertj|org\.hamcrest|org\.mockito|kotlin\.test|org\.scalatest)\b|"
    r"\busing\s+(?:static\s+)?(?:Xunit|NUnit|Microsoft\.VisualStudio\.TestTools|FluentAssertions|Shouldly)\b|\.getStackTrace\(|\bStackWalker\b|"
    r"\bnew StackTrace\b|\bEnvironment\.(?:StackTrace|Exit|FailFast)\b|\bProcessExit\b|\bModuleInitializer\b|\bsurefire\b|"
    r"\bRuntime\.getRuntime\(\)\.(?:halt|exit|addShutdownHook)|\bSystem\.exit\(",
    (r"\bbool(?:ean)?\s+[Ee]quals\(", r"(?:\{\s*return|=>)\s*true"),
)
_RUBY = _forms(
    r"\b(?:Minitest|Test::Unit|RSpec)\b|\bat_exit\b|\bexit!|\bObjectSpace\b|\bTracePoint\b|\bset_trace_func\b|\bcaller(?:_locations)?\b|"
    r"^\s*(?:class|module)\s+(?:Object|BasicObject|Kernel|Module|String|Integer|Array|Hash|NilClass)\b|"
    r"\bdef\s+(?:==|eql\?|===)\s*\(?\w+\)?\s*[;=]\s*true\b",
    (r"(?:\$PROGRAM_NAME|\$0|ARGV)\b", "test|spec"),
)
_PHP = _forms(
    r"\bPHPUnit\b|\bPest\\|\bregister_shutdown_function\b|\bdebug_(?:print_)?backtrace\b|\b(?:runkit|uopz)\w*|\bclass_alias\b",
    (r"\bargv\b", "test|phpunit|pest"),
    flags=re.IGNORECASE,
)
_C = _forms(
    r"\b(?:atexit|_exit|_Exit|quick_exit|on_exit)\s*\(|__attribute__\s*\(\(\s*(?:con|de)structor|\[\[gnu::(?:con|de)structor|"
    r"#\s*include\s*[<\"](?:gtest|gmock|catch2?|doctest|boost/test)\b",
    (r"\boperator\s*==\s*\(", r"\{\s*return\s+true"),
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

_SIGNS = {"rb": ("#",), "php": ("#", "//", "/*")}
# Here a line that begins like a remark may be in a string, in markup, or hold code behind its end: only a grammar can tell.
_BY_GRAMMAR = frozenset({"rb", "php", "vue", "svelte", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"})


def reach_out_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about the first place where a program begins to reach for the judges of its tests."""
    if is_test_path(file.path) or file.new_text is None or file.before == file.after:
        return
    ending = PurePosixPath(file.path.casefold()).suffix.removeprefix(".")
    if ending in {"py", "pyi", "pyw"}:
        reached = new_reach(file.old_text, file.new_text)
    else:
        forms = _BY_ENDING.get(ending)
        reached = _in_lines(file, forms, ending) if forms is not None else None
    if reached is not None:
        number, text = reached
        yield found("test_reach", file.path, f"line {number} brings `{printable(text[:60])}`")


def _in_lines(file: FileVersions, forms: _Forms, ending: str) -> tuple[int, str] | None:
    before = "".join((file.old_text or "").split())
    silent = _remarks(file.new_text or "", ending)
    added = [(number, line) for number, line in added_lines(file) if number not in silent]
    known: set[str] = set()
    for number, line in added:
        for text in dict.fromkeys(text for code in (line, without_remarks(line)) for text in _told(code, forms)):
            if text in known:
                continue
            if "".join(text.split()) not in before:
                return number, text.strip()
            known.add(text)
    joined = forms.alone.finditer(" ".join(line.strip() for _, line in added))
    apart = next((match[0] for match in joined if "".join(match[0].split()) not in before), None)
    return (added[0][0], apart) if apart is not None else None


def _remarks(text: str, ending: str) -> frozenset[int]:
    plain = remarks(text, signs=_SIGNS.get(ending, ("//", "/*")))
    if not plain or ending not in _BY_GRAMMAR:
        return plain
    language = language_of(f"a.{ending}")
    return plain & comment_lines(language, text) if language is not None else frozenset()


def _told(line: str, forms: _Forms) -> Iterator[str]:
    yield from (match[0] for match in forms.alone.finditer(line))
    for first, second in forms.pairs:
        begin = first.search(line)
        ends = [match.end() for match in second.finditer(line, begin.end())] if begin else []
        if begin and ends:
            yield line[begin.start() : ends[-1]]
