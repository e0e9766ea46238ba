"""A process of its own that fetches, to be killed in the middle."""

import asyncio
import os
import sys
from pathlib import Path

from pydantic import SecretStr
from tamma_core.domain.ids import TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.workspace.workspaces import Workspaces


async def main() -> None:
    root, url, task = sys.argv[1:]
    remote = GitRemote(url=url, username="x-token", secret=SecretStr(os.environ["FETCH_SECRET"]))
    workspace = await Workspaces(Path(root), Bubblewrap()).open(TaskId(task), remote)
    await workspace.checkout(await workspace.fetch("main"))
    await workspace.close(remove=False)


if __name__ == "__main__":
    asyncio.run(main())
