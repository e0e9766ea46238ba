"""The policy file of a repository: every error names file, line and key, and nothing of it is believed in part."""

from datetime import time
from decimal import Decimal

import pytest
from tamma_config.rules import read_policy
from tamma_config.snapshot import snapshot
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.rules import QuietHours, Rules, Weekday
from unit.config.conftest import Loader

FILE = ".tamma/policy.yaml"
FULL = """
allowedPaths: [src/, tests/]
protectedPaths:
  - src/billing/
approvers: [ada, grace]
requiredApprovals: 2
mergeMethod: squash
costUsd: 2.5
attempts: 2
openPullRequests: 3
quietHours:
  - {start: "22:00", end: "07:00", timeZone: Europe/Berlin}
  - {start: "00:00", end: "00:00", timeZone: UTC, days: [sat, sun]}
"""
RULES = Rules(
    allowed_paths=(("src/", "tests/"),),
    protected_paths=(("src/billing/",),),
    approvers=("ada", "grace"),
    required_approvals=2,
    merge_method=MergeMethod.SQUASH,
    cost_usd=Decimal("2.5"),
    attempts=2,
    open_pull_requests=3,
    quiet_hours=(
        QuietHours(start=time(22), end=time(7), zone="Europe/Berlin"),
        QuietHours(start=time(0), end=time(0), zone="UTC", days=(Weekday.SATURDAY, Weekday.SUNDAY)),
    ),
)


def test_every_key_is_read() -> None:
    """The example of the documentation means what it says."""
    assert read_policy(FILE, FULL.encode()) == RULES
    assert read_policy(FILE, b"") == Rules()


def test_the_configuration_has_the_same_section(load_text: Loader) -> None:
    """What holds everywhere is written under `rules`."""
    provider = "aiProvider: {providers: [{name: local, model: m, baseUrl: 'http://127.0.0.1:1'}]}\n"
    written = "".join(f"  {line}\n" for line in FULL.strip().splitlines())
    settings = snapshot(load_text(f"{provider}rules:\n{written}"))
    assert settings.rules == RULES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("costUsd: 1\ncostsUsd: 2\n", "line 2: `costsUsd` is not a known key; did you mean `costUsd`?"),
        ("\nattempts: 0\n", "line 2: `attempts` expected greater than or equal to 1"),
        ("costUsd: .inf\n", "line 1: `costUsd` expected"),
        ("costUsd: .nan\n", "line 1: `costUsd` expected"),
        ("mergeMethod: force\n", "line 1: `mergeMethod` expected 'merge', 'squash' or 'rebase'"),
        ("approvers: []\n", "line 1: `approvers` expected"),
        ("approvers: ada\n", "line 1: `approvers` expected"),
        ("protectedPaths:\n  - src/\n  - ''\n", "line 3: `protectedPaths[1]` expected a pattern as in `.gitignore`"),
        (
            "quietHours:\n  - start: '22:00'\n    end: 7\n    timeZone: UTC\n",
            "line 3: `quietHours[0].end` expected a time of day",
        ),
        (
            "quietHours:\n  - {start: '22:00', end: '24:00', timeZone: UTC}\n",
            "line 2: `quietHours[0].end` expected a time of day",
        ),
        (
            "quietHours:\n  - {start: '22:00', end: '07:00', timeZone: Mars/Base}\n",
            "line 2: `quietHours[0].timeZone` expected a time zone that this machine knows",
        ),
        ("quietHours:\n  - {start: '22:00', end: '07:00'}\n", "line 2: `quietHours[0].timeZone` is missing"),
        ("testCommand: rm -rf /\n", "line 1: `testCommand` is not a known key"),
        ("costUsd: 1\ncostUsd: 9\n", "line 2: found duplicate key"),
        ("a: [\n", "line 2"),
        ("- costUsd\n", "holds no map of settings"),
        ("\xff", ""),
        ("approvers: &a [[x]]\nallowedPaths: [*a, *a]\n", "line 1: `approvers[0]` expected"),
        ("[" * 50_000, ""),
    ],
)
def test_wrong_files_are_refused_whole(text: str, expected: str) -> None:
    """One wrong key is enough: what was meant to be strict is not left out quietly."""
    with pytest.raises(ConfigError) as caught:
        read_policy(FILE, text.encode("latin-1"))
    assert expected in caught.value.message
    assert FILE in caught.value.message
    assert caught.value.hint


def test_no_value_is_quoted_in_an_error() -> None:
    """A value in the wrong place may be a secret."""
    with pytest.raises(ConfigError) as caught:
        read_policy(FILE, b"mergeMethod: hunter2hunter2\napprovers: hunter2hunter2\n")
    assert "hunter2" not in caught.value.message
