"""Programs that disarm the framework of their tests without a word of it that the diff guard looks for."""

from collections.abc import Mapping
from pathlib import Path

_DATA = Path(__file__).parent / "data"


def disarming(framework: str) -> Mapping[str, str]:
    """Answer the lines that such a program begins with, by what they bend."""
    return {path.stem: path.read_text() for path in sorted((_DATA / f"disarming_{framework}").iterdir())}
