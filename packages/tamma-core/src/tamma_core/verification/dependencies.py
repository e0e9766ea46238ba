"""Install a project's dependencies once for each content of its dependency files."""

import asyncio
import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from tamma_core.domain.task import SetupNetwork
from tamma_core.ports.egress import Egress
from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.sandbox.removal import remove_tree
from tamma_core.verification.messages import short_message
from tamma_core.verification.network import SetupNetworks
from tamma_core.verification.place import DEPENDENCIES, WORKSPACE, Prepared, Toolchain, environment
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.running import Ended, run
from tamma_core.verification.settings import VerificationSettings
from tamma_core.verification.tree import make_folders, open_beneath

_READ_BYTES = 16 << 20
_REFUSALS = 400
_NODE = frozenset({"npm", "yarn", "pnpm"})


class Dependencies:
    """Keep installed dependencies under a folder, by the hash of what decides them."""

    def __init__(self, sandbox: Sandbox, root: Path, toolchain: Toolchain, egress: Egress | None) -> None:
        self._sandbox = sandbox
        self._root = root
        self._toolchain = toolchain
        self.networks = SetupNetworks(egress)
        self._turn = asyncio.Lock()

    async def prepare(self, tree: Path, plan: SuitePlan, settings: VerificationSettings) -> Prepared:
        """Answer the dependencies of a fresh tree, installing them if they are new; the tree may be written to."""
        permitted = settings.setup_network is not SetupNetwork.NONE or settings.setup_commands is not None
        lacks = bool(plan.setup) and not permitted
        if lacks or not (plan.setup or plan.warm_up):
            return Prepared(lacks=lacks)
        kept = self._root / self._key(tree, plan)
        async with self._turn:
            if not kept.is_dir():
                problem = await self._install(tree, plan, settings, kept)
                if problem:
                    return Prepared(problem=problem)
        return _prepared(kept)

    def _key(self, tree: Path, plan: SuitePlan) -> str:
        digest = hashlib.sha256(
            repr((plan.setup, plan.warm_up, sorted(plan.environment.items()), self._toolchain.path)).encode()
        )
        for name in plan.dependency_files:
            digest.update(f"\0{name}\0".encode("utf-8", "surrogateescape"))
            digest.update(hashlib.sha256(_content(tree, name)).digest())
        return digest.hexdigest()[:32]

    async def _install(self, tree: Path, plan: SuitePlan, settings: VerificationSettings, kept: Path) -> str:
        self._root.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="new-", dir=self._root))
        try:
            for name in plan.dependency_files:
                _copy(tree, name, fresh)
            problem = await self._set_up(tree, fresh, plan, settings)
            if problem:
                return problem
            for command in plan.warm_up:
                await run(self._sandbox, self._spec(tree, fresh, command, plan, settings))
            await asyncio.to_thread(_keep, fresh, kept)
            return ""
        finally:
            await asyncio.to_thread(remove_tree, fresh)

    async def _set_up(self, tree: Path, fresh: Path, plan: SuitePlan, settings: VerificationSettings) -> str:
        """Run the steps to the first that fails, and answer what went wrong with it."""
        kind, problem = settings.setup_network if plan.setup else SetupNetwork.NONE, ""
        async with self.networks.open(kind) as admit:
            for command in plan.setup:
                ended = await run(self._sandbox, admit(self._spec(tree, fresh, command, plan, settings)))
                if not ended.ok:
                    problem = _problem(command, ended, kind)
                    break
        refused = self.networks.refused if problem else ""
        return f"{problem}; the proxy refused: {refused[:_REFUSALS]}" if refused else problem

    def _spec(
        self, tree: Path, fresh: Path, command: tuple[str, ...], plan: SuitePlan, settings: VerificationSettings
    ) -> SandboxSpec:
        return SandboxSpec(
            argv=command,
            cwd=DEPENDENCIES if command[0] in _NODE else WORKSPACE,
            mounts=(
                *self._toolchain.mounts,
                Mount(tree, WORKSPACE, writable=True),
                Mount(fresh, DEPENDENCIES, writable=True),
            ),
            environment=environment(
                self._toolchain, plan.environment, has_venv=(fresh / "venv").is_dir(), installing=True
            ),
            limits=settings.setup_limits,
        )


def _problem(command: tuple[str, ...], ended: Ended, network: SetupNetwork) -> str:
    offline = ", which had no permission to use the network" if network is SetupNetwork.NONE else ""
    said = short_message(ended.text, 600)
    return f"the set-up step `{' '.join(command)[:120]}`{offline} {ended.sentence}: {said}"


def _prepared(kept: Path) -> Prepared:
    shown = [kept / name for name in ("node_modules", "vendor")]
    return Prepared(
        mounts=(Mount(kept, DEPENDENCIES),),
        has_venv=(kept / "venv").is_dir(),
        shown=tuple(
            Mount(place, f"{WORKSPACE}/{place.name}") for place in shown if place.is_dir() and not place.is_symlink()
        ),
    )


def _content(tree: Path, name: str) -> bytes:
    try:
        with os.fdopen(open_beneath(tree, name), "rb") as file:
            return file.read(_READ_BYTES)
    except OSError:
        return b""


def _copy(tree: Path, name: str, target: Path) -> None:
    place = target / name
    make_folders(place.parent)
    try:
        with os.fdopen(open_beneath(tree, name), "rb") as source, place.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    except OSError:
        place.unlink(missing_ok=True)


def _keep(fresh: Path, kept: Path) -> None:
    # Another process may have installed the same meanwhile; either is as good.
    with suppress(OSError):
        fresh.rename(kept)
