"""Compare the examples in documentation that runners take for tests: those of Python, Rust and Elixir."""

import ast
import doctest
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found, printable

_PROMPT = re.compile(r"^[ \t]*(?:>>>|iex(?:\(\d+\))?>)[ \t](.+)$", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")
_PARSED_SQUARES = 8_000**2
"""The standard parser takes time by the square of a text that is made for it; this much there is for all texts of a file."""
_OF_PYTHON = frozenset({".py", ".pyi", ".pyx", ".rst", ".md", ".txt"})
_RUST_DOC = re.compile(r"^\s*//[/!] ?(.*)$")
_NOT_RUN = re.compile(r"\b(?:text|plain|console|sh|bash|shell|toml|json|yaml|c|cpp|python|html)\b")


def doc_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up where an example of the old version is not in the new one, so that nobody runs it any more."""
    if is_test_path(file.path) or file.old_text is None or file.new_text is None or file.before == file.after:
        return
    ending = PurePosixPath(file.path.casefold()).suffix
    versions = [list(_texts(ending, text)) for text in (file.old_text, file.new_text)]
    # The two ways to read spell an example differently, so that a file which grows must not be compared across them.
    parsed = max(map(_squares, versions)) <= _PARSED_SQUARES
    old, new = (Counter(_examples(ending, texts, parsed=parsed)) for texts in versions)
    for lost in sorted((old - new).keys())[:1]:
        shown = printable(" ".join(lost.split()))[:80]
        yield found("test_changed", file.path, f"an example that may run as a test is gone or changed: `{shown}`")


def _squares(texts: Sequence[str]) -> int:
    # The parser puts spaces in place of tabs before it begins.
    return sum(len(text.expandtabs()) ** 2 for text in texts)


def _examples(ending: str, texts: Sequence[str], *, parsed: bool) -> Iterator[str]:
    for text in texts:
        if ending in _OF_PYTHON:
            yield from _parsed(text) if parsed else _paragraphs(text)
        elif ending in {".ex", ".exs"}:
            yield from _PROMPT.findall(text)
        elif ending == ".rs":
            yield from _rust(text)


def _texts(ending: str, text: str) -> Iterator[str]:
    """Yield the texts in which a runner looks for examples: each string of a Python program, or the whole file."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as runners open it
    if ending not in _OF_PYTHON:
        yield text
        return
    if ">>>" not in text:
        return
    try:
        tree = ast.parse(text) if ending.startswith(".py") else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    strings = (part.value for part in ast.walk(tree) if isinstance(part, ast.Constant)) if tree is not None else (text,)
    yield from (part for part in strings if isinstance(part, str) and ">>>" in part)


def _parsed(text: str) -> Iterator[str]:
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError:  # what the parser refuses fails where it is run
        yield from _paragraphs(text)
    else:
        yield from (f"{example.source}{example.want.rstrip()}" for example in examples)


def _paragraphs(text: str) -> Iterator[str]:
    yield from (part.strip() for part in _BLANK.split(text) if _PROMPT.search(part))


def _rust(text: str) -> Iterator[str]:
    """Yield each block of code in the remarks that document something, with the words that say whether it runs."""
    block: list[str] | None = None
    for line in (*text.splitlines(), ""):
        match = _RUST_DOC.match(line)
        fence = match is not None and match[1].lstrip().startswith("```")
        if block is None:
            block = [match[1].strip()] if match is not None and fence else None
        elif match is None or fence:
            if not _NOT_RUN.search(block[0]):
                yield "\n".join(block)
            block = None
        else:
            block.append(match[1].strip())
