"""What the analysis found and what the plan intends, as shown to the person who approves it."""

import hashlib
import json
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import asdict

from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record

Complexity = Literal["low", "medium", "high"]
Paragraph = Annotated[str, Meta(max_length=4000)]
Line = Annotated[str, Meta(max_length=500)]
Lines = Annotated[tuple[Line, ...], Meta(max_length=40)]
"""A person is shown all of a plan, so it has to be one that a person reads."""

HASH_DIGITS = 32
"""128 bits: whoever writes plans could search for two with one shorter hash, and have one approved for the other."""


class Analysis(Record, frozen=True, kw_only=True):
    """Say what the issue asks for and where in the repository it lives; the files exist at the base."""

    summary: Paragraph
    complexity: Complexity
    files: Lines
    questions: Lines = ()


class Plan(Record, frozen=True, kw_only=True):
    """Say what shall be done; `reproduction` is how the defect is shown, or why it cannot be."""

    summary: Paragraph
    steps: Lines
    files: Lines
    tests: Lines = ()
    reproduction: Line = ""
    risks: Lines = ()


def plan_hash(plan: Plan, *, issue_text: str, base: Sha) -> str:
    """Bind an approval to the plan, the issue text and the base that the approver saw; 32 hex digits."""
    shown = json.dumps([asdict(plan), issue_text, base], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(shown.encode()).hexdigest()[:HASH_DIGITS]
