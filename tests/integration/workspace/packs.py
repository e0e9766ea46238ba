"""Packs made by hand, of objects that no honest program writes."""

import hashlib
import struct
import zlib
from dataclasses import dataclass, field

from integration.workspace.origin import Origin, git
from tamma_core.domain.ids import Sha

_KINDS = {"commit": 1, "tree": 2, "blob": 3}
_REF_DELTA = 7
_LONGEST_COPY = 0xFFFFFF


@dataclass
class Pack:
    """Collect objects; each method answers the name of what it added."""

    _entries: dict[Sha, bytes] = field(default_factory=dict)

    def blob(self, content: bytes) -> Sha:
        return self._whole("blob", content)

    def tree(self, *entries: tuple[str, str, Sha]) -> Sha:
        """Add a tree of modes, names and objects, sorted by the caller."""
        lines = (f"{mode} {name}\0".encode() + bytes.fromhex(sha) for mode, name, sha in entries)
        return self._whole("tree", b"".join(lines))

    def commit(self, tree: Sha) -> Sha:
        who = "Seed <seed@example.org> 1700000000 +0000"
        return self._whole("commit", f"tree {tree}\nauthor {who}\ncommitter {who}\n\nseed\n".encode())

    def repeated(self, content: bytes, times: int, tail: bytes = b"") -> Sha:
        """Add a blob that holds another one many times, as a delta of some bytes for each time."""
        base = self.blob(content)
        size = len(content) * times + len(tail)
        delta = _number(len(content)) + _number(size) + _copy(len(content)) * times
        if tail:
            delta += bytes([len(tail)]) + tail
        digest = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
        for _ in range(times):
            digest.update(content)
        digest.update(tail)
        return self._add(digest.hexdigest(), _head(_REF_DELTA, len(delta)) + bytes.fromhex(base) + zlib.compress(delta))

    def push(self, origin: Origin, tree: Sha, branch: str = "main") -> Sha:
        """Put all into a remote's objects, with a commit of a tree on a branch."""
        commit = self.commit(tree)
        packed = b"PACK" + struct.pack(">II", 2, len(self._entries)) + b"".join(self._entries.values())
        content = packed + hashlib.sha1(packed, usedforsecurity=False).digest()
        git(origin.path, "index-pack", "--stdin", stdin=content)
        git(origin.path, "update-ref", f"refs/heads/{branch}", commit)
        return commit

    def _whole(self, kind: str, content: bytes) -> Sha:
        name = hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
        return self._add(name, _head(_KINDS[kind], len(content)) + zlib.compress(content))

    def _add(self, name: str, entry: bytes) -> Sha:
        self._entries[Sha(name)] = entry
        return Sha(name)


def _head(kind: int, size: int) -> bytes:
    first, rest = (kind << 4) | (size & 15), size >> 4
    return bytes([first | 128]) + _number(rest) if rest else bytes([first])


def _number(value: int) -> bytes:
    said = bytearray()
    while value > 127:
        said.append((value & 127) | 128)
        value >>= 7
    return bytes([*said, value])


def _copy(size: int) -> bytes:
    assert size <= _LONGEST_COPY
    return bytes([0x80 | 0x70, size & 255, size >> 8 & 255, size >> 16])
