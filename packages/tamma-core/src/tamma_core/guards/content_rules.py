"""Judge contents without understanding them: binary files, sizes, silenced checks."""

import re
from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_code, is_test_path
from tamma_core.guards.file_versions import LINK, FileVersions, added_lines
from tamma_core.guards.policy import GuardPolicy, found

_SUPPRESSION = re.compile(
    r"#\s*(noqa|type:\s*ignore|pyright:\s*(ignore|basic)|mypy:\s*\S|pylint:\s*disable|nosec|pragma:\s*no\s*(cover|branch)|fmt:\s*(off|skip)|"
    r"ruff:\s*noqa|flake8:\s*noqa|isort:\s*skip|ty:\s*ignore|pyrefly:\s*ignore|rubocop:\s*disable|shellcheck\s+disable|nosemgrep|skipcq)|"
    r"(//|/\*|\{/\*|<!--)\s*(eslint-disable|@ts-(ignore|nocheck|expect-error)|tslint:\s*disable|biome-ignore|oxlint-disable|"
    r"istanbul\s+ignore|c8\s+ignore|v8\s+ignore|prettier-ignore|nolint|#nosec|nosec|NOSONAR|NOLINT|stylelint-disable|@flow-ignore|"
    r"lint:ignore|checkstyle:off|noinspection|deno-lint-ignore|coverage:ignore|cov:ignore|phpcs:(ignore|disable)|@phpstan-ignore|@codeCoverageIgnore)|"
    r"@SuppressWarnings|@Suppress\(|#!?\[allow\(|#pragma\s+warning\s*\(?\s*disable|\[SuppressMessage|@no_type_check|"
    r"go:(nosplit|linkname)|#\s*detect-secrets|pragma:\s*allowlist",
    re.IGNORECASE,
)
_TEST_DETECTION = re.compile(
    r"\bTAMMA_(?:REPORT|TESTS)\b|PYTEST_CURRENT_TEST|PYTEST_VERSION|[\"'](_?pytest|unittest)[\"']\s+(not\s+)?in\s+sys\.modules|sys\.modules\.get\([\"'](pytest|unittest)|"
    r"JEST_WORKER_ID|VITEST_(WORKER|POOL)_ID|process\.env\.VITEST|NODE_TEST_CONTEXT|NODE_ENV\s*[=!]==?\s*[\"']test[\"']|testing\.Testing\(\)|"
    r"flag\.Lookup\([\"']test\."
)


def binary_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about contents that are no text, whatever the repository's attributes say."""
    if LINK in {file.change.old_mode, file.change.new_mode} or file.before == file.after:
        return
    for content, text in ((file.after, file.new_text), (file.before, file.old_text)):
        if content is not None and text is None:
            yield found("binary", file.path, "a version of the file is no text")
            return


def size_findings(files: Sequence[FileVersions], policy: GuardPolicy) -> Iterator[Finding]:
    """Speak up about files and changes that are too large to review."""
    for file in files:
        size = max(file.change.new_size_bytes, len(file.after or b""))
        if size > policy.max_file_bytes:
            yield found("large_file", file.path, f"the file has {size} bytes, over {policy.max_file_bytes}")
        elif file.change.old_size_bytes > policy.inspect_bytes:
            yield found("large_file", file.path, f"the file had {file.change.old_size_bytes} bytes")
    if len(files) > policy.max_files:
        yield found("large_change", "", f"{len(files)} files were changed, over {policy.max_files}")
    lines = sum(_changed_lines(file) for file in files)
    if lines > policy.max_lines:
        yield found("large_change", "", f"{lines} lines were changed, over {policy.max_lines}")


def line_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about added lines that silence a check or notice that they are tested."""
    if not is_code(file.path):
        return
    told: set[str] = set()
    for number, line in added_lines(file):
        for rule, pattern in (("suppression", _SUPPRESSION), ("test_detection", _TEST_DETECTION)):
            match = pattern.search(line[:4000]) if rule not in told else None
            if match and not (rule == "test_detection" and is_test_path(file.path)):
                told.add(rule)
                yield found(rule, file.path, f"line {number} adds `{match[0][:60]}`")


def _changed_lines(file: FileVersions) -> int:
    old, new = (set((text or "").splitlines()) for text in (file.old_text, file.new_text))
    return len(old ^ new)
