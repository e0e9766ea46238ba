"""What every git process of ours gets to know: nothing of the machine's, the user's or a repository's settings."""

from collections.abc import Mapping

ATTRIBUTES = (
    "* -filter -ident -text !eol !crlf !working-tree-encoding !diff !merge !conflict-marker-size"
    " !whitespace !export-ignore !export-subst\n"
)
"""Outranks each `.gitattributes`: bytes go in and out as they are, and whether a file is text is seen from its content."""

_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.symlinks": "true",
    "core.fileMode": "true",
    "core.ignoreCase": "false",
    "core.precomposeUnicode": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.fsync": "committed",
    "core.fsyncMethod": "batch",
    "core.logAllRefUpdates": "false",
    "core.sshCommand": "false",
    "core.pager": "cat",
    "safe.bareRepository": "explicit",
    "credential.helper": "",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "push.recurseSubmodules": "no",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.writeCommitGraph": "false",
    "diff.renameLimit": "1000",
    "merge.renameLimit": "1000",
    "merge.renames": "true",
    "i18n.commitEncoding": "UTF-8",
    "advice.detachedHead": "false",
}

_OBJECT_CHECKS = {
    # With these a fetch also keeps a small pack as it is: as single objects its deltas would take the space that they unfold to.
    "transfer.fsckObjects": "true",
    "fetch.fsckObjects": "true",
    # Harmless defects of old tools, found in the history of many honest repositories.
    **{
        f"fetch.fsck.{defect}": "ignore"
        for defect in (
            "badDateOverflow",
            "badEmail",
            "badName",
            "badTimezone",
            "missingEmail",
            "missingNameBeforeEmail",
            "missingSpaceBeforeDate",
            "missingSpaceBeforeEmail",
            "multipleAuthors",
            "zeroPaddedFilemode",
        )
    },
}

MEMORY = {
    "core.bigFileThreshold": "16m",
    "core.deltaBaseCacheLimit": "64m",
    "core.packedGitLimit": "256m",
    "core.packedGitWindowSize": "16m",
    "pack.deltaCacheSize": "64m",
    "pack.threads": "2",
    "pack.windowMemory": "64m",
}
"""Bound what one git process holds, whatever the size of the repository."""


def git_environment(*, path: str, home: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Build the whole environment of a git process; `extra` is the operator's, such as a proxy's address."""
    config = {**_CONFIG, **_OBJECT_CHECKS, **MEMORY}
    return {
        **{name: value for name, value in extra.items() if not name.startswith("GIT_") or name in _FROM_OPERATOR},
        "PATH": path,
        "HOME": home,
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "false",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_FLUSH": "1",
        **config_environment(config),
    }


def config_environment(config: Mapping[str, str]) -> dict[str, str]:
    """Spell settings as the variables by which git takes them with the rank of a command line."""
    numbered = {"GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        numbered[f"GIT_CONFIG_KEY_{number}"] = key
        numbered[f"GIT_CONFIG_VALUE_{number}"] = value
    return numbered


_FROM_OPERATOR = frozenset({"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"})
