"""Inspect a change before its first push, from the blobs of both trees alone."""

import asyncio
import hashlib
from collections.abc import Sequence

from tamma_core.domain.change import ChangeSet, FileChange
from tamma_core.domain.guard import GuardReport
from tamma_core.guards.file_versions import read_versions
from tamma_core.guards.path_rules import brings_name
from tamma_core.guards.policy import GuardPolicy, found

# Whoever writes the change could search for two with one short name, and have the harmless one approved.
_HASH_DIGITS = 32


async def inspect(changes: ChangeSet, policy: GuardPolicy, ci_text: str = "", *, ci_unread: str = "") -> GuardReport:
    """Read both versions of every changed file and let every rule look at them.

    `ci_text` is the base's CI configuration, and `ci_unread` says what of it is not there.
    """
    # The rules are thousands of patterns: loaded with the first difference, not with the engine.
    from tamma_core.guards.rules import all_findings

    unread = _unread(changes.changes, policy)
    if unread:
        return GuardReport(diff_hash=diff_hash(changes), findings=(found("unread_change", "", unread),))
    files = await read_versions(changes, policy.inspect_bytes)
    named = await changes.base_paths() if any(map(brings_name, changes.changes)) else ()
    # Parsing a large change takes seconds, and the loop has other tasks.
    findings = await asyncio.to_thread(
        lambda: tuple(dict.fromkeys(map(policy.judged, all_findings(files, named, policy, ci_text, ci_unread))))
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
