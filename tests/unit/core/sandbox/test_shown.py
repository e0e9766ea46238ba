"""Read what is mounted on this machine."""

import os
from pathlib import Path

from tamma_core.sandbox.container.shown import mounted


def test_names_of_mounts_are_bytes() -> None:
    """A name that is no UTF-8, holds the line ends of others or an escaped sign is read, and one that comes twice is told once."""
    row = b"36 35 98:0 / %s rw,noatime - ext4 /dev/root rw\n"
    names = [b"/", b"/\xff\xe9", b"/a\x0cb\xc2\x85c", b"/d\\040e\\134f", b"/"]
    expected = [b"/", b"/\xff\xe9", b"/a\x0cb\xc2\x85c", b"/d e\\f"]
    assert list(mounted(b"".join(row % name for name in names))) == [Path(os.fsdecode(name)) for name in expected]


def test_this_process_sees_its_root() -> None:
    """What the kernel writes is read."""
    assert Path("/") in list(mounted(Path("/proc/self/mountinfo").read_bytes()))
