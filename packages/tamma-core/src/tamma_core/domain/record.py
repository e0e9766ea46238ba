"""What a record is: an immutable value with named fields, cheap to define, to make and to store."""

import re

from msgspec import Struct

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    """Hold named fields that never change; what is stored is read back strictly."""


def _tag(name: str) -> str:
    return _WORD.sub("_", name).lower()


class Tagged(Record, frozen=True, tag_field="type", tag=_tag):
    """Belong to a closed union: the class's name, in snake case, is stored as `type`."""

    @property
    def type(self) -> str:
        """Name the member of the union."""
        return str(self.__struct_config__.tag)
