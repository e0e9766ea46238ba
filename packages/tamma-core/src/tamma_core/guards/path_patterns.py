"""Match paths of a change with patterns as in `.gitignore`, of which the last that fits decides."""

import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from tamma_core.domain.guard import Finding
from tamma_core.domain.rules import Rules
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found

if TYPE_CHECKING:
    from pathspec import PathSpec
    from pathspec.patterns.gitignore.basic import GitIgnoreBasicPattern

_MOST_STARS = 3
_MOST_ANY_FOLDERS = 2
"""What matches a pattern tries all places for each star: with more of them, one name of 100 letters takes an hour."""


def check_pattern(pattern: str) -> str:
    """Answer a pattern that can be read and matched in little time; raise `ValueError` for another."""
    plain = pattern.strip()
    parts = plain.split("/")
    stars = max(0 if part == "**" else part.count("*") for part in parts)
    if stars > _MOST_STARS or parts.count("**") > _MOST_ANY_FOLDERS:
        raise ValueError(f"a pattern with at most {_MOST_STARS} `*` in a name and {_MOST_ANY_FOLDERS} `**`")
    if not plain or plain.startswith("#") or "\n" in pattern or len(pattern) > 500:  # noqa: PLR2004 - longer than any path of ours
        raise ValueError("a pattern as in `.gitignore`, such as `src/**`")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of a set of letters that later versions of Python read otherwise
            _spec((pattern,))
    except (ValueError, re.error, FutureWarning):
        raise ValueError("a pattern as in `.gitignore`, such as `src/**`") from None
    return pattern


def rule_findings(file: FileVersions, rules: Rules) -> Iterator[Finding]:
    """Speak up about a file that may not be touched here, or not without a person."""
    for path in dict.fromkeys((file.old_path, file.path)):
        if not all(_matches(group, path) for group in rules.allowed_paths):
            yield found("outside_paths", path, "the rules for this repository do not allow changes here")
        # Where the file system takes two names for one, the protected file is reached by the other.
        plain = unicodedata.normalize("NFC", path).casefold()
        if any(_matches(_plain(group), plain) or _matches(group, path) for group in rules.protected_paths):
            yield found("protected_path", path, "the rules for this repository protect it")


def _plain(group: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", pattern).casefold() for pattern in group)


def _matches(group: Sequence[str], path: str) -> bool:
    return _spec(tuple(group)).match_file(path)


@lru_cache(maxsize=64)
def _spec(group: tuple[str, ...]) -> "PathSpec[GitIgnoreBasicPattern]":
    from pathspec import PathSpec

    # The last pattern that fits decides, also on what lies below a folder; git itself would let `*` win over `!folder/` there.
    return PathSpec.from_lines("gitignore", group)
