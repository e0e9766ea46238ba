"""Whose fault a failure is: what decides whether a model is asked to repair it."""

from enum import StrEnum

from tamma_core.domain.record import Record


class Cause(StrEnum):
    """Name whose fault a failure is; only what is new is given to a model."""

    BASE = "base"
    """The same fails on the base."""
    INFRASTRUCTURE = "infrastructure"
    """The machine, the network or a service gave up, not the project."""
    FLAKY = "flaky"
    """Run again at the same commit, it passed or failed elsewhere."""
    NEW = "new"
    """It fails at this commit and not on the base."""
    UNCLEAR = "unclear"
    """It failed once, which a repeat has to confirm."""


class Triage(Record, frozen=True, kw_only=True):
    """Say whose fault a failure is and what shows it; `again` asks for the one repeat."""

    cause: Cause
    evidence: str
    again: bool = False
