"""Where configuration files lie."""

from collections.abc import Mapping
from pathlib import Path

from tamma_core.domain.errors import ConfigError

SUFFIXES = (".yaml", ".yml", ".json", ".toml")


def find_files(environ: Mapping[str, str], *, home: Path, chosen: Path | None = None) -> tuple[Path, ...]:
    """List the file and then its override for the environment, if there are any.

    A file named by `--config` or `TAMMA_CONFIG_PATH` must exist; the default one need not.
    """
    named = chosen or (Path(environ["TAMMA_CONFIG_PATH"]) if environ.get("TAMMA_CONFIG_PATH") else None)
    if named is not None and not named.expanduser().is_file():
        source = "`--config`" if chosen else "`TAMMA_CONFIG_PATH`"
        raise ConfigError(f"there is no configuration file `{named}`, named by {source}", hint="correct the path")
    main = named.expanduser() if named else _one(home / ".tamma", "config")
    if main is None:
        return ()
    environment = environ.get("TAMMA_ENVIRONMENT", "")
    override = _one(main.parent, f"{main.stem}.{environment}") if environment else None
    return (main, override) if override else (main,)


def _one(folder: Path, stem: str) -> Path | None:
    found = [folder / f"{stem}{suffix}" for suffix in SUFFIXES if (folder / f"{stem}{suffix}").is_file()]
    if len(found) > 1:
        names = ", ".join(f"`{file.name}`" for file in found)
        raise ConfigError(f"`{folder}` holds more than one configuration: {names}", hint="keep one of them")
    return found[0] if found else None
