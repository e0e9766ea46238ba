"""Say what an administrator can do when no wall can be built."""

from pathlib import Path

SWITCHES = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        (
            "AppArmor keeps user namespaces from programs without a profile: add one for this `bwrap` that allows "
            "`userns`, or set `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
        ),
    ),
    ("kernel/unprivileged_userns_clone", "0", "allow user namespaces: `sysctl kernel.unprivileged_userns_clone=1`"),
    ("user/max_user_namespaces", "0", "allow user namespaces: `sysctl user.max_user_namespaces=15000`"),
)


def hint_for(reason: str, sysctl: Path = Path("/proc/sys")) -> str:
    """Choose the advice that fits bubblewrap's own words and the kernel's switches."""
    for name, closed, advice in SWITCHES:
        if _read(sysctl / name) == closed:
            return f"{advice}; or choose another sandbox level"
    if "mount proc" in reason:
        return (
            "this container masks /proc: start it with an unmasked one (`--security-opt systempaths=unconfined`), "
            "or choose another sandbox level"
        )
    if "namespace" in reason or "not permitted" in reason or "Permission denied" in reason:
        return (
            "this machine or container forbids user namespaces: allow `unshare`, `clone` and `mount` in its seccomp "
            "profile, or choose another sandbox level"
        )
    return "install bubblewrap 0.8 or newer (package `bubblewrap`), or choose another sandbox level"


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
