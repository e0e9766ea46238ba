"""Read source text into a tree of parts that compare equal whatever the layout and the comments."""

import hashlib
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tamma_core.domain.record import Record
from tamma_core.guards import parse_trial
from tamma_core.guards.languages import Language

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_PARSED_BYTES = 1 << 19
_UNTRIED_BYTES = 1000
"""No text of this length is known to take a grammar more than a fifth of a second."""
_DEEPEST = 400
_WHOLE = re.compile(r".*string.*|.*heredoc.*|.*regex.*|.*char(?:act[e]r)?_literal|.*quoted.*|preproc_arg|jsx_text|text")
_IDENTIFIER = re.compile(
    r".*identifier|.*identifier_pattern|name|constant|variable_name|instance_variable|global_variable"
)
_CLOSING = frozenset(")]}>")


class Unreadable(Exception):
    """Say that a text cannot be given to its grammar: it is too large, too deep, or takes too long."""


class Part(Record, frozen=True, eq=False):
    """Hold one node: its kind, its role in its parent, and what it is made of; comments and layout are left out."""

    kind: str
    field: str
    text: str
    line: int
    parts: tuple["Part", ...]
    key: bytes
    """The same for parts that mean the same."""

    def child(self, field: str) -> "Part | None":
        """Answer the part that plays a role."""
        return next((part for part in self.parts if part.field == field), None)

    def walk(self) -> Iterator["Part"]:
        """Yield this part and all below it."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.parts))

    @property
    def brief(self) -> str:
        """Show the first line to a person, shortened."""
        return self.text.split("\n", 1)[0][:100]


class Tree(Record, frozen=True):
    """Hold a parsed text; what the grammar did not understand is a part like any other."""

    root: Part
    names: frozenset[str]
    """Every name that the text uses or defines."""
    sound: bool


def parse(language: Language, text: str) -> Tree | None:
    """Parse a text; none where the grammar is not installed. Raises `Unreadable`."""
    data = text.encode()
    root = _root(language, data)
    if root is None:
        return None
    try:
        part = _read(root, "", _Source(data, language), 0)
    except RecursionError:
        raise Unreadable(f"its parts lie more than {_DEEPEST} deep within one another") from None
    names = frozenset(leaf.text for leaf in part.walk() if is_name(leaf))
    return Tree(part, names, sound=not any(leaf.kind in {"ERROR", "MISSING"} for leaf in part.walk()))


def comment_lines(language: Language, text: str) -> frozenset[int]:
    """Answer the numbers of the lines that hold nothing but comments; none where the grammar does not understand all of the text."""
    data = text.encode()
    try:
        root = _root(language, data)
    except Unreadable:
        return frozenset()
    if root is None or root.has_error:
        return frozenset()
    code, end = [], 0
    for start, stop in _comments(root):
        code += [data[end:start].decode(), re.sub(r"\S", " ", data[start:stop].decode())]
        end = stop
    left = ("".join(code) + data[end:].decode()).splitlines()
    lines = enumerate(zip(text.splitlines(), left, strict=True), start=1)
    return frozenset(number for number, (line, rest) in lines if line.strip() and not rest.strip())


def _root(language: Language, data: bytes) -> "Node | None":
    parser = _parser(language.grammar, language.entry)
    if parser is None:
        return None
    if len(data) > _PARSED_BYTES:
        raise Unreadable(f"it has {len(data)} bytes, over {_PARSED_BYTES}")
    if len(data) > _UNTRIED_BYTES and not _is_harmless(language, data):
        raise Unreadable("its grammar takes too long for it")
    return parser.parse(data).root_node


def _is_harmless(language: Language, data: bytes) -> bool:
    """Tell whether a grammar comes to the end of a text.

    Kilobytes of signs can take hours and all memory, with no other thread running meanwhile; asking the parser to stop does not
    help, since it does not ask while it clears up at the end. So a process that can be ended tries first.
    """
    trial = Path(parse_trial.__file__)
    command = [sys.executable, "-I", str(trial), language.grammar, language.entry]
    return subprocess.run(command, input=data, env={}, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _comments(root: "Node") -> Iterator[tuple[int, int]]:
    """Yield where each comment begins and ends, in their order; a cursor takes no room on the stack however deep the tree is."""
    cursor = root.walk()
    more = True
    while more:
        node = cursor.node
        is_comment = node is not None and "comment" in node.type
        if node is not None and is_comment:
            yield node.start_byte, node.end_byte
        more = (not is_comment and cursor.goto_first_child()) or cursor.goto_next_sibling()
        while not more and cursor.goto_parent():
            more = cursor.goto_next_sibling()


def is_name(part: Part) -> bool:
    """Tell whether a part is a name of something."""
    return _IDENTIFIER.fullmatch(part.kind) is not None and not part.parts


@cache
def _parser(grammar: str, entry: str) -> "Parser | None":
    try:
        import tree_sitter

        return tree_sitter.Parser(tree_sitter.Language(getattr(importlib.import_module(grammar), entry)()))
    except ImportError:
        return None


class _Source(Record, frozen=True):
    """Hold what is the same for every node: copying the text for each would take the square of its length."""

    data: bytes
    language: Language

    def text(self, start: int, end: int) -> str:
        return self.data[start:end].decode(errors="replace")


def _read(node: "Node", field: str, source: _Source, depth: int) -> Part:
    if depth > _DEEPEST:
        raise RecursionError
    kind = "MISSING" if node.is_missing and node.type != ";" else node.type
    text = source.text(node.start_byte, node.end_byte)
    line = node.start_point[0] + 1
    if not node.child_count or _WHOLE.fullmatch(kind):
        return Part(kind, field, text, line, (), _digest(kind, text.encode()))
    parts = tuple(_children(node, source, depth))
    return Part(kind, field, text, line, parts, _digest(kind, *(part.key for part in parts)))


def _children(node: "Node", source: _Source, depth: int) -> Iterator[Part]:
    end = node.start_byte
    children = _with_fields(node)
    for index, (child, field) in enumerate(children):
        yield from _between(source, end, child)
        end = child.end_byte
        following = children[index + 1][0].type if index + 1 < len(children) else ""
        if "comment" in child.type:
            text = source.text(child.start_byte, child.end_byte)
            if source.language.telling.match(text):
                words = " ".join(text.split())
                yield Part("comment", "", words, child.start_point[0] + 1, (), _digest("comment", words.encode()))
        elif not _is_layout(child.type, following):
            yield _read(child, field, source, depth + 1)
    yield from _between(source, end, None, node.end_byte)


def _with_fields(node: "Node") -> list[tuple["Node", str]]:
    """List the children with the roles that they play; asking for each role by number would count from the first."""
    cursor = node.walk()
    found: list[tuple[Node, str]] = []
    more = cursor.goto_first_child()
    while more:
        if cursor.node is not None:
            found.append((cursor.node, cursor.field_name or ""))
        more = cursor.goto_next_sibling()
    return found


def _between(source: _Source, start: int, child: "Node | None", end: int = 0) -> Iterator[Part]:
    """Keep text that the grammar gives no node."""
    data = source.data[start : child.start_byte if child is not None else end].strip()
    if data:
        line = child.start_point[0] + 1 if child is not None else 0
        yield Part("text", "", data.decode(errors="replace"), line, (), _digest("text", data))


def _is_layout(kind: str, following: str) -> bool:
    """Tell commas before a closing bracket and semicolons at an end from those that mean something."""
    if kind == ";":
        return not following
    return (kind == "," and following in _CLOSING) or kind in {"\n", ""}


def _digest(kind: str, *pieces: bytes) -> bytes:
    value = hashlib.blake2b(kind.encode(), digest_size=16)
    for piece in pieces:
        value.update(len(piece).to_bytes(4))
        value.update(piece)
    return value.digest()
