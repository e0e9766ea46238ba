"""A kernel of its own for a test: Linux as an ordinary program, with the host's files as its root."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = "linux.uml"
MEMORY = "1G"
BOOT_S = 300
_INIT = """#!/bin/sh
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/mnt TMPDIR={directory}/tmp LANG=C.UTF-8
export PYTHONPATH={packages}
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t cgroup2 groups /sys/fs/cgroup
mount -t tmpfs tmpfs /mnt; mkdir -p /dev/shm; mount -t tmpfs tmpfs /dev/shm
cd {root}
{command} >{directory}/said 2>&1
echo $? >{directory}/code
{python} -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321FEDC)'
"""


def missing_for_user_mode_linux() -> list[str]:
    """Return why no kernel of a test's own can be started here."""
    return [] if shutil.which(PROGRAM) else [f"user-mode linux: no `{PROGRAM}` (Debian package `user-mode-linux`)"]


def run_in_own_kernel(*arguments: str, root: Path, directory: Path) -> tuple[int, str]:
    """Run this Python with arguments as the first program of a fresh kernel, and answer its code and what it said.

    Locks are not shared with the host, and so temporary files are not: `directory` is the test's own; the console's words come where the program could not even begin.
    """
    (directory / "tmp").mkdir(mode=0o777)
    init = directory / "init"
    command = shlex.join((sys.executable, *arguments))
    packages = shlex.quote(os.environ.get("PYTHONPATH", ""))
    init.write_text(
        _INIT.format(root=root, directory=directory, command=command, python=sys.executable, packages=packages)
    )
    init.chmod(0o755)
    booted = subprocess.run(
        (
            *(PROGRAM, f"mem={MEMORY}", "rootfstype=hostfs", "rootflags=/", "rw", f"init={init}"),
            *("con=null", "con0=null,fd:1", "quiet"),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=BOOT_S,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(directory), "HOME": str(directory)},
    )
    code = directory / "code"
    if not code.is_file():
        return -1, booted.stdout.decode(errors="replace")
    return int(code.read_text()), (directory / "said").read_text(errors="replace")
