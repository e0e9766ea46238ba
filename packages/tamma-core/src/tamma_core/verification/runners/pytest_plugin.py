"""Run tests that must fail before and after a project's own, in the same process, and report them in the same way.

Nothing else learns of them: they are not collected, not counted and not printed, and no option of the project stops at them. It runs on the
project's interpreter and pytest, from a copy in which each name that begins with `must_fail` is another one. The coverage that a project
demands of itself is not to be lowered by it.
"""

from __future__ import annotations  # pragma: no cover

import importlib  # pragma: no cover
from collections.abc import Iterator, Sequence  # pragma: no cover
from contextlib import suppress  # pragma: no cover
from types import ModuleType  # pragma: no cover
from typing import Any  # pragma: no cover

import pytest  # pragma: no cover

SENT, MADE = "must_fail_sent", "must_fail_made"  # pragma: no cover
# pytest 8 has properties that cannot be unset, over names with an underscore.
STATE = ("shouldstop", "_shouldstop", "shouldfail", "_shouldfail", "testsfailed", "exitstatus")  # pragma: no cover


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:  # pragma: no cover
    """Enclose the run of the project's tests."""
    prove(session, "must_fail_before")
    yield
    prove(session, "must_fail_after")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:  # pragma: no cover
    """Run a test of ours within what plug-ins put around each test, and keep its reports from all others."""
    from _pytest.runner import runtestprotocol

    made = getattr(item, MADE, None)
    if made is None:
        return None
    made += runtestprotocol(item, log=False, nextitem=None)
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # pragma: no cover
    """Take over what a process of pytest-xdist sent."""
    output = getattr(node, "workeroutput", None) or {}
    hook = node.config.hook
    read = (hook.pytest_report_from_serializable(config=node.config, data=data) for data in output.get(SENT, ()))
    tell(node.config, list(read))


def prove(session: pytest.Session, name: str) -> None:  # pragma: no cover
    """Run the tests of one file, where tests are run in this process at all, and leave nothing of them behind."""
    from _pytest.outcomes import OutcomeException

    in_worker = hasattr(session.config, "workerinput")
    if getattr(session.config.option, "dist", "no") != "no" and not in_worker:
        return  # pytest-xdist runs nothing in this process
    before = {name: vars(session)[name] for name in STATE if name in vars(session)}
    try:
        # After a run that was stopped, what the last test used is still there.
        session._setupstate.teardown_exact(None)  # noqa: SLF001 - pytest has no other way
        pytest.register_assert_rewrite(name)
        for item in items(session, importlib.import_module(name)):
            reports: list[Any] = []
            setattr(item, MADE, reports)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            if all(report.when == "call" or report.passed for report in reports):
                tell(session.config, reports)
    except (Exception, OutcomeException):  # noqa: BLE001, S110 - what is missing from the report says it; the project's tests go on
        pass
    finally:
        # A hook that raised leaves our test set up, and the project's first test would break on it.
        with suppress(Exception, OutcomeException):
            session._setupstate.teardown_exact(None)  # noqa: SLF001
        vars(session).update(before)


def items(session: pytest.Session, module: ModuleType) -> Iterator[pytest.Item]:  # pragma: no cover
    """Make tests that use no fixture, also none that the project has for all; they seem to lie in the file of the first test.

    So the hooks of that file's folder, which may change what is reported, apply to them.
    """
    from _pytest.fixtures import FuncFixtureInfo
    from _pytest.unittest import TestCaseFunction, UnitTestCase

    path = session.items[0].path if session.items else session.config.rootpath / f"{module.__name__}.py"
    file: Any = pytest.Module.from_parent(session, path=path)
    file.obj = module
    fixtures: Any = FuncFixtureInfo((), (), [], {})
    for name, made in vars(module).items():
        if name.startswith("test_"):
            yield pytest.Function.from_parent(file, name=name, callobj=made, fixtureinfo=fixtures)
        elif isinstance(made, type):
            family: Any = UnitTestCase.from_parent(file, name=name, obj=made)
            for method in filter(lambda method: method.startswith("test_"), vars(made)):
                yield TestCaseFunction.from_parent(family, name=method, fixtureinfo=fixtures)


def tell(config: pytest.Config, reports: Sequence[Any]) -> None:  # pragma: no cover
    """Have plug-ins write a report down, but not what counts failures, what prints them, and what a project's own hooks do with them."""
    if hasattr(config, "workeroutput"):
        hook = config.hook
        data = [hook.pytest_report_to_serializable(config=config, report=report) for report in reports]
        config.workeroutput.setdefault(SENT, []).extend(data)
        return
    plugins = config.pluginmanager
    aside = [plugin for name, plugin in plugins.list_name_plugin() if plugin and not_to_hear(name)]
    heard = plugins.subset_hook_caller("pytest_runtest_logreport", remove_plugins=aside)
    for report in reports:
        heard(report=report)


def not_to_hear(name: str) -> bool:  # pragma: no cover
    """Tell whether a plug-in makes a run stop or fail, prints it, or is a project's file of hooks, which the guard protects."""
    return name in {"session", "terminalreporter"} or name.endswith("conftest.py")
