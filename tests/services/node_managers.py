"""Install the package managers of Node that are not in its own box, from the registry that npm is configured for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from services.building import Recipe, built, run


def _install(package: str, directory: Path) -> None:
    # Where node's own place is, such a command lays the program in `bin` and its package in `lib/node_modules`.
    run(("npm", "install", "--global", f"--prefix={directory}", "--no-audit", "--no-fund", package), directory, {})


def _recipe(name: str, package: str, version: str, program: str) -> Recipe:
    install: Callable[[Path], None] = partial(_install, f"{package}@{version}")
    return Recipe(name, version, f"bin/{program}", "seconds", install)


MANAGERS = {
    "pnpm": _recipe("pnpm", "pnpm", "10.34.8", "pnpm"),
    "yarn": _recipe("yarn", "yarn", "1.22.22", "yarn"),
    "berry": _recipe("berry", "@yarnpkg/cli-dist", "4.18.1", "yarn"),
}
"""Yarn is two programs: the first, and the one written anew that is called berry."""


def manager_place(name: str) -> Path:
    """Return the folder of an installed manager, with its program in `bin`."""
    return built(MANAGERS[name]).parent.parent
