"""Know what credentials look like that nobody told us of: issuers' prefixes, keys, headers, addresses.

The texts are hostile: each pattern does a bounded amount of work for each character of them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

TOKEN_KINDS: tuple[tuple[str, str], ...] = (
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})"),
    ("GitLab token", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_.\-]{16,300}"),
    ("Anthropic key", r"\bsk-ant-[A-Za-z0-9_\-]{16,300}"),
    (
        "OpenAI or OpenRouter key",
        r"\bsk-(?:proj-|svcacct-|admin-|or-v1-)[A-Za-z0-9_\-]{16,300}|\bsk-[A-Za-z0-9]{32,100}\b",
    ),
    ("AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    ("Google key", r"\bAIza[A-Za-z0-9_\-]{35}|\bya29\.[A-Za-z0-9_\-.]{20,500}|\bGOCSPX-[A-Za-z0-9_\-]{20,60}"),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,300}|\bxapp-[0-9]-[A-Za-z0-9\-]{10,300}"),
    ("Stripe key", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}|\bwhsec_[A-Za-z0-9+/=]{24,100}"),
    ("package registry token", r"\bnpm_[A-Za-z0-9]{30,60}|\bpypi-AgE[A-Za-z0-9_\-]{40,400}"),
    ("Hugging Face token", r"\bhf_[A-Za-z0-9]{30,60}"),
    ("Atlassian token", r"\bAT(?:ATT3|CTT3|BB)[A-Za-z0-9_\-=.]{20,400}"),
    ("SendGrid key", r"\bSG\.[A-Za-z0-9_\-]{16,64}\.[A-Za-z0-9_\-]{16,64}"),
    ("cloud token", r"\bdo[por]_v1_[a-f0-9]{64}|\bdapi[a-f0-9]{32}\b|\bhvs\.[A-Za-z0-9_\-]{20,300}"),
    ("age key", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}"),
    # It begins where such a word begins and no later: else each `eyJ` in a long word would be tried to its end.
    (
        "JSON web token",
        r"(?<![A-Za-z0-9_\-])eyJ[A-Za-z0-9_\-]{10,4000}\.eyJ[A-Za-z0-9_\-]{10,8000}\.[A-Za-z0-9_\-]{10,2000}",
    ),
)

_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=\s\\,:\-]{0,20000}")
_LONGEST_KEY = 20_000

TOKEN = re.compile("|".join(pattern for _, pattern in TOKEN_KINDS))

HEADER = re.compile(
    r"(?i)\b(?:proxy-)?authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?:bearer|basic|token|digest|negotiate|apikey)\s{1,3})?"
    r"(?P<value>[^\s\"',;]{6,8000})"
    r"|\b(?:x-api-key|api-key|private-token|job-token|x-goog-api-key|x-gitea-token|x-auth-token|set-cookie|cookie)"
    r"[\"']?\s{0,3}:\s{0,3}[\"']?(?P<other>[^\s\"',]{6,8000})"
    r"|\b(?:bearer|basic)\s{1,3}(?P<scheme>[A-Za-z0-9_\-.=+/~]{16,8000})"
)

USER_INFO = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]{1,20}://(?P<value>[^\s/@:\"'<>]{0,256}:[^\s/@\"'<>]{1,1024})@")

QUERY = re.compile(
    r"(?i)[?&](?:access_token|refresh_token|id_token|auth_token|private_token|token|api_?key|key|client_secret|secret|password|"
    r"sig|signature)=(?P<value>[^\s&#\"'<>]{6,4096})"
)


def private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Yield where private keys stand, also when their end is missing."""
    ends = [match.end() for match in _KEY_END.finditer(text)]
    done = 0
    for begin in _KEY_BEGIN.finditer(text):
        if begin.start() < done:
            continue
        following = bisect_right(ends, begin.end())
        if following < len(ends) and ends[following] - begin.end() <= _LONGEST_KEY:
            done = ends[following]
        else:
            done = begin.end() + len(_key_body(text, begin.end()))
        yield begin.start(), done


def _key_body(text: str, at: int) -> str:
    match = _KEY_BODY.match(text, at)
    return "" if match is None else match[0]


def kind_of_token(text: str) -> str | None:
    """Name the kind of the first credential in a text, or none."""
    if _KEY_BEGIN.search(text):
        return "private key"
    return next((kind for kind, pattern in TOKEN_KINDS if re.search(pattern, text)), None)
