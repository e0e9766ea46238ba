"""Labels by name, on a forge that knows them by id and drops unknown names in silence."""

from collections.abc import Sequence

from tamma_core.domain.repository import RepositoryRef

from tamma_platforms.gitea import reading, wire
from tamma_platforms.gitea.api import GiteaApi


async def add_labels(api: GiteaApi, repository: RepositoryRef, number: int, names: Sequence[str]) -> None:
    """Add labels; what neither the repository nor its organisation has is made in the repository."""
    wanted = list(dict.fromkeys(names))
    after = reading.read_labels(await api.call(wire.add_labels(repository, number, wanted)))
    missing = [name for name in wanted if name not in {label for _, label in after}]
    if not missing:
        return
    ids = [_id_of(await api.call(wire.create_label(repository, name))) for name in missing]
    await api.call(wire.add_labels(repository, number, ids))


async def remove_labels(api: GiteaApi, repository: RepositoryRef, number: int, names: Sequence[str]) -> None:
    """Take labels off; those that are not there are no error."""
    present = reading.read_labels(await api.call(wire.list_issue_labels(repository, number)))
    for label_id, name in present:
        if name in names:
            await api.find(wire.remove_label(repository, number, label_id))


def _id_of(value: object) -> int:
    ((label_id, _),) = reading.read_labels([value])
    return label_id
