"""What the analysis found and what the plan intends, as shown to the person who approves it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

from tamma_core.domain.ids import Sha

Complexity = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Say what the issue asks for and where in the repository it lives; the files exist at the base."""

    summary: str
    complexity: Complexity
    files: tuple[str, ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Say what shall be done; `reproduction` is how the defect is shown, or why it cannot be."""

    summary: str
    steps: tuple[str, ...]
    files: tuple[str, ...]
    tests: tuple[str, ...] = ()
    reproduction: str = ""
    risks: tuple[str, ...] = ()


def plan_hash(plan: Plan, *, issue_text: str, base: Sha) -> str:
    """Bind an approval to the plan, the issue text and the base that the approver saw; 12 hex digits."""
    shown = json.dumps([asdict(plan), issue_text, base], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(shown.encode()).hexdigest()[:12]
