"""What a guard may speak about, how grave each matter is, and why: the one table."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import field
from msgspec.structs import replace

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.guard import Finding, Verdict
from tamma_core.domain.record import Record
from tamma_core.domain.rules import Rules
from tamma_core.guards.known_values import KnownValues


class Rule(Record, frozen=True):
    """Say how grave a matter is, and why it is a matter at all."""

    verdict: Verdict
    why: str


_HUMAN, _REFUSE = Verdict.HUMAN, Verdict.REFUSE

# Refused is what no approval makes right: a secret in history, or a tree that means something else on another machine.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "secret": Rule(_REFUSE, "what is pushed once is known for ever"),
        "possible_secret": Rule(_HUMAN, "it looks like a password, and only a person knows whether it opens anything"),
        "symlink_outside": Rule(_REFUSE, "it reads or writes another place on every machine"),
        "gitlink": Rule(_REFUSE, "a nested repository brings code and filters that nobody reviewed"),
        "path_trick": Rule(_REFUSE, "the name means another file to a person, to git or to another system"),
        "unknown_mode": Rule(_REFUSE, "git has no such kind of file"),
        "symlink": Rule(_HUMAN, "what a link points to is not in the difference"),
        "gitlink_removed": Rule(_HUMAN, "a submodule's content goes with it"),
        "case_collision": Rule(_HUMAN, "two names become one file on macOS and Windows"),
        "executable": Rule(_HUMAN, "a program may run where a text would be read"),
        "binary": Rule(_HUMAN, "nobody can review it as text"),
        "large_file": Rule(_HUMAN, "nobody reviews a file of this size, and only its beginning was inspected"),
        "unread_change": Rule(_REFUSE, "what cannot be read whole can hide anything, a secret as well"),
        "large_change": Rule(_HUMAN, "a change of this size hides things"),
        "test_file_deleted": Rule(_HUMAN, "a deleted test cannot fail"),
        "test_hidden": Rule(_HUMAN, "a test that the runner does not collect cannot fail"),
        "test_removed": Rule(_HUMAN, "a removed test cannot fail"),
        "test_skipped": Rule(_HUMAN, "a skipped test cannot fail"),
        "assertion_removed": Rule(_HUMAN, "the test demands less than before"),
        "assertion_loosened": Rule(_HUMAN, "the test accepts more than before"),
        "assertion_changed": Rule(_HUMAN, "the test demands something else than before"),
        "test_changed": Rule(_HUMAN, "an existing test does something else than before"),
        "test_support_changed": Rule(_HUMAN, "what existing tests rely on does something else than before"),
        "test_data_changed": Rule(_HUMAN, "what existing tests compare with is something else than before"),
        "test_unreadable": Rule(_HUMAN, "a test file that cannot be parsed cannot be compared"),
        "test_settings": Rule(_HUMAN, "they decide which tests run"),
        "test_detection": Rule(_HUMAN, "code that behaves differently under test makes tests meaningless"),
        "test_reach": Rule(
            _HUMAN, "a program that reaches for what runs or judges its tests can make them accept anything"
        ),
        "assertion_redefined": Rule(_HUMAN, "a macro of that name decides what tests of other files demand"),
        "suppression": Rule(_HUMAN, "it silences a check instead of satisfying it"),
        "quality_gate": Rule(_HUMAN, "it decides what the repository's checks demand"),
        "ci": Rule(_HUMAN, "it runs with the secrets of continuous integration as soon as it is pushed"),
        "lock_file": Rule(_HUMAN, "it decides whose code is installed"),
        "lock_source": Rule(
            _HUMAN, "the same version from another place, or with other contents, is how a package is replaced unseen"
        ),
        "dependency": Rule(_HUMAN, "it decides whose code is installed"),
        "build_hook": Rule(_HUMAN, "it runs on the machine of everybody who installs"),
        "start_hook": Rule(_HUMAN, "the interpreter runs it unasked"),
        "instructions": Rule(_HUMAN, "it instructs the agents that come later"),
        "editor": Rule(_HUMAN, "editors and development containers run it when the folder is opened"),
        "git_settings": Rule(_HUMAN, "it changes what git shows, checks out or runs"),
        "ignore_rule": Rule(_HUMAN, "it hides files from review"),
        "hook": Rule(_HUMAN, "it runs on the machine of everybody who commits"),
        "owners": Rule(_HUMAN, "it decides who has to review"),
        "licence": Rule(_HUMAN, "it changes the terms that everybody else relies on"),
        "container": Rule(_HUMAN, "it decides what is built and run, often with secrets"),
        "policy": Rule(_HUMAN, "it decides what Tamma may do in this repository"),
        "protected_path": Rule(_HUMAN, "its owners want to see every change of it"),
        "outside_paths": Rule(_REFUSE, "what may be touched is decided by the rules, not by a change"),
        "generated": Rule(_HUMAN, "it belongs to a generator or to another project"),
    }
)


class GuardPolicy(Record, frozen=True, kw_only=True):
    """Hold the bounds of a change, and the values that must not be in it."""

    max_files: int = 50
    max_lines: int = 2000
    max_file_bytes: int = 1 << 20
    inspect_bytes: int = 8 << 20
    """How much of each blob is read; the rest of a larger one is for a person to look at."""
    inspect_files: int = 2000
    inspect_total_bytes: int = 32 << 20
    """A change of more files, or of more to read, is refused unread."""
    known_secrets: KnownValues = field(default_factory=KnownValues)
    refused: frozenset[str] = frozenset()
    """Rules whose findings no person may wave through here."""
    rules: Rules = field(default_factory=Rules)
    """What holds in the repository of the change."""

    def under(self, rules: Rules) -> "GuardPolicy":
        """Answer this policy for a repository with rules of its own."""
        return replace(self, rules=rules)

    def stricter(
        self, *, refused: Iterable[str] = (), max_files: int | None = None, max_lines: int | None = None
    ) -> "GuardPolicy":
        """Answer this policy with more refused and smaller bounds; raise `InvalidInput` for a rule that there is not."""
        unknown = sorted(set(refused) - RULES.keys())
        if unknown:
            raise InvalidInput(f"the guard has no rule `{unknown[0]}`", hint=f"it has: {', '.join(sorted(RULES))}")
        return replace(
            self,
            refused=self.refused | set(refused),
            max_files=min(self.max_files, max_files or self.max_files),
            max_lines=min(self.max_lines, max_lines or self.max_lines),
        )

    def judged(self, finding: Finding) -> Finding:
        """Make a finding as grave as this policy says, never less grave than the table."""
        return replace(finding, verdict=_REFUSE) if finding.rule in self.refused else finding


def found(rule: str, path: str, reason: str) -> Finding:
    """Make a finding as grave as the table says; the path is made printable."""
    return Finding(rule=rule, path=printable(path), reason=f"{reason}: {RULES[rule].why}", verdict=RULES[rule].verdict)


def printable(text: str) -> str:
    """Show what a terminal, a browser or JSON would hide, reorder or refuse, as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)
