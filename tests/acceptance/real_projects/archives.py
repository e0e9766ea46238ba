"""Fetch one released version of a real project by its ecosystem's ordinary client, once, and keep it outside the checkout."""

import hashlib
import importlib.util
import json
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from services.building import cache_root, locked, run
from services.golang import go_program


class WrongArchive(RuntimeError):
    """Say that what was fetched is not what the test was written for."""


def python_source(name: str, version: str, sha256: str) -> dict[str, bytes]:
    """Answer the files of a package's source archive."""
    pip = [sys.executable, "-m", "pip"]
    if importlib.util.find_spec("pip") is None:
        pip = [shutil.which("uv") or "uv", "tool", "run", "pip"]
    archive = _place(f"{name}-{version}.tar.gz")
    fetch = [*pip, "download", "--quiet", "--no-deps", "--no-binary", name, "--dest", ".", f"{name}=={version}"]
    return _unpacked(_fetched(archive, fetch, sha256))


def node_source(name: str, version: str, sha256: str) -> dict[str, bytes]:
    """Answer the files of a package of npm."""
    archive = _place(f"{name}-{version}.tgz")
    return _unpacked(_fetched(archive, ["npm", "pack", "--silent", f"{name}@{version}"], sha256))


def go_source(module: str, version: str, h1: str) -> dict[str, bytes]:
    """Answer the files of a Go module; `h1` is its sum as go.sum would hold it."""
    place = _place("go")
    place.mkdir(exist_ok=True)
    settings = {"GOMODCACHE": str(place / "mod"), "GOFLAGS": "-modcacherw", "GOWORK": "off"}
    told = json.loads(run([go_program() or "go", "mod", "download", "-json", f"{module}@{version}"], place, settings))
    if told["Sum"] != h1:
        raise WrongArchive(f"{module} {version} has the sum {told['Sum']}, expected {h1}")
    root = Path(told["Dir"])
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


_CRATE = """
printf '[package]\\nname = "fetching"\\nversion = "0.1.0"\\nedition = "2021"\\n[dependencies]\\n%s = "=%s"\\n' "$1" "$2" > Cargo.toml
mkdir src && touch src/lib.rs && CARGO_HOME="$PWD/home" cargo fetch --quiet
cp home/registry/cache/*/"$1-$2.crate" .
"""


def rust_source(name: str, version: str, sha256: str) -> dict[str, bytes]:
    """Answer the files of a crate."""
    fetch = ["sh", "-ec", _CRATE, "sh", name, version]
    return _unpacked(_fetched(_place(f"{name}-{version}.crate"), fetch, sha256))


_DEBIAN = """
mkdir -p lists/partial parts
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    case "$file" in
    *.list) [ ! -e "$file" ] || sed -n 's/^deb /deb-src /p' "$file" >>parts/lines.list ;;
    *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" >"parts/${file##*/}" ;;
    esac
done
settings="-o Dir::State::lists=$PWD/lists -o Dir::Cache=$PWD -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$PWD/parts"
apt-get -qq $settings update
apt-get -qq $settings source --tar-only --only-source "$1"
"""
"""The machine's own sources of packages, asked for sources in lists of our own: nothing of the system changes."""


def debian_source(archive: str, sha256: str) -> dict[str, bytes]:
    """Answer the files that Debian holds as a project's own release, without Debian's changes."""
    package = archive.partition("_")[0]
    return _unpacked(_fetched(_place(archive), ["sh", "-euc", _DEBIAN, "sh", package], sha256))


_GEM = """
apt-get -qq download "$1"
dpkg-deb --fsys-tarfile "$1"_*.deb | tar -x --wildcards "*/gems/$2/*"
tar -C usr/lib/ruby/gems/*/gems --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rw,go=r,a+X -cf "$2.tar" "$2"
"""


def ruby_source(package: str, name: str, version: str, sha256: str) -> dict[str, bytes]:
    """Answer the files of a gem that a package of Debian carries whole; the package itself changes with each repair of Ruby."""
    gem = f"{name}-{version}"
    return _unpacked(_fetched(_place(f"{gem}.tar"), ["sh", "-euc", _GEM, "sh", package, gem], sha256))


def only(files: Mapping[str, bytes], *, without: tuple[str, ...]) -> dict[str, str | bytes | None]:
    """Leave out the files below some folders: other forges' workflows, for instance."""
    return {name: content for name, content in files.items() if not name.startswith(without)}


def _place(name: str) -> Path:
    root = cache_root() / "real-projects"
    root.mkdir(parents=True, exist_ok=True)
    return root / name


def _fetched(archive: Path, command: list[str], sha256: str) -> Path:
    with locked(archive):
        if not archive.exists():
            with tempfile.TemporaryDirectory(dir=archive.parent) as fresh:
                run(command, Path(fresh), {})
                (Path(fresh) / archive.name).replace(archive)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != sha256:
        raise WrongArchive(f"{archive} has the checksum {found}, expected {sha256}; remove it to fetch it again")
    return archive


def _unpacked(archive: Path) -> dict[str, bytes]:
    """Read the plain files of an archive, without the folder that holds them all."""
    with tarfile.open(archive) as tar:
        files = {member.name.partition("/")[2]: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: content.read() for name, content in files.items() if content is not None}
