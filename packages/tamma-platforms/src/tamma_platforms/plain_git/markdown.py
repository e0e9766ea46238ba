"""Issues as Markdown files: a title from the front matter or the first heading, and a body."""

import re
from collections.abc import Mapping
from pathlib import Path

from tamma_core.domain.errors import InvalidInput, NotFound
from tamma_core.domain.record import Record

MAX_BYTES = 4 * 1024 * 1024
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
# The parser meets garbage with errors of many kinds.
_GARBAGE = (ValueError, RecursionError, TypeError, AttributeError, LookupError, AssertionError, OverflowError)
_HEADING = re.compile(r"\A\s*#[ \t]+(\S[^\n]*?)[ \t#]*(?:\r?\n|\Z)")


class MarkdownIssue(Record, frozen=True, kw_only=True):
    """Hold what a Markdown file says."""

    title: str
    body: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()


def read_markdown_file(path: Path) -> str:
    """Answer the text of a file; raise `NotFound`, or `InvalidInput` for one that is too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise NotFound(f"there is no file `{path.name}`", hint="give the path of a Markdown file") from error
    if len(content) > MAX_BYTES:
        raise InvalidInput(f"`{path.name}` is larger than {MAX_BYTES} bytes", hint="shorten the issue")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"`{path.name}` is not UTF-8 text") from error


def parse_markdown(text: str, *, name: str) -> MarkdownIssue:
    """Read title, body and labels; raise `InvalidInput` for a front matter that is no YAML."""
    front = _FRONT.match(text)
    settings = _front_matter(front[1], name) if front else {}
    rest = text[front.end() :] if front else text
    titled = settings.get("title")
    heading = _HEADING.match(rest)
    if isinstance(titled, str) and titled.strip():
        title = titled.strip()
    elif heading:
        title, rest = heading[1], rest[heading.end() :]
    else:
        title = next((line.strip() for line in rest.splitlines() if line.strip()), name)[:120]
    return MarkdownIssue(
        title=title,
        body=rest.strip("\r\n"),
        labels=_texts(settings.get("labels")),
        assignees=_texts(settings.get("assignees")),
    )


def _front_matter(text: str, name: str) -> Mapping[str, object]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="safe", pure=True)
    reader.composer.warn_double_anchors = False  # the warning would show a stranger's text as it is
    try:
        value: object = reader.load(text)
    except (YAMLError, *_GARBAGE) as error:
        raise InvalidInput(
            f"the front matter of `{name}` is no YAML", hint="write `title: …` between two `---`"
        ) from error
    return {key: item for key, item in value.items() if isinstance(key, str)} if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    # Writing out a list of lists may unfold aliases into more than memory holds: a label is a plain value.
    return tuple(str(item) for item in value if isinstance(item, str | int | float)) if isinstance(value, list) else ()
