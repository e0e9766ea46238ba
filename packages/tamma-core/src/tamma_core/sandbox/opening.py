"""Open a sandbox that was seen to hold."""

from typing import Literal

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.ports.sandbox import Sandbox
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.none import NoSandbox

Level = Literal["auto", "bubblewrap", "none"]


async def open_sandbox(level: Level, *, accept_none: bool = False) -> Sandbox:
    """Answer a sandbox of this level after it attacked itself; raise `SandboxUnavailable` when it does not hold.

    `auto` takes bubblewrap, and none at all only where bubblewrap fails and `accept_none` is given.
    """
    if level == "none":
        return await _none(accept_none=accept_none)
    try:
        return await _proven()
    except SandboxUnavailable:
        if level == "auto" and accept_none:
            return await _none(accept_none=True)
        raise


async def _proven() -> Sandbox:
    sandbox = Bubblewrap()
    report = await sandbox.prove()
    if not report.holds:
        broken = "; ".join(f"{attack.name} ({attack.detail})" for attack in report.attacks if not attack.held)
        raise SandboxUnavailable(
            f"bubblewrap runs here but does not hold: {broken}",
            hint="run on a machine or in a container where user, process and network namespaces work",
        )
    return sandbox


async def _none(*, accept_none: bool) -> Sandbox:
    sandbox = NoSandbox(accept_risk=accept_none)
    await sandbox.prove()
    return sandbox
