"""Judge what tests compare with: snapshots, golden files and other data of tests."""

import re
from collections.abc import Iterator

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_code, is_test_path
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found

_SNAPSHOT = re.compile(
    r".*\.(snap|golden|gold|approved\.\w+|expected|ambr|snapshot|verified\.\w+|received\.\w+)|(.*/)?(__snapshots__|__image_snapshots__|snapshots?|goldens?|"
    r"testdata|fixtures|expected|cassettes|baselines?)/.*|(.*/)?expected[-_.]?(output|result|response|stdout|stderr|value)s?([-_.\d][^/]*)?"
)


def snapshot_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about data that was there before and that existing tests compare with."""
    path = file.old_path.casefold()
    if file.change.kind == "added" or (file.before == file.after and file.change.kind != "deleted"):
        return
    if _SNAPSHOT.fullmatch(path) or (is_test_path(path) and not is_code(path)):
        yield found("test_data_changed", file.path, "the file was there before, and was changed or removed")
