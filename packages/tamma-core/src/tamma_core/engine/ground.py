"""Where work is done: trees for the agent, and fresh checkouts for the tests, behind one sandbox."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.ports.clock import Clock, Entropy
from tamma_core.ports.egress import Egress
from tamma_core.ports.sandbox import Sandbox
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path
from tamma_core.verification.place import Toolchain
from tamma_core.verification.runner import Means, Verifier
from tamma_core.workspace.agent_tree import AgentSetting
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import WorkspaceOptions, Workspaces


class Ground(Record, frozen=True):
    """Hold the workspaces, and what judges a commit of one."""

    workspaces: Workspaces
    verifier: Callable[[Workspace], Verifier]


class Reach(Record, frozen=True, kw_only=True):
    """Say what the set-up of dependencies reaches, and which `host:port` git may reach without encryption."""

    egress: Egress | None
    plain_http: Collection[str] = ()


def ground_in(
    data: Path,
    sandbox: Sandbox,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    entropy: Entropy,
    reach: Reach,
) -> Ground:
    """Put the ground into a data directory, with the languages that this environment finds."""
    tools = Toolchain(mounts=toolchain_mounts(environ), path=toolchain_path(environ))
    agent = AgentSetting(mounts=tools.mounts, environment={"PATH": tools.path})
    options = WorkspaceOptions(agent=agent, own_paths=isinstance(sandbox, OwnPlaces), plain_http=reach.plain_http)

    means = Means(clock=clock, entropy=entropy, toolchain=tools, egress=reach.egress)

    def verifier(workspace: Workspace) -> Verifier:
        # A repository's own set-up fills its dependencies: no other one's tests may run on them.
        return Verifier(sandbox, workspace, data / "verification" / workspace.repository_key, means)

    return Ground(Workspaces(data / "work", sandbox, options), verifier)
