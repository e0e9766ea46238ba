"""Tell which lines of a program are nothing but remarks; whatever is not sure to be one is code."""

import re
from collections.abc import Sequence

# What may end a string of several lines, or run code inside of one or of markup; a compiler of Java reads `\u000a` before it sees remarks.
_DOUBTFUL = re.compile(r"[`\"{]|\\u")


def remarks(text: str, *, signs: Sequence[str]) -> frozenset[int]:
    """Answer the numbers of the lines that only hold a remark; `signs` are what begins one."""
    found: set[int] = set()
    inside = continued = False
    to_end = tuple(sign for sign in signs if sign != "/*")
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        begins = "/*" in signs and bare.startswith("/*")
        end = bare.find("*/", 2 if begins else 0)
        block = begins or (inside and bare.startswith("*"))
        whole = block and end in {-1, len(bare) - 2}
        single = bare.startswith(to_end) and not bare.startswith("#[") and "*/" not in bare if to_end else False
        doubtful = _DOUBTFUL.search(bare) is not None or ("#" in signs and "'" in bare)
        if (whole or single) and not doubtful and not continued:
            found.add(number)
        inside = block and end == -1 and not doubtful
        continued = line.endswith("\\")
    return frozenset(found)


def without_remarks(line: str) -> str:
    """Answer a line without the remarks that end in it."""
    *closed, rest = line.split("*/")
    return " ".join([*(part.partition("/*")[0] for part in closed), rest])
