"""Hold together what is written in more than one place."""

import re
import tomllib
from pathlib import Path
from typing import Any

from tamma_cli import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))


def declared(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def requirements(folder: Path) -> list[str]:
    project = declared(folder)["project"]
    extras = project.get("optional-dependencies", {}).values()
    return [*project["dependencies"], *(line for extra in extras for line in extra)]


def test_all_packages_carry_one_version_and_ask_for_it() -> None:
    """The version in each pyproject, in each requirement between them and in the command is the same."""
    versions = {declared(folder)["project"]["version"] for folder in PACKAGES}
    asked = {
        line.partition("==")[2] for folder in PACKAGES for line in requirements(folder) if line.startswith("tamma")
    }
    towncrier = declared(ROOT)["tool"]["towncrier"]["version"]
    assert versions | asked | {towncrier} == {__version__}


def test_every_dependency_is_explained() -> None:
    """The page of dependencies names exactly the outside packages that ours declare."""
    names = {re.split(r"[\[<>=; ]", line)[0] for folder in PACKAGES for line in requirements(folder)}
    rows = re.findall(r"^\| `([^`]+)`", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(name for name in names if not name.startswith("tamma"))


def test_every_package_is_linted_and_measured() -> None:
    """No package escapes the layers, the coverage or the type checker."""
    tool = declared(ROOT)["tool"]
    modules = [folder.name.replace("-", "_") for folder in PACKAGES]
    assert tool["importlinter"]["root_packages"] == modules
    assert tool["coverage"]["run"]["source_pkgs"] == modules
    for folder in PACKAGES:
        assert f"packages/{folder.name}/src" in tool["mypy"]["mypy_path"]


def test_every_package_ships_licence_types_and_build_settings() -> None:
    """Each distribution carries the licence and says that it is typed."""
    licence = (ROOT / "LICENSE").read_text()
    for folder in PACKAGES:
        assert (folder / "LICENSE").read_text() == licence
        assert (folder / "src" / folder.name.replace("-", "_") / "py.typed").exists()
