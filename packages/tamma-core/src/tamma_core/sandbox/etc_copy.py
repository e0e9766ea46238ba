"""A copy of the little of /etc that programs need: one mount for each command, where its files would be twenty."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.sandbox.held_directory import held_directory
from tamma_core.sandbox.system import HOME, UID, USER, is_system

SHOWN = (
    *("alternatives", "ca-certificates", "crypto-policies", "debian_version", "fonts", "gai.conf", "java*"),
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "lsb-release", "magic"),
    *("maven/logging", "maven/m2.conf", "mime.types", "php/*/cli/conf.d", "php/*/mods-available"),
    *("os-release", "pki/ca-trust", "pki/tls/cert.pem", "pki/tls/certs", "pki/tls/openssl.cnf", "protocols"),
    *("services", "ssl/cert.pem", "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone"),
)
"""Named one by one: beside them lie password hashes, host keys and registries' tokens."""
NETWORK = ("hosts", "resolv.conf")
OWN = {
    "passwd": "root:x:0:0::/:/bin/sh\n{user}:x:{uid}:{gid}::{home}:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    "group": "root:x:0:\n{user}:x:{gid}:\nnogroup:x:65534:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
ALONE = {"hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n"}
_PREFIX = "tamma-etc-"
_HOLDERS = tuple(dict.fromkeys(os.path.dirname(name) for name in SHOWN))  # noqa: PTH120 - names, not paths
_PLAIN = tuple(name for name in (*SHOWN, *NETWORK) if "*" not in name)

_Stamps = tuple[int, ...]


class _Made(Record, frozen=True):
    stamps: _Stamps
    path: Path


class EtcCopy:
    """Copy the public part of /etc once, and again when it changes; what was copied goes with this object."""

    def __init__(self, etc: Path = Path("/etc"), *, uid: int = UID, gid: int = UID) -> None:
        """Copy nothing yet; the command's user and group will be these."""
        self._etc = etc
        self._named = {"user": USER, "home": HOME, "uid": uid, "gid": gid}
        self._home: Path | None = None
        self._made: dict[bool, _Made] = {}

    def path(self, *, network: bool) -> Path:
        """Answer the directory to be shown as /etc; with a network, the host's resolver is in it."""
        stamps = tuple(_changed_at(f"{self._etc}/{name}") for name in (*_HOLDERS, *_PLAIN))
        made = self._made.get(network)
        if made is None or made.stamps != stamps or not made.path.is_dir():
            made = self._made[network] = _Made(stamps, self._make(network=network))
        return made.path

    def _make(self, *, network: bool) -> Path:
        if self._home is None or not self._home.is_dir():
            self._home = held_directory(_PREFIX, self)
        target = Path(tempfile.mkdtemp(dir=self._home))
        names = (*SHOWN, *NETWORK) if network else SHOWN
        for path in _visible(self._etc, names):
            _copy(path, target / path.relative_to(self._etc))
        for name, text in (OWN if network else OWN | ALONE).items():
            (target / name).write_text(text.format_map(self._named))
        return target


def _visible(etc: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        yield from sorted(etc.glob(name)) if "*" in name else filter(Path.exists, [etc / name])


def _copy(source: Path, target: Path) -> None:
    """Copy what everybody may read; a link into the system directories stays one, any other is followed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    real = os.path.realpath(source)
    if source.is_symlink() and is_system(real):
        target.symlink_to(real)
    elif Path(real).is_dir():
        shutil.copytree(real, target, symlinks=True, ignore=_private, copy_function=shutil.copyfile)
    elif _is_public(Path(real)):
        shutil.copyfile(real, target)


def _private(directory: str, names: list[str]) -> list[str]:
    return [name for name in names if not _is_public(Path(directory, name))]


def _is_public(path: Path) -> bool:
    mode = path.lstat().st_mode
    kind = stat.S_ISREG(mode) or stat.S_ISDIR(mode)
    return stat.S_ISLNK(mode) or (kind and bool(mode & stat.S_IROTH))


def _changed_at(path: str) -> int:
    """Answer when a file was last written, or names were last added to a directory, removed or replaced there."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - this runs at each start
    except OSError:
        return 0
