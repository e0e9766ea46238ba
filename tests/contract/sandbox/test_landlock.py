"""Landlock keeps the contract but for what only namespaces give, and each attack gets through when its defence is taken out."""

from typing import ClassVar

import pytest
from tamma_core.ports.sandbox import Sandbox
from tamma_core.sandbox.landlock.backend import Landlock
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.testing.sandbox_contract import WallContract


class TestLandlock(WallContract):
    gaps: ClassVar = {
        "test_hides_the_system_s_secrets": "names, sizes and owners of the host's files can be seen, not their content",
        "test_has_users_of_its_own": "the command runs as the host's user, and sees the host's list of users",
        "test_bounds_shared_memory": "/dev/shm is the host's and cannot be written",
    }

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return OwnPlaces(Landlock())
