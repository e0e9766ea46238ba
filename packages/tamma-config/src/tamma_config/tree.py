"""Plain data of a configuration: nested maps and lists, walked by paths."""

from collections.abc import Callable, Iterator
from typing import cast

Path = tuple[str | int, ...]
Tree = dict[str, object]

# Below these keys the keys are names of others: headers, models, steps.
FREE_KEYS = frozenset({"perWorkflowProviders", "prices", "headers", "body", "registries"})


def leaves(node: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield every value that is neither a map nor a list."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from leaves(value, (*path, index))
    else:
        yield path, node


def mapped(node: object, change: Callable[[str], object]) -> object:
    """Copy a tree with every text changed."""
    if isinstance(node, dict):
        return {key: mapped(value, change) for key, value in node.items()}
    if isinstance(node, list):
        return [mapped(value, change) for value in node]
    return change(node) if isinstance(node, str) else node


def canonical_path(path: Path) -> Path:
    """Write a path in camelCase, as far as its keys are ours."""
    result: list[str | int] = []
    for index, key in enumerate(path):
        if result and result[-1] in FREE_KEYS:
            return (*result, *path[index:])
        result.append(_camel(key) if isinstance(key, str) else key)
    return tuple(result)


def canonical(node: object) -> object:
    """Copy a tree with our keys in camelCase; of two spellings of one key the later stays."""
    if isinstance(node, dict):
        named = ((_camel(str(key)), value) for key, value in node.items())
        return {
            key: dict(value) if key in FREE_KEYS and isinstance(value, dict) else canonical(value)
            for key, value in named
        }
    return [canonical(value) for value in node] if isinstance(node, list) else node


def merged(lower: Tree, higher: Tree) -> Tree:
    """Lay one tree over another: maps are merged, everything else is replaced."""
    result = dict(lower)
    for key, value in higher.items():
        below = result.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        result[key] = merged(cast(Tree, below), cast(Tree, value)) if both else value
    return result


def has(node: object, path: Path) -> bool:
    """Tell whether a tree has something at a path."""
    for key in path:
        in_map = isinstance(node, dict) and key in node
        in_list = isinstance(node, list) and isinstance(key, int) and key < len(node)
        if not (in_map or in_list):
            return False
        node = cast(dict[str | int, object], node)[key]
    return True


def get(node: object, path: Path) -> object:
    """Answer what is at a path, or none."""
    for key in path:
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            return None
    return node


def show(path: Path) -> str:
    """Write a path as people do: `aiProvider.providers[0].model`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")


def _camel(key: str) -> str:
    from pydantic.alias_generators import to_camel

    return to_camel(key) if "_" in key else key
