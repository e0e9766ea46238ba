"""Say how the Gitea server is built and where its run-time files lie."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.building import Recipe, built
from services.golang import go_build, go_module_directory

VERSION = "1.26.0"
_MODULE = "code.gitea.io/gitea"
_RUN_TIME_FILES = ("templates", "options", "public")


def _build(directory: Path) -> None:
    go_build(
        "gitea",
        _MODULE,
        directory / "gitea",
        "-tags",
        "sqlite sqlite_unlock_notify",
        "-ldflags",
        f"-s -w -X main.Version={VERSION}",
    )
    source = go_module_directory("gitea", _MODULE)
    for name in _RUN_TIME_FILES:
        # Modules are read-only on disk; contents alone are copied, so that the cache can be removed.
        shutil.copytree(source / name, directory / "static" / name, copy_function=shutil.copyfile)
    for path in (directory / "static").rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


RECIPE = Recipe("gitea", VERSION, "gitea", "3 to 5 minutes and 3 GB of Go caches", _build)


def gitea_program() -> Path:
    """Return the cached server program; its run-time files lie in `static` beside it."""
    return built(RECIPE)
