"""Inspect a change before its first push, from the blobs of both trees alone."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence

from tamma_core.domain.change import ChangeSet, FileChange
from tamma_core.domain.guard import Finding, GuardReport
from tamma_core.guards.ci_scripts import ci_script_findings
from tamma_core.guards.content_rules import (
    binary_findings,
    generated_findings,
    licence_findings,
    line_findings,
    size_findings,
)
from tamma_core.guards.file_versions import FileVersions, read_versions
from tamma_core.guards.ignore_rules import ignore_findings
from tamma_core.guards.lock_files import lock_findings
from tamma_core.guards.manifests import manifest_findings
from tamma_core.guards.path_patterns import rule_findings
from tamma_core.guards.path_rules import brings_name, collision_findings, mode_findings, path_findings
from tamma_core.guards.policy import GuardPolicy, found
from tamma_core.guards.protected_paths import protected_findings
from tamma_core.guards.python_tests import python_findings
from tamma_core.guards.secret_rules import secret_findings
from tamma_core.guards.snapshots import snapshot_findings
from tamma_core.guards.suite_files import file_findings
from tamma_core.guards.tree_tests import tree_findings

# Whoever writes the change could search for two with one short name, and have the harmless one approved.
_HASH_DIGITS = 32


async def inspect(changes: ChangeSet, policy: GuardPolicy, ci_text: str = "") -> GuardReport:
    """Read both versions of every changed file and let every rule look at them; `ci_text` is the base's CI configuration."""
    unread = _unread(changes.changes, policy)
    if unread:
        return GuardReport(diff_hash=diff_hash(changes), findings=(found("unread_change", "", unread),))
    files = await read_versions(changes, policy.inspect_bytes)
    named = await changes.base_paths() if any(map(brings_name, changes.changes)) else ()
    # Parsing a large change takes seconds, and the loop has other tasks.
    findings = await asyncio.to_thread(
        lambda: tuple(dict.fromkeys(map(policy.judged, _findings(files, named, policy, ci_text))))
    )
    return GuardReport(diff_hash=diff_hash(changes), findings=findings)


def _unread(changes: Sequence[FileChange], policy: GuardPolicy) -> str:
    """Say why a change is not even read, or nothing; sizes are git's own, asked for before any content."""
    if len(changes) > policy.inspect_files:
        return f"{len(changes)} files were changed, over {policy.inspect_files}"
    sizes = (size for change in changes for size in (change.old_size_bytes, change.new_size_bytes))
    wanted = sum(min(size, policy.inspect_bytes) for size in sizes)
    if wanted > policy.inspect_total_bytes:
        return f"the changed files take {wanted} bytes, over {policy.inspect_total_bytes}"
    return ""


def diff_hash(changes: ChangeSet) -> str:
    """Name a difference by its content alone, so that an approval outlives a base that moves elsewhere."""
    text = "\n".join(sorted(_line(change) for change in changes.changes))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_HASH_DIGITS]


def _line(change: FileChange) -> str:
    blobs = (change.old_blob or "", change.new_blob or "")
    return "\0".join((change.path, change.kind, change.old_path or "", change.old_mode, change.new_mode, *blobs))


def _findings(
    files: Sequence[FileVersions], named: Sequence[str], policy: GuardPolicy, ci_text: str
) -> Iterator[Finding]:
    yield from path_findings(files)
    yield from collision_findings(files, named)
    yield from size_findings(files, policy)
    yield from file_findings(files)
    yield from python_findings(files)
    yield from tree_findings(files)
    for file in files:
        yield from rule_findings(file, policy.rules)
        yield from mode_findings(file)
        yield from binary_findings(file)
        yield from snapshot_findings(file)
        yield from secret_findings(file, policy.known_secrets)
        yield from protected_findings(file)
        yield from ci_script_findings(file, ci_text)
        yield from manifest_findings(file)
        yield from lock_findings(file)
        yield from ignore_findings(file)
        yield from line_findings(file)
        yield from generated_findings(file)
        yield from licence_findings(file)
