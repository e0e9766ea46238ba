"""Commands written for a wall, run without one."""

from pathlib import Path

from tamma_core.ports.sandbox import Mount, SandboxSpec
from tamma_core.sandbox.none import NoSandbox
from tamma_core.sandbox.own_places import OwnPlaces


async def test_a_command_finds_its_tree_and_tools_at_their_own_places(tmp_path: Path) -> None:
    """Directory, arguments and environment lead to the host's paths; a path that only looks alike stays."""
    tree, tools = tmp_path / "tree", tmp_path / "tools"
    tree.mkdir()
    tools.mkdir()
    (tools / "say.sh").write_text('echo "$PWD" "$PLACES" "$1"\n')
    spec = SandboxSpec(
        argv=("sh", "/tamma/say.sh", "--at=/workspace/a:/workspaces"),
        cwd="/workspace",
        mounts=(Mount(tree, "/workspace", writable=True), Mount(tools, "/tamma")),
        environment={"PATH": "/usr/bin:/bin", "PLACES": "/workspace:/x/workspace"},
    )
    process = await OwnPlaces(NoSandbox(accept_risk=True)).start(spec)
    said = b"".join([chunk async for chunk in process.output()]).decode()
    await process.wait()
    assert said.split() == [str(tree), f"{tree}:/x/workspace", f"--at={tree}/a:/workspaces"]
