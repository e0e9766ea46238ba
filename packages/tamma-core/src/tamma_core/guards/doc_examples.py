"""Compare the examples in documentation that runners take for tests: those of Python, Rust and Elixir."""

import ast
import doctest
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found, printable

_PROMPT = re.compile(r"^[ \t]*(?:>>>|iex(?:\(\d+\))?>)[ \t](.+)$", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")
_MOST_PARSED = 8_000
"""The standard parser takes time by the square of a text that is made for it."""
_RUST_DOC = re.compile(r"^\s*//[/!] ?(.*)$")
_NOT_RUN = re.compile(r"\b(?:text|plain|console|sh|bash|shell|toml|json|yaml|c|cpp|python|html)\b")


def doc_findings(file: FileVersions) -> Iterator[Finding]:
    """Speak up where an example of the old version is not in the new one, so that nobody runs it any more."""
    if is_test_path(file.path) or file.old_text is None or file.new_text is None or file.before == file.after:
        return
    ending = PurePosixPath(file.path.casefold()).suffix
    old, new = (Counter(_examples(ending, text)) for text in (file.old_text, file.new_text))
    for lost in sorted((old - new).keys())[:1]:
        shown = printable(" ".join(lost.split()))[:80]
        yield found("test_changed", file.path, f"an example that may run as a test is gone or changed: `{shown}`")


def _examples(ending: str, text: str) -> Iterator[str]:
    if ending in {".py", ".pyi", ".pyx", ".rst", ".md", ".txt"}:
        yield from (example for part in _texts(ending, text) for example in _python(part))
    elif ending in {".ex", ".exs"}:
        yield from _PROMPT.findall(text)
    elif ending == ".rs":
        yield from _rust(text)


def _texts(ending: str, text: str) -> Iterator[str]:
    """Yield the texts in which a runner looks for examples: each string of a program, or the whole page."""
    if ">>>" not in text:
        return
    try:
        tree = ast.parse(text) if ending.startswith(".py") else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    strings = (part.value for part in ast.walk(tree) if isinstance(part, ast.Constant)) if tree is not None else (text,)
    yield from (part for part in strings if isinstance(part, str) and ">>>" in part)


def _python(text: str) -> Iterator[str]:
    try:
        found_there = doctest.DocTestParser().get_examples(text) if len(text) <= _MOST_PARSED else None
    except ValueError:  # what the parser refuses fails where it is run
        found_there = None
    if found_there is None:
        yield from (part.strip() for part in _BLANK.split(text) if _PROMPT.search(part))
    else:
        yield from (f"{example.source}{example.want.rstrip()}" for example in found_there)


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
