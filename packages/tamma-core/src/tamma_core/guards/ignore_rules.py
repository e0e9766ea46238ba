"""Judge ignore files: a new rule can keep a file from the eyes of everybody."""

import re
from collections.abc import Iterator

from tamma_core.domain.guard import Finding
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found, printable

_IGNORE_FILE = re.compile(r"\.(git|npm|helm|cf|gcloud|rg|hg|prettier|vercel)?ignore")
_ARTEFACT = re.compile(
    r"/?(\*\*/)?(__pycache__|\*\.py\[?[cod]+\]?|\.venv|venv|env|node_modules|dist|build|target|out|coverage|htmlcov|\.coverage(\..*)?|"
    r"\.(mypy|pytest|ruff|hypothesis)(_cache)?|\.(tox|nox|cache|DS_Store|idea|vscode|nyc_output|next|gradle|eggs)|\*\.(log|tmp|swp|swo|bak|orig|class|o|so|dll|exe|egg-info|test|out|prof)|"
    r"Thumbs\.db|[^/]*\.egg-info|\*~)/?"
)


def ignore_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up about each added pattern that may hide more than a build's leavings."""
    if not _IGNORE_FILE.fullmatch(file.name):
        return
    old = set((file.old_text or "").splitlines())
    new = (file.new_text or "").splitlines()
    for line in new:
        pattern = line.strip()
        if line not in old and pattern and not pattern.startswith(("#", "!")) and not _ARTEFACT.fullmatch(pattern):
            yield found("ignore_rule", file.path, f"the new rule `{printable(pattern)[:100]}` hides files")
    for line in sorted(old - set(new)):
        if line.startswith("!"):
            yield found("ignore_rule", file.path, f"the exception `{printable(line)[:100]}` was removed")
