"""The four recipes that every provider offers: a system prompt over `send_message`, collected to its end."""

from collections.abc import AsyncIterator

from msgspec.structs import replace
from tamma_core.domain.chunks import Chunk, End
from tamma_core.domain.messages import MessageRequest

from tamma_providers.collecting import collect

_GENERATE = """\
Write the code that the user describes.
Follow the style and the names of the code that you are shown. Change nothing that was not asked for.
Answer with complete files or functions in fenced blocks, each preceded by the path it belongs to, and with nothing that is only a sketch."""
_ANALYZE = """\
Answer the user's question from the material given, and only from it.
Name the files and lines that your answer rests on. Say plainly what the material does not tell."""
_FIX = """\
The user shows you a failure. Find its cause before you change anything.
Answer with one paragraph on the cause, then the smallest change that removes it, as complete functions in fenced blocks preceded by their path.
Never make a test weaker so that it passes."""
_REVIEW = """\
Review the difference that the user shows you as a careful maintainer would.
Report only what is wrong or risky: defects, lost cases, weakened tests, secrets, changes that were not asked for.
One line each: path:line, severity (blocker, major, minor), what is wrong, what to do. Answer `no findings` if there are none."""


class Recipes:
    """Give a provider its four recipes; text in the code or difference is material, never an order."""

    def send_message(self, request: MessageRequest) -> AsyncIterator[Chunk]:
        """Stream the answer; the provider says how."""
        raise NotImplementedError

    async def generate_code(self, request: MessageRequest) -> End:
        """Answer with code for the described change."""
        return await self._follow(_GENERATE, request)

    async def analyze_context(self, request: MessageRequest) -> End:
        """Answer what the given material says about the question."""
        return await self._follow(_ANALYZE, request)

    async def suggest_fix(self, request: MessageRequest) -> End:
        """Answer with a fix for the given failure."""
        return await self._follow(_FIX, request)

    async def review_changes(self, request: MessageRequest) -> End:
        """Answer what is wrong with the given difference."""
        return await self._follow(_REVIEW, request)

    async def _follow(self, recipe: str, request: MessageRequest) -> End:
        # The recipe comes first, so that its tokens are the cached prefix of every call.
        prompt = f"{recipe}\n\n{request.system_prompt}" if request.system_prompt else recipe
        return await collect(self.send_message(replace(request, system_prompt=prompt)))
