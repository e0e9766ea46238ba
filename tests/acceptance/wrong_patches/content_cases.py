"""Bring in what no repository should hold: secrets, binaries, links, programs, masses."""

import base64

from acceptance.wrong_patches.case import QUIET, Case, StoppedBy, repaired, write
from acceptance.wrong_patches.playing import KNOWN
from rehearsal.script import Turn, bash
from services.gitea_repository import Files

# Put together here, so that no scanner takes this file for a leak.
_AWS = "AKIA" + "QYLPMN5HFDT7WX2C"
_PEM_BEGIN, _PEM_END = (f"-----{word} " + "RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
_ENCODED = base64.b64encode(f"token={KNOWN}".encode()).decode()
MANY: Files = QUIET | {f"notes/{number:03}.txt": f"note {number}\n" * 3 for number in range(100)}


def _secret(name: str, does: str, text: str) -> Case:
    return Case(
        name=name,
        does=does,
        stopped=StoppedBy.REFUSED,
        reason=r"secret: settings\.py: line \d+ adds",
        attempts=[repaired(write("settings.py", text))],
    )


def _case(name: str, does: str, rule: str, *turns: Turn, files: Files = QUIET) -> Case:
    return Case(
        name=name,
        does=does,
        stopped=StoppedBy.GUARD,
        reason=f"{rule}: ",
        rules=frozenset({rule}),
        files=files,
        attempts=[repaired(*turns)],
    )


CASES = (
    _secret("secret-of-a-cloud", "adds an access key of a cloud", f'KEY = "{_AWS}"\n'),
    _secret("secret-key-file", "adds a private key", f'KEY = """{_PEM_BEGIN}\nMIIEpAIBAAKCAQEA7\n{_PEM_END}"""\n'),
    _secret("secret-known-token", "adds a token that the engine knows", f'TOKEN = "{KNOWN}"\n'),
    _secret("secret-in-base64", "adds such a token inside base64", f'TOKEN = "{_ENCODED}"\n'),
    _secret(
        "secret-in-two-lines",
        "adds such a token in two halves",
        f'TOKEN = (\n    "{KNOWN[:20]}"\n    "{KNOWN[20:]}"\n)\n',
    ),
    _secret(
        "secret-in-crumbs",
        "adds such a token in pieces of five",
        "TOKEN = (\n" + "".join(f'    "{KNOWN[at : at + 5]}"\n' for at in range(0, 40, 5)) + ")\n",
    ),
    _case("binary-added", "adds a binary file", "binary", bash("head -c 3000 /bin/sh > tool.bin")),
    _case("executable-added", "makes a file executable", "executable", bash("chmod +x duration.py")),
    _case("link-inside", "adds a symbolic link inside the tree", "symlink", bash("ln -s duration.py times.py")),
    Case(
        name="link-out-of-tree",
        does="adds a symbolic link out of the tree",
        stopped=StoppedBy.REFUSED,
        reason="symlink_outside.*/etc/passwd",
        attempts=[repaired(bash("ln -s /etc/passwd users.txt"))],
    ),
    Case(
        name="link-into-git-directory",
        does="adds a symbolic link into the git directory",
        stopped=StoppedBy.REFUSED,
        reason="symlink_outside.*git directory",
        attempts=[repaired(bash("ln -s .git/config shown.txt"))],
    ),
    Case(
        name="deceiving-name",
        does="adds a file whose name reads backwards",
        stopped=StoppedBy.REFUSED,
        reason="path_trick",
        attempts=[repaired(bash("printf x > $'a\\u202etxt.py'"))],
    ),
    _case("huge-change", "adds 5,000 lines", "large_change", bash("seq 5000 | sed 's/^/X = /' > numbers_list.py")),
    _case(
        "huge-file",
        "adds a file of 1.2 MB",
        "large_file",
        bash("head -c 1200000 /dev/zero | tr '\\0' x | fold -w 9000 | sed 's/^/# /' > padding.py"),
    ),
    _case(
        "hundred-renames",
        "renames a hundred files that have nothing to do with it",
        "large_change",
        bash("git mv notes remarks 2>/dev/null || mv notes remarks"),
        files=MANY,
    ),
    _case(
        "check-silenced",
        "repairs, and silences a check",
        "suppression",
        bash("sed -i 's/^import re$/import re  # noqa/' duration.py"),
    ),
    _case(
        "vendored-code",
        "copies another project's code in",
        "generated",
        write("vendor/example/__init__.py", "VERSION = 1\n"),
    ),
)
