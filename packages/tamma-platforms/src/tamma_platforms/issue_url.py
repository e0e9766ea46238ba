"""Read the address of an issue as a person copies it from a browser."""

from urllib.parse import unquote, urlsplit

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.repository import IssueRef, RepositoryRef

from tamma_platforms.http.address import same_place

_MOST_DIGITS = 18


def parse_issue_url(url: str, *, forge: str, base_url: str) -> IssueRef:
    """Read `BASE/OWNER/NAME/issues/NUMBER`; raise `InvalidInput` for anything else.

    The address must lie at the base's own origin: a host that only begins or ends alike is another one.
    """
    wanted = f"write it as `{base_url.rstrip('/')}/owner/name/issues/1`"
    if not same_place(url, base_url):
        raise InvalidInput(f"the issue's address is not one of the forge {forge}", hint=wanted)
    below = urlsplit(url).path.removeprefix(urlsplit(base_url).path.rstrip("/"))
    match [unquote(step) for step in below.strip("/").split("/")]:
        case [owner, name, "issues", number] if _is_number(number) and "/" not in owner + name:
            repository = RepositoryRef(forge, f"{owner}/{name}")
            return IssueRef(source=forge, repository=repository, key=str(int(number)))
        case [_, _, "pulls", _]:
            raise InvalidInput("this is the address of a pull request, not of an issue", hint=wanted)
        case _:
            raise InvalidInput("this is not the address of an issue", hint=wanted)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
