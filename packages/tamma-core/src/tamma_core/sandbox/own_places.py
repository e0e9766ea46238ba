"""Without a wall nothing can be shown elsewhere: name everything by its own place on the host instead."""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from tamma_core.ports.sandbox import (
    PROXY_SOCKET,
    Mount,
    Process,
    ProxySocket,
    Sandbox,
    SandboxReport,
    SandboxSpec,
)
from tamma_core.sandbox.mounts import checked_mounts


class OwnPlaces:
    """Hand commands to a sandbox that moves nothing, with every path inside replaced by the host's.

    Only what the specification says is rewritten; a file that names a place inside is not.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def name(self) -> str:
        """Answer the backend's name."""
        return self._sandbox.name

    async def prove(self) -> SandboxReport:
        """Have the sandbox attack itself."""
        return await self._sandbox.prove()

    async def start(self, spec: SandboxSpec) -> Process:
        """Start the rewritten command; raise `InvalidInput` for mounts that no sandbox would hold."""
        shown = checked_mounts(spec)
        if isinstance(spec.network, ProxySocket):
            shown = (*shown, Mount(spec.network.path, PROXY_SOCKET))
        moved = _moved(shown)
        return await self._sandbox.start(
            replace(
                spec,
                argv=tuple(_rewritten(word, moved) for word in spec.argv),
                cwd=_rewritten(spec.cwd, moved),
                mounts=tuple(replace(mount, inside=str(mount.host)) for mount in spec.mounts),
                environment=at_host_places(spec.environment, shown),
            )
        )


def at_host_places(environment: Mapping[str, str], mounts: Sequence[Mount]) -> dict[str, str]:
    """Answer an environment in which every path inside is replaced by the host's."""
    moved = _moved(mounts)
    return {name: _rewritten(value, moved) for name, value in environment.items()}


def _moved(mounts: Sequence[Mount]) -> list[Mount]:
    # The longest first: what lies inside another mount has a place of its own.
    moved = (mount for mount in mounts if mount.inside != str(mount.host))
    return sorted(moved, key=lambda mount: len(mount.inside), reverse=True)


def _rewritten(text: str, mounts: list[Mount]) -> str:
    for mount in mounts:
        host = str(mount.host).replace("\\", r"\\")
        text = _place(mount.inside).sub(host, text)
    return text


def _place(inside: str) -> re.Pattern[str]:
    """Match a path and what lies below it, but not another path that only begins or ends alike."""
    return re.compile(rf"(?<![\w./-]){re.escape(inside)}(?![\w.-])")
