"""Lay the sources over each other: defaults, file, file of the environment, variables, command line."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path as FilePath

from pydantic import ValidationError

from tamma_config.configuration import Configuration, secrets_of
from tamma_config.defaults import providers_of_environment
from tamma_config.document import Lines, read_document
from tamma_config.environment import environment_layer
from tamma_config.kinds import NOTHING_INSTALLED, Installed, unknown_types
from tamma_config.layer import Layer
from tamma_config.location import find_files
from tamma_config.migration import Migration, is_old
from tamma_config.problems import Problem, from_validation, raise_problems
from tamma_config.references import is_reference, resolve, unset
from tamma_config.schema import TammaConfig
from tamma_config.suggestion import nearest
from tamma_config.tree import Path, Tree, get, merged

READABLE_BY_OTHERS = 0o044


def load(
    environ: Mapping[str, str],
    *,
    home: FilePath,
    chosen: FilePath | None = None,
    options: Layer | None = None,
    installed: Installed = NOTHING_INSTALLED,
) -> Configuration:
    """Load the configuration; `chosen` is the file of `--config`, `options` the settings of the command line.

    Errors: `ConfigError` naming file, line, key and what is expected.
    """
    files = find_files(environ, home=home, chosen=chosen)
    raw = [(file, *read_document(file)) for file in files]
    found = [_file_layer(file, tree, lines, environ) for file, tree, lines in raw]
    variables, warnings = environment_layer(environ)
    layers = [layer for layer, _ in found] + [variables] + ([options] if options else [])
    tree = _with_defaults(reduce(merged, (layer.tree for layer in layers), Tree()), environ)
    settings = _validated(tree, layers)
    raise_problems([*_inconsistent(settings), *unknown_types(settings, installed)], layers)
    said = [warning for _, notes in found for warning in notes]
    open_files = [warning for file, written, _ in raw for warning in _exposed(file, written, settings)]
    return Configuration(
        settings=settings,
        layers=tuple(layers),
        missing=dict(unset(tree)),
        files=tuple(str(file) for file in files),
        warnings=(*said, *open_files, *warnings, *_unused(settings)),
    )


def _file_layer(file: FilePath, tree: Tree, lines: Lines, environ: Mapping[str, str]) -> tuple[Layer, Sequence[str]]:
    def origin(path: Path) -> str | None:
        line = lines(path)
        return f"`{file}`, line {line}" if line else None

    values = resolve(tree, environ)
    if not is_old(values):
        return Layer(name=f"`{file}`", tree=values, origin=origin), ()
    migration = Migration(values)
    shape = "the first shape of the configuration (`providers`, `platforms`)"
    notes = [f"`{file}` has {shape}; it is read as `aiProvider` and `gitPlatform`, and better written so"]
    notes += [f"`{file}`: `{key}` has no meaning any more" for key in migration.unused]
    return Layer(name=f"`{file}`", tree=migration.tree, origin=origin, moved=migration.moved), notes


def _with_defaults(tree: Tree, environ: Mapping[str, str]) -> Tree:
    """Take providers from the environment where none are written."""
    if get(tree, ("aiProvider", "providers")):
        return tree
    section = resolve({"aiProvider": providers_of_environment(environ)}, environ)
    return merged(section, tree)


def _validated(tree: Tree, layers: Sequence[Layer]) -> TammaConfig:
    try:
        return TammaConfig.model_validate(tree, by_name=False)
    except ValidationError as error:
        raise_problems(list(from_validation(error, tree, TammaConfig)), layers)
        raise


def _inconsistent(settings: TammaConfig) -> Iterator[Problem]:
    """Yield names that are used twice, or that name nothing that is enabled."""
    ai, git = settings.ai_provider, settings.git_platform
    providers = {entry.name: entry.enabled for entry in ai.providers}
    platforms = {entry.name: entry.enabled for entry in git.platforms} | {"plain-git": True}
    yield from _twice(("aiProvider", "providers"), [entry.name for entry in ai.providers])
    yield from _twice(("gitPlatform", "platforms"), [entry.name for entry in git.platforms])
    uses: list[tuple[Path, str | None, dict[str, bool]]] = [
        (("aiProvider", "default"), ai.default, providers),
        (("gitPlatform", "default"), git.default, platforms),
    ]
    steps = ai.per_workflow_providers.items()
    uses += [(("aiProvider", "perWorkflowProviders", step), name, providers) for step, name in steps]
    for path, name, known in uses:
        if name is not None and not known.get(name):
            state = "which is not enabled" if name in known else f"which is not configured{nearest(name, known)}"
            yield path, f"names `{name}`, {state}"


def _twice(path: Path, names: Sequence[str]) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (*path, index, "name"), f"is used twice: `{name}`"


def _exposed(file: FilePath, written: Tree, settings: TammaConfig) -> Iterator[str]:
    """Warn of secrets written out in a file that others can read."""
    if not file.stat().st_mode & READABLE_BY_OTHERS:
        return
    for path, _ in secrets_of(settings):
        value = get(written, path)
        if isinstance(value, str) and not is_reference(value):
            yield f"`{file}` holds a secret and can be read by other users: `chmod 600 {file}`, or write `${{NAME}}` instead"
            return


def _unused(settings: TammaConfig) -> Iterator[str]:
    steps = settings.ai_provider.per_workflow_providers
    code, tests = steps.get("code-generation"), steps.get("test-generation")
    if code and tests and code != tests:
        yield (
            f"`perWorkflowProviders.test-generation` ({tests}) is not used: the agent that writes the code "
            f"({code}) writes its tests in the same conversation"
        )
