"""Say which system calls a command may not make, and what they answer instead; data only."""

import errno

from tamma_core.domain.record import Record

NEWEST = 450
"""The last system call of these lists (Linux 5.17, alike on every machine): later ones, not known to every libseccomp, do not exist inside."""

KERNEL = (
    *("acct", "add_key", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module", "fanotify_init"),
    *("finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "ioperm", "iopl", "kcmp"),
    *("kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount", "mount_setattr", "move_mount"),
    *("move_pages", "migrate_pages", "name_to_handle_at", "nfsservctl", "open_by_handle_at", "open_tree"),
    *("perf_event_open", "pidfd_getfd", "pivot_root", "process_madvise", "process_mrelease", "process_vm_writev"),
    *("quotactl", "quotactl_fd", "reboot", "request_key", "setdomainname", "sethostname", "setns", "settimeofday"),
    *("stime", "swapoff", "swapon", "syslog", "umount", "umount2", "unshare", "userfaultfd", "uselib", "vhangup"),
)
"""What builds and tests do not need, and holes in kernels have been made of."""
ABSENT = ("io_uring_setup", "io_uring_enter", "io_uring_register", "clone3", "openat2")
"""Programs know kernels without these, and do without; what they would do is not seen by a filter."""
SHARED = (
    *("mq_open", "mq_unlink", "msgget", "process_vm_readv", "ptrace", "semget", "shmget"),
    *("utime", "utimes", "futimesat"),
)
"""Without namespaces of its own, these would reach other processes of the same user, or files outside."""
ATTRIBUTES = ("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr")
OWNERS = ("chown", "fchown", "lchown", "fchownat")
"""They answer that it was done: only one owner can be had, and archives ask for it."""
ASKED = ("chmod", "fchmod", "fchmodat", "utimensat")
"""Landlock does not see these; the supervisor does them, where the command may write."""
IDENTITIES = (0o4000, 0o2000)
"""Set-user-id and set-group-id: on the host the file would belong to whoever runs the harness."""
CREATE = (0o100, 0o20000000)
"""The flags of `open` that look at the mode: O_CREAT, and the own part of O_TMPFILE."""
OF_OTHERS = ("sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler")
"""Their first argument names a process; 0 is the caller."""
NAMESPACES = (0x00000080, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""The flags of `clone` that make a namespace: time, mount, cgroup, uts, ipc, user, pid, net."""
TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: they type into the terminal of whoever started the harness."""
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16
FAMILIES = range(64)
STREAM, SEQUENCED = 1, 5
TYPES = (1, 2, 3, 4, 5, 6, 10)
TYPE_MASK = 0xF
TCP = 6
FAST_OPEN = 0x20000000
SENDING = (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3))
"""With the position of their flags."""


class When(Record, frozen=True):
    """Compare one argument: equal under a mask, or not equal."""

    argument: int
    value: int
    mask: int | None = None
    differs: bool = False


class Rule(Record, frozen=True):
    """Refuse a call with an error; with the error `None`, ask the supervisor."""

    call: str
    error: int | None
    when: tuple[When, ...] = ()


def kernel_rules() -> tuple[Rule, ...]:
    """Refuse what reaches deep into the kernel; fit for every wall."""
    return (
        *(Rule(call, errno.EPERM) for call in KERNEL),
        *(Rule(call, errno.ENOSYS) for call in ABSENT),
        *(Rule("clone", errno.EPERM, (When(0, flag, mask=flag),)) for flag in NAMESPACES),
        *(Rule("ioctl", errno.EPERM, (When(1, request, mask=0xFFFFFFFF),)) for request in TERMINAL_INPUT),
    )


def identity_rules() -> tuple[Rule, ...]:
    """Refuse to make programs that lend their owner's identity, under every name that making has."""
    made = (("creat", 1), ("mknod", 1), ("mknodat", 2))
    opened = (("open", 1, 2), ("openat", 2, 3))
    return (
        *(Rule(call, errno.EPERM, (_has(mode, bit),)) for call, mode in made for bit in IDENTITIES),
        *(
            Rule(call, errno.EPERM, (_has(flags, flag), _has(mode, bit)))
            for call, flags, mode in opened
            for flag in CREATE
            for bit in IDENTITIES
        ),
    )


def mode_rules() -> tuple[Rule, ...]:
    """Refuse modes that lend an identity, where the supervisor is not asked."""
    changed = (("chmod", 1), ("fchmod", 1), ("fchmodat", 2))
    return tuple(Rule(call, errno.EPERM, (_has(mode, bit),)) for call, mode in changed for bit in IDENTITIES)


def neighbour_rules() -> tuple[Rule, ...]:
    """Refuse what reaches other processes and their files, where no namespace keeps them apart."""
    return (
        *(Rule(call, errno.EPERM) for call in SHARED),
        *(Rule(call, errno.EOPNOTSUPP) for call in ATTRIBUTES),
        *(Rule(call, 0) for call in OWNERS),
        *(Rule(call, None) for call in ASKED),
        *(Rule(call, errno.EPERM, (When(0, 0, differs=True),)) for call in OF_OTHERS),
        Rule("prlimit64", errno.EPERM, (When(0, 0, differs=True), When(2, 0, differs=True))),
        Rule("setpriority", errno.EPERM, (When(0, 0, differs=True),)),
        Rule("setpriority", errno.EPERM, (When(1, 0, differs=True),)),
        Rule("ioprio_set", errno.EPERM, (When(0, 1, differs=True),)),
        Rule("ioprio_set", errno.EPERM, (When(1, 0, differs=True),)),
    )


def socket_rules(families: frozenset[int], *, proxied: bool) -> tuple[Rule, ...]:
    """Refuse sockets of other families; with a proxy, all but streams whose every connection is asked for."""
    refused = [family for family in FAMILIES if family not in families]
    return (
        *(Rule("socket", errno.EAFNOSUPPORT, (When(0, family, mask=0xFFFFFFFF),)) for family in refused),
        # A pair of datagram sockets can send to any other by name.
        *(_of_type("socketpair", kind) for kind in TYPES if kind not in {STREAM, SEQUENCED}),
        *((_of_type("socket", kind) for kind in TYPES if kind != STREAM) if proxied else ()),
        *(_led_rules() if proxied else ()),
    )


def _led_rules() -> tuple[Rule, ...]:
    """Leave one way to a connection, asking; Landlock sees neither other protocols, nor greetings with data, nor who listens without a name."""
    protocols = [1 << bit for bit in range(32) if not TCP & 1 << bit]
    return (
        Rule("connect", None),
        Rule("listen", errno.EACCES),
        # Clients insist on options of TCP, which the connection that they are given has not.
        Rule("setsockopt", 0, (When(1, TCP, mask=0xFFFFFFFF),)),
        *(Rule("socket", errno.EPROTONOSUPPORT, (When(0, INET, mask=0xFFFFFFFF), _has(2, bit))) for bit in protocols),
        *(Rule(call, errno.EPERM, (_has(flags, FAST_OPEN),)) for call, flags in SENDING),
    )


def _has(argument: int, bit: int) -> When:
    return When(argument, bit, mask=bit)


def _of_type(call: str, kind: int) -> Rule:
    return Rule(call, errno.EPROTONOSUPPORT, (When(1, kind, mask=TYPE_MASK),))
