"""Where things lie inside the sandbox, and what every command sees."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import Mount

WORKSPACE = "/workspace"
DEPENDENCIES = "/deps"
_VENV = f"{DEPENDENCIES}/venv/bin"
GO_CACHE = f"{DEPENDENCIES}/go/build"
_MODULES = {"GOMODCACHE": f"{DEPENDENCIES}/go/mod"}
# A version that would be read from tags is not in a tree without a repository.
_INSTALLING = {**_MODULES, "GOCACHE": GO_CACHE, "SETUPTOOLS_SCM_PRETEND_VERSION": "0.0.0", "PIP_NO_INPUT": "1"}
_TESTING = {**_MODULES, "GOPROXY": "off", "GOCACHE": "/tmp/go-build"}  # noqa: S108 - in the sandbox
_AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


class Toolchain(Record, frozen=True, kw_only=True):
    """Name the languages' programs: read-only mounts, and the PATH that finds them."""

    mounts: tuple[Mount, ...] = ()
    path: str = "/usr/local/bin:/usr/bin:/bin"


class Prepared(Record, frozen=True, kw_only=True):
    """Hold what the set-up made, for tests to read and not to write."""

    mounts: tuple[Mount, ...] = ()
    has_venv: bool = False
    shown: tuple[Mount, ...] = ()
    """The folders of installed packages that Node and Composer look for inside the work tree."""
    lacks: bool = False
    """Whether there is something to install that nobody permitted to fetch."""
    problem: str = ""


def environment(
    toolchain: Toolchain, extra: Mapping[str, str], *, has_venv: bool, installing: bool = False
) -> dict[str, str]:
    """Answer a whole environment: nothing of the host's comes in but the PATH to the languages."""
    base = {
        "PATH": f"{_VENV}:{toolchain.path}" if has_venv else toolchain.path,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "npm_config_update_notifier": "false",
    }
    return {**base, **({**_INSTALLING, **trusted()} if installing else _TESTING), **extra}


def trusted(candidates: Sequence[str] = _AUTHORITIES) -> dict[str, str]:
    """Name the machine's certificate authorities to installers that bring their own and would not see a company's."""
    bundle = next((name for name in candidates if Path(name).is_file()), None)
    return dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), bundle) if bundle else {}


def with_go_cache(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Begin with a copy of the compiled standard library: what tests compile must not reach later runs."""
    return ("sh", "-c", f'cp -r {GO_CACHE} "$GOCACHE" 2>/dev/null; exec "$@"', "sh", *argv)


def with_python(argv: tuple[str, ...], *, has_venv: bool) -> tuple[str, ...]:
    """Name the interpreter as it is called where there is no virtual environment."""
    return ("python3", *argv[1:]) if argv[0] == "python" and not has_venv else argv
