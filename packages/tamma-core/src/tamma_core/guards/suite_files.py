"""Judge what became of whole test files: deleted, emptied, moved where no runner looks."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_code, is_test_name, is_test_path
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found, printable


def file_findings(files: Sequence[FileVersions]) -> Iterator[Finding]:
    """Compare the test files of both trees by name."""
    arrived = {file.change.new_blob for file in files if file.change.kind == "added" and is_test_path(file.path)}
    for file in files:
        if not is_test_path(file.old_path) or file.change.kind == "added":
            continue
        if file.change.kind == "deleted" and file.change.old_blob not in arrived and _matters(file):
            yield found("test_file_deleted", file.old_path, "the test file was deleted")
        elif file.change.kind == "renamed" and _left_collection(file.old_path, file.path):
            yield found(
                "test_hidden", file.path, f"`{printable(file.old_path)}` was moved where no runner looks for tests"
            )
        elif file.change.kind == "modified" and (file.before or b"").strip() and not (file.after or b"").strip():
            yield found("test_file_deleted", file.path, "the test file was emptied")


def _matters(file: FileVersions) -> bool:
    return bool((file.before or b"").strip())


def _left_collection(old: str, new: str) -> bool:
    old_name, new_name = PurePosixPath(old).name, PurePosixPath(new).name
    if not is_test_path(new) or (is_code(old) and not is_code(new)):
        return True
    return is_test_name(old_name) and not is_test_name(new_name)
