"""Git's index file, which git itself reads without checking it."""

import hashlib
from pathlib import Path

_CHECKSUM_BYTES = 20


def is_whole(path: Path) -> bool:
    """Tell whether an index file is there and ends in the checksum of its content, as a power cut may prevent."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return False
    checksum = hashlib.sha1(content[:-_CHECKSUM_BYTES], usedforsecurity=False).digest()
    return content.startswith(b"DIRC") and content.endswith(checksum)
