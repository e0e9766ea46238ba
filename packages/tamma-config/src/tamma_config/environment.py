"""Settings from environment variables: `TAMMA_` and the path, as in `TAMMA_LIMITS__COST_USD`."""

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel

from tamma_config.layer import Layer, put
from tamma_config.schema import TammaConfig
from tamma_config.suggestion import nearest
from tamma_config.tree import Path, Tree

# Names that the specification gives, beside those that follow from the path.
SHORT_NAMES: Mapping[str, Path] = {
    "TAMMA_AI_PROVIDER": ("aiProvider", "default"),
    "TAMMA_GIT_PLATFORM": ("gitPlatform", "default"),
    "TAMMA_ORCHESTRATOR_URL": ("worker", "orchestratorUrl"),
    "DATABASE_URL": ("database", "url"),
}
# Read by the command or by the defaults, not settings themselves.
OTHER_NAMES = frozenset({"TAMMA_CONFIG_PATH", "TAMMA_ENVIRONMENT", "TAMMA_DEBUG", "TAMMA_MODEL"})
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def variables() -> dict[str, Path]:
    """Name the variable of every setting that is a single value."""
    found = {
        "TAMMA_" + "__".join(_WORD.sub("_", str(key)).upper() for key in path): path for path in _scalars(TammaConfig)
    }
    return found | dict(SHORT_NAMES)


def environment_layer(environ: Mapping[str, str]) -> tuple[Layer, tuple[str, ...]]:
    """Read the settings of the environment, and warn of variables that look like settings and are none."""
    known = variables()
    tree: Tree = {}
    names: dict[Path, str] = {}
    for name, path in known.items():
        if environ.get(name):
            put(tree, path, environ[name])
            names[path] = name
    strange = [name for name in environ if name.startswith("TAMMA_") and name not in known and name not in OTHER_NAMES]
    warnings = tuple(
        f"environment variable `{name}` is no setting of Tamma{nearest(name, [*known, *OTHER_NAMES])}"
        for name in sorted(strange)
    )
    return Layer(name="environment", tree=tree, origin=lambda path: _place(names.get(path))), warnings


def _place(name: str | None) -> str | None:
    return f"environment variable `{name}`" if name else None


def _scalars(section: type[BaseModel]) -> Iterator[Path]:
    for field in section.model_fields.values():
        kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        below = next((kind for kind in kinds if issubclass(kind, BaseModel)), None)
        key = str(field.alias)
        if below is not None and not any(issubclass(kind, tuple | dict) for kind in kinds):
            yield from ((key, *path) for path in _scalars(below))
        elif not _is_collection(field.annotation):
            yield (key,)


def _is_collection(kind: object) -> bool:
    text = str(kind)
    return text.startswith(("tuple[", "dict["))
