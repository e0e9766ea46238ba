"""Match paths of a change with patterns as in `.gitignore`, of which the last that fits decides."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tamma_core.domain.guard import Finding
from tamma_core.domain.record import Record
from tamma_core.domain.rules import Rules
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found

_LONGEST = 500
_SIGN = re.compile(
    r"(?P<any>\*+)|(?P<one>\?)|\\(?P<plain>.)|\[(?P<no>[!^]?+)(?P<set>\]?[^\]]+|\])\]|(?P<other>.)", re.DOTALL
)
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def check_pattern(pattern: str) -> str:
    """Answer a pattern that can be read; raise `ValueError` for another."""
    plain = pattern.strip()
    if plain and not plain.startswith("#") and "\n" not in pattern and len(pattern) <= _LONGEST:
        try:
            _read(pattern)
        except (ValueError, re.error):
            pass
        else:
            return pattern
    raise ValueError("a pattern as in `.gitignore`, such as `src/**`")


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
    # The last pattern that fits decides, also on what lies below a folder; git itself would let `*` win over `!folder/` there.
    names = path.split("/")
    return next((one.takes for one in map(_read, reversed(group)) if _fits(one.parts, names)), False)


class _Pattern(Record, frozen=True):
    takes: bool
    """False for one that begins with `!`."""
    parts: tuple[re.Pattern[str] | None, ...]
    """What fits one name each; none fits any number of names."""


@lru_cache(maxsize=1024)
def _read(pattern: str) -> _Pattern:
    text = pattern if pattern.endswith("\\ ") else pattern.rstrip()
    names = text.removeprefix("!").split("/")
    if not names[0]:
        del names[0]
    elif len(names) == 1 or names[1:] == [""]:
        names.insert(0, "**")
    if not names:
        raise ValueError("nothing is left of it")
    parts = [None if name == "**" else _name(name) for name in names]
    anything = _name("*")
    if not names[-1] and set(names[:-1]) == {"**"}:
        parts = [anything, anything, None]
    elif names[-1] in {"", "**"}:
        # What ends like this fits what lies below, and no file of that name.
        parts = [*parts[:-1], anything, None]
    elif names[-1] != "*":
        parts.append(None)
    return _Pattern(not text.startswith("!"), tuple(parts))


def _fits(parts: Sequence[re.Pattern[str] | None], names: Sequence[str]) -> bool:
    """Tell whether parts fit names; the first place for what stands behind a `**` is as good as any later one."""
    part = name = 0
    behind, begun = None, 0
    while name < len(names):
        wanted = parts[part] if part < len(parts) else None
        if part < len(parts) and wanted is None:
            part += 1
            behind, begun = part, name
        elif wanted is not None and wanted.fullmatch(names[name]):
            part, name = part + 1, name + 1
        elif behind is not None:
            begun += 1
            part, name = behind, begun
        else:
            return False
    return all(left is None for left in parts[part:])


def _name(glob: str) -> re.Pattern[str]:
    """Compile a pattern of one name; as above, what stands behind a `*` is not sought again behind its first place."""
    pieces = [""]
    for sign in _SIGN.finditer(glob):
        if sign["any"]:
            pieces.append("")
        elif sign["other"] == "\\":
            raise ValueError("nothing comes after the last backslash")
        else:
            pieces[-1] += _sign(sign)
    first, *between = pieces
    last = f".*{between.pop()}" if between else ""
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in between if piece) + last, re.DOTALL)


def _sign(sign: re.Match[str]) -> str:
    if sign["one"]:
        return "."
    if sign["set"] is None:
        return re.escape(sign["plain"] or sign["other"])
    ranges = (
        f"{re.escape(low)}-{re.escape(high)}" if low else re.escape(one)
        for low, high, one in _RANGE.findall(sign["set"])
    )
    return f"[{'^' if sign['no'] else ''}{''.join(ranges)}]"
