"""What the analysis found and what the plan intends, as shown to the person who approves it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field

from tamma_core.domain.ids import Sha

Complexity = Literal["low", "medium", "high"]
Paragraph = Annotated[str, Field(max_length=4000)]
Line = Annotated[str, Field(max_length=500)]
Lines = Annotated[tuple[Line, ...], Field(max_length=40)]
"""A person is shown all of a plan, so it has to be one that a person reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Say what the issue asks for and where in the repository it lives; the files exist at the base."""

    summary: Paragraph
    complexity: Complexity
    files: Lines
    questions: Lines = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Say what shall be done; `reproduction` is how the defect is shown, or why it cannot be."""

    summary: Paragraph
    steps: Lines
    files: Lines
    tests: Lines = ()
    reproduction: Line = ""
    risks: Lines = ()


def plan_hash(plan: Plan, *, issue_text: str, base: Sha) -> str:
    """Bind an approval to the plan, the issue text and the base that the approver saw; 12 hex digits."""
    shown = json.dumps([asdict(plan), issue_text, base], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(shown.encode()).hexdigest()[:12]
