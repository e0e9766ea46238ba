"""Tell a host that is broken from one that says something by a server error."""

import httpx2

from tamma_platforms.http.call import Call

_SERVER_ERROR = 500
_KEY = "tamma.means"


def expect(request: httpx2.Request, call: Call) -> None:
    """Let a request carry what a server error would mean to its call."""
    request.extensions[_KEY] = call.means


def is_broken(request: httpx2.Request, response: httpx2.Response) -> bool:
    """Tell whether the host failed: any server error but one that the call understands."""
    return response.status_code >= _SERVER_ERROR and not is_understood(request, response)


def is_understood(request: httpx2.Request, response: httpx2.Response) -> bool:
    """Tell whether this is a server error that the call understands."""
    means = request.extensions.get(_KEY)
    return response.status_code >= _SERVER_ERROR and means is not None and means(response.status_code, response.content)
