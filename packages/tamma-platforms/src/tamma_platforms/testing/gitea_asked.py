"""A request to the fake Gitea, and its refusals."""

from starlette.requests import Request
from tamma_core.domain.record import Record


class Refusal(Exception):
    """Answer a request with a status and the words of Gitea."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Asked(Record, frozen=True):
    """Hold a request, its JSON and who sent it."""

    request: Request
    body: dict[str, object]
    viewer: str

    @property
    def query(self) -> dict[str, str]:
        """Answer what stands behind the question mark."""
        return dict(self.request.query_params)

    def part(self, name: str) -> str:
        """Answer a part of the path."""
        return str(self.request.path_params.get(name, ""))

    def text(self, key: str) -> str:
        """Answer a text of the body, empty where there is none."""
        value = self.body.get(key)
        return value if isinstance(value, str) else ""
