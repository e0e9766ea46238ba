"""References `${NAME}` to environment variables; one that is not set is an error only where it is needed."""

import re
from collections.abc import Iterator, Mapping

from tamma_config.tree import Path, Tree, leaves, mapped

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Unset(str):
    """A text with references that lead nowhere, kept as it was written."""

    __slots__ = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """Name the variables that are asked for."""
        return tuple(_REFERENCE.findall(self))


def resolve(tree: Tree, environ: Mapping[str, str]) -> Tree:
    """Put in the values of all variables that are set and not empty."""

    def replace(text: str) -> str:
        if any(not environ.get(name) for name in _REFERENCE.findall(text)):
            return Unset(text)
        return _REFERENCE.sub(lambda match: environ[match[1]], text)

    result = mapped(tree, replace)
    return result if isinstance(result, dict) else {}


def is_reference(text: str) -> bool:
    """Tell whether a text names a variable instead of being a value."""
    return _REFERENCE.search(text) is not None


def unset(tree: Tree) -> Iterator[tuple[Path, Unset]]:
    """Yield the texts whose variables are not set."""
    for path, value in leaves(tree):
        if isinstance(value, Unset):
            yield path, value
