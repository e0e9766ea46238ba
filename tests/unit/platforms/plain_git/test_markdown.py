"""Issues from Markdown files."""

from pathlib import Path

import pytest
from tamma_core.domain.errors import InvalidInput, NotFound
from tamma_platforms.plain_git.markdown import MAX_BYTES, MarkdownIssue, parse_markdown, read_markdown_file
from tamma_platforms.plain_git.store import check_key


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# Title\n\nBody\n", "Title", "Body"),
        ("\n\n#   Title ##\r\n\r\nBody", "Title", "Body"),
        ("---\ntitle: From front\n---\n# Heading\nBody", "From front", "# Heading\nBody"),
        ("---\nlabels: x\n---\n# Heading\nBody", "Heading", "Body"),
        ("Just a line\nand another", "Just a line", "Just a line\nand another"),
        ("text\n# later heading", "text", "text\n# later heading"),
        ("", "name", ""),
        ("--- not a front matter", "--- not a front matter", "--- not a front matter"),
        ("---\n---\n# T\nB", "T", "B"),
    ],
)
def test_title_and_body(text: str, title: str, body: str) -> None:
    """The front matter's title, else the first heading if nothing comes before it, else the first line."""
    read = parse_markdown(text, name="name")
    assert (read.title, read.body) == (title, body)


@pytest.mark.parametrize("labels", ["[a, 'b c']", "a, b c", "\n  - a\n  - b c"])
def test_labels(labels: str) -> None:
    """A list or a line with commas."""
    text = f"---\nlabels: {labels}\nassignees: [p]\n---\n# T\nB\n"
    assert parse_markdown(text, name="n") == MarkdownIssue(title="T", body="B", labels=("a", "b c"), assignees=("p",))


@pytest.mark.parametrize("front", ["a: [", "!!python/object:os.system x", "a: b: c"])
def test_bad_front_matter_is_named(front: str) -> None:
    """YAML that cannot be read, or wants more than data, is an input to correct."""
    with pytest.raises(InvalidInput):
        parse_markdown(f"---\n{front}\n---\n", name="n")


def test_files_that_cannot_be_issues(tmp_path: Path) -> None:
    """Missing, a directory, too large, not text."""
    with pytest.raises(NotFound):
        read_markdown_file(tmp_path / "none.md")
    with pytest.raises(NotFound):
        read_markdown_file(tmp_path)
    path = tmp_path / "x.md"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput):
        read_markdown_file(path)
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(InvalidInput):
        read_markdown_file(path)


@pytest.mark.parametrize("key", ["", ".", "..", "a/b", "-x", "a\n", "x" * 101, "a..b"])
def test_keys_are_file_names(key: str) -> None:
    """A key cannot lead out of the directory of records."""
    with pytest.raises(InvalidInput):
        check_key(key)
