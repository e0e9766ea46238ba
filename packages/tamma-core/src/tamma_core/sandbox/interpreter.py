"""Show our own interpreter inside, for the few programs of ours that run there."""

import os
import sys
from pathlib import Path

from tamma_core.ports.sandbox import Mount
from tamma_core.sandbox.system import is_system

PYTHON = (os.path.realpath(sys.executable), "-I", "-S")
"""With the standard library only, and nothing of the environment or the working directory."""


def interpreter() -> tuple[Mount, ...]:
    """Answer the mounts that it needs."""
    prefixes = {os.path.realpath(prefix) for prefix in (sys.base_prefix, sys.base_exec_prefix)}
    return tuple(Mount(Path(prefix), prefix) for prefix in sorted(prefixes) if not is_system(prefix))
