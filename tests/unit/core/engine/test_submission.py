"""What a task remembers of what it was asked for."""

from pathlib import Path

from rehearsal.world import FORGE, SETTINGS, Place, world
from tamma_core.domain.repository import RepositoryRef
from tamma_core.domain.state import fold
from tamma_core.engine.tamma_engine import LaunchContext, create_engine
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.policy import GuardPolicy
from tamma_platforms.testing.gitea_fake import GiteaFake
from tamma_platforms.testing.gitea_state import FakeRepository
from tamma_platforms.testing.serving import serving

KNOWN = "correct-horse-battery"
TOKEN = "ghp_" + "Zq7Rm2Xw9Lk4Tv8Bn3Hd"


async def test_a_secret_in_the_text_of_a_task_is_not_journaled(tmp_path: Path) -> None:
    """Whoever submits through the library gets known values and tokens masked, and the rest kept as it is."""
    shop = FakeRepository(owner="team", name="shop", writers={"bot"})
    fake = GiteaFake(tokens={"t0ken": "bot"}, repositories={"team/shop": shop})
    guard = GuardPolicy(known_secrets=KnownValues([KNOWN]))
    async with serving(fake.application()) as url:
        place = Place(data=tmp_path, forge_url=url, forge_token="t0ken", model_url=url)
        async with world(place, guard=guard) as made:
            engine = create_engine(
                LaunchContext(
                    mode="standalone",
                    repository=RepositoryRef(FORGE, "team/shop"),
                    issue_source=FORGE,
                    settings=SETTINGS,
                    ports=made.ports,
                    owner="test",
                )
            )
            task = await engine.submit(text=f"Log in with {KNOWN} and {TOKEN}")
            state = fold(await made.store.journal.read(task))
    assert state.task.text == "Log in with [redacted] and [redacted]"
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert KNOWN.encode() not in written
    assert TOKEN.encode() not in written
