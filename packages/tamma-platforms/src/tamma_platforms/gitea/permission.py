"""Ask what a user may do, through an account that does not administer the repository.

Measured on 1.26: the permission call answers 403 for anybody but ourselves; the list of assignees is open to
every reader. On a person's repository it holds exactly those with write access. On an organisation's it also
holds members of teams that only read pull requests, so it counts only if every team may write code.
"""

from tamma_core.domain.errors import InvalidInput, NotFound, PermissionDenied, Unsupported
from tamma_core.domain.repository import Permission, RepositoryRef

from tamma_platforms.gitea import reading, wire
from tamma_platforms.gitea.api import GiteaApi


async def ask_permission(api: GiteaApi, repository: RepositoryRef, user: str) -> Permission:
    """Answer what is certain about a user; whatever is not is `NONE`."""
    if not user.isascii() or not user:  # no name has other letters, and some become Latin ones in small letters
        return Permission.NONE
    try:
        return reading.read_permission(await api.call(wire.get_permission(repository, user)))
    except PermissionDenied:
        return await _from_assignees(api, repository, user)
    except (NotFound, InvalidInput):
        return Permission.NONE


async def _from_assignees(api: GiteaApi, repository: RepositoryRef, user: str) -> Permission:
    try:
        owner = reading.owner_of(await api.call(wire.get_repository(repository)))
        assignees = reading.read_logins(await api.call(wire.get_assignees(repository)))
        if user.lower() not in {name.lower() for name in assignees}:
            return Permission.NONE
        if owner.lower() == user.lower():
            return Permission.ADMIN
        return Permission.WRITE if await _assignees_write(api, repository) else Permission.NONE
    except (NotFound, InvalidInput, PermissionDenied):
        return Permission.NONE


async def _assignees_write(api: GiteaApi, repository: RepositoryRef) -> bool:
    teams = wire.get_teams(repository)
    try:
        return all([reading.team_writes_code(team) async for team in api.each(teams)])
    except Unsupported:  # 405: the owner is a person, and there are no teams
        return True
