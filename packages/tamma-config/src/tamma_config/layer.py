"""One source of settings, which can say where each of its keys was written."""

from collections.abc import Callable, Mapping

from msgspec import field
from tamma_core.domain.record import Record

from tamma_config.tree import Path, Tree, show


class Layer(Record, frozen=True, kw_only=True):
    """Hold a tree of settings; `origin` names where a path comes from, or answers none for a path it does not know.

    `moved` leads from paths of this tree to those that the author wrote.
    """

    name: str
    tree: Tree
    origin: Callable[[Path], str | None]
    moved: Mapping[Path, Path] = field(default_factory=dict)

    def where(self, path: Path) -> str:
        """Name the nearest written place of a path."""
        written = self.written(path)
        for length in range(len(written), 0, -1):
            place = self.origin(written[:length])
            if place is not None:
                return place
        return self.name

    def written(self, path: Path) -> Path:
        """Answer the path as the author wrote it."""
        for length in range(len(path), 0, -1):
            old = self.moved.get(path[:length])
            if old is not None:
                return (*old, *path[length:])
        return path


def flags(options: Mapping[str, tuple[Path, object]]) -> Layer:
    """Make the layer of the command line from options that were given: flag to path and value."""
    tree: Tree = {}
    for path, value in options.values():
        put(tree, path, value)
    names = {path: flag for flag, (path, _) in options.items()}
    return Layer(
        name="command line", tree=tree, origin=lambda path: f"option `{names[path]}`" if path in names else None
    )


def put(tree: Tree, path: Path, value: object) -> None:
    """Set a value in nested maps; raise `KeyError` showing a path that is not one of maps."""
    node = tree
    for key in path[:-1]:
        below = node.setdefault(str(key), {})
        if not isinstance(below, dict):
            raise KeyError(show(path))
        node = below
    node[str(path[-1])] = value
