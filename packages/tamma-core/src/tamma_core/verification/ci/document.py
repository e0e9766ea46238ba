"""Read YAML that strangers wrote."""

_LONGEST = 1 << 18


class Reference(list[object]):
    """Name a place elsewhere in a GitLab document, as `!reference [job, script]`."""


def read_yaml(text: str) -> object:
    """Parse a file; none for whatever is no YAML, or longer than any file of settings."""
    if len(text) > _LONGEST:
        return None
    # Heavy, and needed for a moment.
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import YAMLError

    class Constructor(SafeConstructor):
        """Take tags that belong to one forge for plain values."""

    Constructor.add_constructor("!reference", lambda loader, node: Reference(loader.construct_sequence(node)))
    Constructor.add_constructor(None, lambda _loader, _node: None)
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = Constructor
    reader.allow_duplicate_keys = True
    reader.composer.warn_double_anchors = False  # the warning would show a stranger's text as it is
    try:
        value: object = reader.load(text)
    except (
        YAMLError,
        ValueError,
        RecursionError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
        AssertionError,
        OverflowError,
    ):
        return None  # the parser meets garbage with errors of many kinds
    return value
