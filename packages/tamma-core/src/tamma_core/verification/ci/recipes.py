"""Read what a target of a Makefile or a recipe of a justfile runs, as far as that can be told without running it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tamma_core.verification.tree import has_file, read_file

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_JUSTFILES = ("justfile", "Justfile", ".justfile")
_CALL = re.compile(r"(?:^|&&\s*|;\s*)(?P<tool>make|just)\b(?P<words>(?:\s+[\w./:=-]+)*)(?=\s*(?:$|&&|;|\|\|))")
_TARGETS = re.compile(r"^(?P<names>[\w./-]+(?:[ \t]+[\w./-]+)*)[ \t]*::?(?!=)(?P<needs>[^#=|]*)(?:[|#].*)?$")
_RECIPE = re.compile(r"^@?(?P<names>[\w-]+)(?:[ \t]+[^:]*)?:(?!=)(?P<needs>[\w \t-]*)(?:#.*)?$")
_MAKE_VARIABLE = re.compile(r"^(?:export\s+)?(?P<name>\w+)\s*(?:\?|::?)?=\s*(?P<value>.*)$")
_JUST_VARIABLE = re.compile(r"""^(?:export\s+)?(?P<name>[\w-]+)\s*:=\s*(["'])(?P<value>.*)\2\s*$""")
_USED = re.compile(r"\$\((\w+)\)|\$\{(\w+)\}|\{\{\s*([\w-]+)\s*\}\}")
_UNKNOWN = re.compile(r"\$[({@<^*]|\{\{")
_DEEPEST = 6
_MOST_LINES = 400


@dataclass(slots=True)
class Recipes:
    """Hold the commands of each target, what a target needs first, and the file's variables."""

    tool: str
    lines: dict[str, list[str]] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, target: str, depth: int = 0) -> Iterator[str]:
        """Yield what a target runs, its needs first; lines that hang on what is known only at run time are left out."""
        if depth > _DEEPEST:
            return
        for need in self.needs.get(target, ()):
            yield from self.run(need, depth + 1)
        for line in self.lines.get(target, ()):
            text = _with_variables(line, self.variables)
            if not _UNKNOWN.search(text):
                yield text


def recipes(tree: Path) -> tuple[Recipes, ...]:
    """Read the Makefile and the justfile at the root."""
    found = []
    for tool, names in (("make", _MAKEFILES), ("just", _JUSTFILES)):
        name = next((name for name in names if has_file(tree, name)), None)
        if name:
            found.append(_read(tool, read_file(tree, name)))
    return tuple(found)


def expanded(lines: Sequence[str], known: Sequence[Recipes]) -> tuple[str, ...]:
    """Answer the lines, each call of `make` or `just` followed by what it runs; once each, and a bounded number."""
    return tuple(dict.fromkeys(islice(_expanded(lines, {one.tool: one for one in known}, 0), _MOST_LINES)))


def _expanded(lines: Sequence[str], known: Mapping[str, Recipes], depth: int) -> Iterator[str]:
    for line in lines:
        yield line
        for call in _CALL.finditer(line) if depth <= _DEEPEST else ():
            called = known.get(call["tool"])
            for target in called_targets(call["words"]) if called else ():
                yield from _expanded(list(islice(called.run(target), _MOST_LINES)), known, depth + 1)  # type: ignore[union-attr]  # looked at above


def called_targets(words: str) -> tuple[str, ...]:
    """Answer the targets among the words after `make` or `just`."""
    return tuple(
        word for word in words.split() if re.fullmatch(r"[\w./]+(?:[\w./:-]*[\w.])?", word) and not word[0].isdigit()
    )


def _with_variables(line: str, variables: Mapping[str, str]) -> str:
    known = {"MAKE": "make", **variables}
    for _ in range(_DEEPEST):
        text = _USED.sub(lambda used: known.get(used[1] or used[2] or used[3], used[0])[:2000], line)
        if text == line or len(text) > 4000:  # noqa: PLR2004 - far over any command
            break
        line = text
    return " ".join(line.split())


def _read(tool: str, text: str) -> Recipes:
    found = Recipes(tool)
    variable, heading = (_MAKE_VARIABLE, _TARGETS) if tool == "make" else (_JUST_VARIABLE, _RECIPE)
    current: list[str] = []
    for line in text.replace("\\\n", " ").splitlines()[:5000]:
        indented = line[:1] == "\t" if tool == "make" else line[:1] in {"\t", " "}
        if indented and line.strip():
            for name in current:
                found.lines[name].append(line.strip().lstrip("@-+"))
        elif assigned := variable.match(line):
            found.variables.setdefault(assigned["name"], assigned["value"].partition(" #")[0].strip())
        elif target := heading.match(line):
            current = target["names"].split()
            for name in current:
                found.lines.setdefault(name, [])
                found.needs.setdefault(name, []).extend(target["needs"].split())
    return found
