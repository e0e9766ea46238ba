"""Every rule of the diff guard, in the order in which they speak."""

from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.guards.ci_scripts import ci_script_findings, unread_findings
from tamma_core.guards.content_rules import (
    binary_findings,
    generated_findings,
    licence_findings,
    line_findings,
    size_findings,
)
from tamma_core.guards.doc_examples import doc_findings
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.framework_reach import reach_out_findings
from tamma_core.guards.ignore_rules import ignore_findings
from tamma_core.guards.lock_files import lock_findings
from tamma_core.guards.manifests import manifest_findings
from tamma_core.guards.path_patterns import rule_findings
from tamma_core.guards.path_rules import collision_findings, mode_findings, path_findings
from tamma_core.guards.policy import GuardPolicy
from tamma_core.guards.protected_paths import protected_findings
from tamma_core.guards.python_tests import python_findings
from tamma_core.guards.secret_rules import secret_findings
from tamma_core.guards.shadowed_modules import shadow_findings
from tamma_core.guards.snapshots import snapshot_findings
from tamma_core.guards.suite_files import file_findings
from tamma_core.guards.tree_tests import tree_findings


def all_findings(
    files: Sequence[FileVersions], named: Sequence[str], policy: GuardPolicy, ci_text: str, ci_unread: str
) -> Iterator[Finding]:
    """Yield what each rule finds in the changed files; `named` are all files of the base."""
    yield from unread_findings(files, ci_unread)
    yield from path_findings(files)
    yield from collision_findings(files, named)
    yield from shadow_findings(files, named)
    yield from size_findings(files, policy)
    yield from file_findings(files)
    yield from python_findings(files)
    yield from tree_findings(files)
    for file in files:
        yield from rule_findings(file, policy.rules)
        yield from mode_findings(file)
        yield from binary_findings(file)
        yield from snapshot_findings(file)
        yield from doc_findings(file)
        yield from secret_findings(file, policy.known_secrets)
        yield from protected_findings(file)
        yield from ci_script_findings(file, ci_text)
        yield from manifest_findings(file)
        yield from lock_findings(file)
        yield from ignore_findings(file)
        yield from line_findings(file)
        yield from reach_out_findings(file)
        yield from generated_findings(file)
        yield from licence_findings(file)
