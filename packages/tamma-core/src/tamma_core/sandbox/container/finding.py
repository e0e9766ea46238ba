"""Choose a container engine."""

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.container.docker import find_docker
from tamma_core.sandbox.container.engine import Engine
from tamma_core.sandbox.container.podman import find_podman


async def find_engine() -> Engine:
    """Answer podman where it can be used, else docker; raise `SandboxUnavailable` with the reasons where neither can."""
    try:
        return await find_podman()
    except SandboxUnavailable as no_podman:
        try:
            return await find_docker()
        except SandboxUnavailable as no_docker:
            raise SandboxUnavailable(f"{no_podman.message}; {no_docker.message}", hint=no_docker.hint) from no_docker
