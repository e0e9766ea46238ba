"""A repository for the agent's own use: real inside the sandbox, never read by the host."""

import shutil
from pathlib import Path

from tamma_core.domain.ids import Sha
from tamma_core.workspace.environment import ATTRIBUTES

BRANCH = "work"
_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
\tcheckStat = minimal
[user]
\tname = agent
\temail = agent@localhost
[gc]
\tauto = 0
"""


def make_repository(tree: Path, *, sha: Sha, index: Path, objects_inside: str) -> None:
    """Write a `.git` into a cleansed tree, with a branch at a commit whose objects are mounted.

    Plain files, so that no git program has to look at the tree for it.
    """
    made = tree / ".git"
    for directory in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (made / directory).mkdir(parents=True)
    (made / "HEAD").write_text(f"ref: refs/heads/{BRANCH}\n")
    (made / "refs/heads" / BRANCH).write_text(f"{sha}\n")
    (made / "objects/info/alternates").write_text(f"{objects_inside}\n")
    (made / "info/attributes").write_text(ATTRIBUTES)
    (made / "config").write_text(_CONFIG)
    shutil.copyfile(index, made / "index")
