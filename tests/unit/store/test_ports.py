"""The adapters against their ports, beyond what the type checker compares."""

import inspect

import pytest
from tamma_core.ports.blobs import Blobs
from tamma_core.ports.budget import Budget
from tamma_core.ports.journal import Journal
from tamma_core.ports.task_log import TaskLog
from tamma_store.blobs import SqlBlobs
from tamma_store.budget import SqlBudget
from tamma_store.journal import SqlJournal
from tamma_store.task_log import SqlTaskLog

PAIRS = [(Blobs, SqlBlobs), (Budget, SqlBudget), (Journal, SqlJournal), (TaskLog, SqlTaskLog)]


@pytest.mark.parametrize(("port", "adapter"), PAIRS, ids=lambda type_: type_.__name__)
def test_parameters_are_called_as_in_the_port(port: type, adapter: type) -> None:
    """A caller may name every argument as the port does."""
    methods = [name for name, _ in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_")]
    assert methods
    for name in methods:
        assert inspect.signature(getattr(adapter, name)) == inspect.signature(getattr(port, name))
