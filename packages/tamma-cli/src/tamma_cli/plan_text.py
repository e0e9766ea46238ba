"""A plan as text: to be read, and to be edited."""

from io import StringIO

from msgspec import ValidationError, convert
from msgspec.structs import asdict
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.plan import Plan

# The parser meets garbage with errors of many kinds.
_GARBAGE = (ValueError, RecursionError, TypeError, AttributeError, LookupError, AssertionError)
_HEAD = "# The plan. Change what shall be done otherwise, save, and leave the editor.\n"


def readable(plan: Plan, *, name: str, version: int) -> str:
    """Write a plan for a person who is to approve it."""
    parts = [f"Plan {version} · {name}", plan.summary]
    parts += [f"  {number}. {step}" for number, step in enumerate(plan.steps, start=1)]
    for title, items in (("Files", plan.files), ("Tests", plan.tests), ("Risks", plan.risks)):
        if items:
            parts.append(f"{title}: {', '.join(items)}")
    if plan.reproduction:
        parts.append(f"Reproduction: {plan.reproduction}")
    return "\n".join(parts)


def to_edit(plan: Plan) -> str:
    """Write a plan as YAML."""
    from ruamel.yaml import YAML

    stream = StringIO()
    yaml = YAML()
    yaml.width = 100
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(plan).items()}
    yaml.dump(plain, stream)
    return _HEAD + stream.getvalue()


def from_edited(text: str) -> Plan:
    """Read an edited plan; raise `InvalidInput` naming what does not fit."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="safe", pure=True)
    reader.composer.warn_double_anchors = False  # a name given twice means the last, as YAML has it
    try:
        data = reader.load(text)
    except (YAMLError, *_GARBAGE) as error:
        raise InvalidInput(f"the edited plan is not YAML: {_first(str(error))}", hint="edit it again") from error
    try:
        plan = convert(data, Plan)
    except ValidationError as error:
        raise InvalidInput(f"the edited plan does not fit: {error}", hint="edit it again") from error
    if not plan.steps:
        raise InvalidInput("the edited plan has no steps", hint="edit it again, or reject it")
    return plan


def _first(text: str) -> str:
    return next(iter(text.splitlines()), text)
