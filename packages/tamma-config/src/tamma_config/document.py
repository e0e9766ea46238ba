"""Configuration files in YAML, JSON and TOML, read with the line of every key."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, cast

from tamma_core.domain.errors import ConfigError

from tamma_config.tree import Path, Tree, canonical, canonical_path, has

if TYPE_CHECKING:
    from ruamel.yaml import YAML

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
Lines = Callable[[Path], int | None]


def read_document(file: FilePath) -> tuple[Tree, Lines]:
    """Read a file into a tree with camelCase keys, and a way to find each key's line.

    Errors: `ConfigError` naming file and line for what is not of its format, too large or too deep.
    """
    return read_text(file, _read_bytes(file))


def read_text(file: FilePath, data: bytes) -> tuple[Tree, Lines]:
    """Read what a file of this name holds, or held."""
    text = _decoded(file, data)
    readers = {".yaml": _read_yaml, ".yml": _read_yaml, ".json": _read_json, ".toml": _read_toml}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise ConfigError(f"`{file}` has no known format", hint="name it `.yaml`, `.json` or `.toml`")
    try:
        tree, lines = reader(file, text)
    except RecursionError as error:
        raise ConfigError(f"`{file}` is nested too deeply", hint="a configuration has five levels at most") from error
    if tree is None:
        return {}, lines
    if not isinstance(tree, dict):
        raise ConfigError(f"`{file}` holds no map of settings", hint="begin with a line such as `mode: standalone`")
    return cast(Tree, canonical(tree)), lines


def _read_bytes(file: FilePath) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"`{file}` cannot be read: {error.strerror}", hint="check the path and its permissions"
        ) from error


def _decoded(file: FilePath, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise ConfigError(f"`{file}` is larger than {MAX_BYTES // 1024} KiB", hint="this is no configuration of Tamma")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"`{file}` is not UTF-8 at byte {error.start}", hint="save it as UTF-8") from error


def _wrong(file: FilePath, line: int, problem: str) -> ConfigError:
    return ConfigError(
        f"`{file}`, line {line}: {problem}", hint="correct the line; `docs/configuration.md` has examples"
    )


def _read_yaml(file: FilePath, text: str) -> tuple[object, Lines]:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        lines = _yaml_lines(file, text)
        tree = _yaml().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # After these words ruamel quotes values, and any value may be a secret.
        problem = str(error.problem or error.context or "not YAML").splitlines()[0].split(" with value")[0]
        raise _wrong(file, mark.line + 1 if mark else 1, problem) from error
    except (YAMLError, ValueError) as error:
        raise _wrong(file, 1, f"not YAML: {str(error).splitlines()[0]}") from error
    return tree, lines.get


def _yaml() -> "YAML":
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    # A name that is given twice means the last, as YAML has it; the warning would show a stranger's text as it is.
    yaml.composer.warn_double_anchors = False
    return yaml


def _yaml_lines(file: FilePath, text: str) -> dict[Path, int]:
    """Number the lines of all keys; aliases are counted at each use, so that few lines cannot mean a great tree."""
    from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

    def walk(node: Node, path: Path) -> Iterator[tuple[Path, int]]:
        if isinstance(node, MappingNode):
            for key, value in node.value:
                yield (*path, str(key.value)), key.start_mark.line + 1
                yield from walk(value, (*path, str(key.value)))
        elif isinstance(node, SequenceNode):
            for index, value in enumerate(node.value):
                yield (*path, index), value.start_mark.line + 1
                yield from walk(value, (*path, index))

    root = _yaml().compose(text)
    lines: dict[Path, int] = {}
    if root is None:
        return lines
    for count, (path, line) in enumerate(walk(root, ())):
        if count >= MAX_NODES:
            raise _wrong(file, line, f"more than {MAX_NODES} values")
        lines[canonical_path(path)] = line
    return lines


def _read_json(file: FilePath, text: str) -> tuple[object, Lines]:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [key for key, _ in pairs]
            twice = next(key for key in names if names.count(key) > 1)
            raise ConfigError(f"`{file}` has the key `{twice}` twice in one object", hint="keep one of them")
        return found

    try:
        tree = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise _wrong(file, error.lineno, error.msg) from error
    # JSON without tabs is YAML 1.2; a raw tab cannot be inside a JSON string.
    return tree, _yaml_lines(file, text.replace("\t", " ")).get


def _read_toml(file: FilePath, text: str) -> tuple[object, Lines]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, _, place = str(error).partition(" (at ")
        raise _wrong(file, _toml_line(place, text), problem) from error
    rows = text.splitlines()

    def find(path: Path) -> int | None:
        """Answer the first line up to which the text is TOML and has the key."""
        for number in range(1, len(rows) + 1):
            try:
                part = tomllib.loads("\n".join(rows[:number]))
            except tomllib.TOMLDecodeError:
                continue
            if has(canonical(part), path):
                return number
        return None

    return tree, find


def _toml_line(place: str, text: str) -> int:
    """Read the line out of tomllib's words, such as `line 3, column 7)` or `end of document)`."""
    words = place.replace(",", "").split()
    return int(words[1]) if words[:1] == ["line"] else max(1, len(text.splitlines()))
