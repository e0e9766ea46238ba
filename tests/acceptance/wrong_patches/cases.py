"""All wrong patches."""

from acceptance.wrong_patches import (
    behaviour_cases,
    content_cases,
    forge_cases,
    hiding_cases,
    node_cases,
    pytest_cases,
    settings_cases,
    suite_cases,
)
from acceptance.wrong_patches.case import Case

CASES: tuple[Case, ...] = (
    *suite_cases.CASES,
    *pytest_cases.CASES,
    *node_cases.CASES,
    *hiding_cases.CASES,
    *settings_cases.CASES,
    *content_cases.CASES,
    *behaviour_cases.CASES,
    *forge_cases.CASES,
)
