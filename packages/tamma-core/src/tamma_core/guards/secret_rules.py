"""Find secrets in what a change adds; reasons name kind and line, never the value."""

import importlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Protocol

from tamma_core.domain.guard import Finding
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.guards.file_versions import FileVersions, added_lines
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.policy import found
from tamma_core.guards.token_patterns import kind_of_token

# Others' patterns may take squares of what they are given: a longer line is read in pieces that overlap.
_PIECE, _OVERLAP = 20_000, 4_000
# Left out: entropy (hashes and test data), public addresses, and issuers whose patterns match any 40 hex digits.
_CERTAIN = (
    ("aws", "AWSKeyDetector"),
    ("azure_storage_key", "AzureStorageKeyDetector"),
    ("discord", "DiscordBotTokenDetector"),
    ("github_token", "GitHubTokenDetector"),
    ("gitlab_token", "GitLabTokenDetector"),
    ("jwt", "JwtTokenDetector"),
    ("mailchimp", "MailchimpDetector"),
    ("npm", "NpmDetector"),
    ("openai", "OpenAIDetector"),
    ("private_key", "PrivateKeyDetector"),
    ("pypi_token", "PypiTokenDetector"),
    ("sendgrid", "SendGridDetector"),
    ("slack", "SlackDetector"),
    ("square_oauth", "SquareOAuthDetector"),
    ("stripe", "StripeDetector"),
    ("telegram_token", "TelegramBotTokenDetector"),
    ("twilio", "TwilioKeyDetector"),
)
# Artifactory's pattern also matches ordinary words in capitals.
_DOUBTFUL = (
    ("artifactory", "ArtifactoryDetector"),
    ("basic_auth", "BasicAuthDetector"),
    ("keyword", "KeywordDetector"),
)


class Detector(Protocol):
    """Stand for a plug-in of detect-secrets."""

    secret_type: str

    def analyze_string(self, string: str) -> Iterator[str]:
        """Yield the secrets in a line."""
        ...


def secret_findings(file: FileVersions, known: KnownValues) -> Iterator[Finding]:
    """Speak up once for each kind of secret in a file's added lines, its name, or its bytes."""
    if known.spans(file.path):
        yield found("secret", "", "a path holds a value known to be secret")
    lines = list(added_lines(file))
    if file.after is not None and file.new_text is None and file.before != file.after:
        lines = [(1, file.after.decode("latin-1"))]
    yield from _once(file.path, _kinds(lines, known), "secret")
    yield from _once(file.path, _doubtful(file.path, lines), "possible_secret")


def _kinds(lines: Sequence[tuple[int, str]], known: KnownValues) -> Iterator[tuple[int, str]]:
    text = "\n".join(line for _, line in lines)
    for start, _ in known.spans(text):
        yield _number_at(lines, text, start), "a value known to be secret"
    joined = "".join(line.strip().strip("\"'+\\,() ") for _, line in lines)
    if known.spans(joined) and not known.spans(text):
        yield lines[0][0], "a value known to be secret, in pieces,"
    for number, line in lines:
        kind = kind_of_token(line) or _detected(line, _CERTAIN)
        if kind:
            yield number, f"a credential ({kind})"


def _doubtful(path: str, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for number, line in [] if is_test_path(path) else lines:
        kind = _detected(line, _DOUBTFUL)
        if kind:
            yield number, f"what may be a password ({kind})"


def _once(path: str, kinds: Iterator[tuple[int, str]], rule: str) -> Iterator[Finding]:
    told: set[str] = set()
    for number, kind in kinds:
        if kind not in told:
            told.add(kind)
            yield found(rule, path, f"line {number} adds {kind}")


def _detected(line: str, plugins: tuple[tuple[str, str], ...]) -> str | None:
    begins = range(0, max(len(line) - _OVERLAP, 1), _PIECE - _OVERLAP)
    for piece in (line[begin : begin + _PIECE] for begin in begins):
        for detector in _detectors(plugins):
            if any(True for _ in detector.analyze_string(piece)):
                return detector.secret_type
    return None


@cache
def _detectors(plugins: tuple[tuple[str, str], ...]) -> tuple[Detector, ...]:
    # Heavy: the package loads an HTTP client for verifications that are never made here.
    return tuple(
        getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)() for module, name in plugins
    )


def _number_at(lines: Sequence[tuple[int, str]], text: str, offset: int) -> int:
    return lines[min(text.count("\n", 0, offset), len(lines) - 1)][0]
