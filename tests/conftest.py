"""Mark each test with its tier, and leave out tests of services that this machine cannot run."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent

# How long an example takes says more about the machine than about the code.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("tests"), derandomize=True, max_examples=60)
settings.register_profile("fuzz-long", settings.get_profile("tests"), max_examples=5000, print_blob=True)
settings.load_profile("tests")

pytest_plugins = ["services.fixtures"]
pytest.register_assert_rewrite("tamma_core.testing")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the names of missing services from `tools/test.py`, which also reports them."""
    parser.addoption("--without", action="append", default=[], metavar="SERVICE", help="deselect what needs SERVICE")


def needed_services(item: pytest.Item) -> set[str]:
    """Name what a test needs: its fixtures, direct or not, and what it declares with `needs`."""
    declared = {str(name) for marker in item.iter_markers("needs") for name in marker.args}
    return declared | set(getattr(item, "fixturenames", ()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the marker of its tier to every test; deselect those whose services are missing."""
    missing = set(config.getoption("without"))
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])
    left_out = [item for item in items if missing & needed_services(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
