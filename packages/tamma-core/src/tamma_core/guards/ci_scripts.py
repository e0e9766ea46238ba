"""Find the scripts that continuous integration runs: to change one is to change what is checked."""

import re
from collections.abc import Iterator

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found

_INTERPRETER = r"(?:(?:sudo|env|exec|time|command|source|\.|(?:ba|z|da|k)?sh|python3?|node|deno|ruby|perl|pwsh)\s+(?:-(?!m\b)\S+\s+(?:\w+\s+)?)*)*"
_BEGINNING = r"(?:^|&&|\|\||[;|(\[,\"'-]|\b\w+:)\s*"
_END = r"(?=$|[\s;&|)\]\"',])"


def ci_script_findings(file: FileVersions, ci_text: str) -> Iterator[Finding]:
    """Speak up about a file that the base's own CI configuration runs by name."""
    for path in dict.fromkeys((file.old_path, file.path)):
        # A test file that CI names is compared test by test.
        if path in ci_text and not is_test_path(path) and _runs(path, ci_text):
            yield found("ci", path, "continuous integration runs this file, and it was changed")


def _runs(path: str, ci_text: str) -> bool:
    command = rf"{_BEGINNING}{_INTERPRETER}(?:\./)?{re.escape(path)}{_END}"
    return re.search(command, ci_text, re.MULTILINE) is not None
