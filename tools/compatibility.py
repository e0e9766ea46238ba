"""Write the page that says what each forge and each provider can do, from what the adapters say of themselves."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import fields
from pydantic import SecretStr
from tamma_core.domain.capabilities import Capability, PlatformCapabilities, ProviderCapabilities
from tamma_core.ports.ai_provider import AIProvider
from tamma_core.ports.git_platform import (
    GitPlatform,
    IssueSource,
    KeepsLogs,
    KeepsReviewThreads,
    ListsLabels,
    ReopensIssues,
    RequestsReviews,
    RerunsJobs,
    TriggersCI,
)
from tamma_platforms.gitea.capabilities import capabilities_of
from tamma_platforms.plain_git.capabilities import plain_git_capabilities
from tamma_platforms.registry import open_platform
from tamma_providers.dialects import Dialect, dialect_names, find_dialect
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/compatibility.md"
GITEA = "1.26.0"
FORGES: Mapping[str, tuple[str, PlatformCapabilities]] = {
    "gitea": (f"Gitea {GITEA}", capabilities_of(GITEA)),
    "plain_git": ("plain git", plain_git_capabilities()),
}
PARTS = {
    "`IssueSource`: reads and answers issues": IssueSource,
    "`ReopensIssues`: opens a closed issue again": ReopensIssues,
    "`ListsLabels`: lists the labels of a repository": ListsLabels,
    "`KeepsLogs`: shows jobs and their logs": KeepsLogs,
    "`RerunsJobs`: repeats failed jobs": RerunsJobs,
    "`KeepsReviewThreads`: reads, answers and resolves threads of reviewers": KeepsReviewThreads,
    "`RequestsReviews`: asks people to review": RequestsReviews,
    "`TriggersCI`: starts a workflow": TriggersCI,
}
ANSWER = {True: "yes", False: "no"}
INTRODUCTION = """\
# Compatibility

Written by `python tools/compatibility.py` from what the adapters say of themselves; a unit test holds the page against them.
What is not said to be supported is not.
"""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def told(capability: Capability) -> str:
    """Say in one cell whether a forge can do a thing, since when, and what happens instead."""
    since = f", from {capability.minimum_version}" if capability.minimum_version else ""
    if capability.supported:
        return f"yes{since}"
    reasons = "; ".join(part for part in (capability.reason, capability.instead) if part)
    return f"no{since}: {reasons}" if reasons else f"no{since}"


def opened(kind: str) -> GitPlatform:
    """Make a forge's adapter, which sends nothing before `initialize`."""
    options: dict[str, object] = {"data_directory": "records"} if kind == "plain_git" else {}
    return open_platform(kind, kind=kind, base_url="https://forge.example", options=options)


def forges() -> str:
    """Write the table of forges and their abilities."""
    said = [capabilities for _, capabilities in FORGES.values()]
    rows: list[list[str]] = []
    for field in fields(PlatformCapabilities):
        values = [getattr(capabilities, field.name) for capabilities in said]
        if all(isinstance(value, Capability) for value in values):
            rows.append([field.name.replace("_", " "), *map(told, values)])
    rows.append(["merge methods", *(", ".join(item.merge_methods) for item in said)])
    rows.append(["characters in a comment", *(f"{item.comment_limit_chars:,}" for item in said)])
    adapters = [opened(kind) for kind in FORGES]
    rows += [[name, *(ANSWER[isinstance(adapter, part)] for adapter in adapters)] for name, part in PARTS.items()]
    return table(["", *(name for name, _ in FORGES.values())], rows)


def provider(kind: str, dialect: str) -> AIProvider:
    """Make a provider's adapter, which sends nothing before the first message."""
    key = SecretStr("example")
    return open_provider(kind, kind=kind, model="example", api_key=key, options=ProviderOptions(dialect=dialect))


def abilities(capabilities: ProviderCapabilities) -> list[str]:
    """Write the cells that come from an adapter's own words."""
    flags = (capabilities.supports_streaming, capabilities.supports_tools, capabilities.supports_prompt_cache)
    return [*(ANSWER[flag] for flag in flags), ANSWER[capabilities.reports_usage]]


def habits(dialect: Dialect) -> list[str]:
    """Write the cells that come from the data of a dialect."""
    return [
        f"`{dialect.forced_tool}`" if dialect.forced_tool else "no",
        "sent back" if dialect.reasoning_back else "read",
        "cut in silence, so it is counted first where `contextTokens` is set"
        if dialect.truncates
        else "refused by the server",
        ANSWER[dialect.key],
    ]


def providers() -> str:
    """Write the table of providers and their dialects."""
    said = abilities(provider("anthropic", "openai").get_capabilities("example"))
    rows = [["`anthropic-claude`", "Messages", *said, "`any`", "sent back", "refused by the server", "yes"]]
    for name in dialect_names():
        kind = "openai" if name == "openai" else "local-llm"
        said = abilities(provider(kind, name).get_capabilities("example"))
        rows.append([f"`{kind}`", f"Chat Completions, `{name}`", *said, *habits(find_dialect(name))])
    head = ["`type`", "dialect", "streaming", "tools", "prompt cache", "usage"]
    return table([*head, "a forced tool call", "thinking", "a prompt that is too long", "key"], rows)


def page() -> str:
    """Write the whole page."""
    return f"{INTRODUCTION}\n## Forges\n\n{forges()}\n## Providers\n\n{providers()}"


def main() -> int:
    """Write the page where it belongs."""
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
