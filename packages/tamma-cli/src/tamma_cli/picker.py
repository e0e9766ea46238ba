"""Choose an issue from a list with fuzzy search and a preview."""

from collections.abc import Iterable, Sequence

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.repository import Issue

from tamma_cli.asking import prompt_session
from tamma_cli.terminal_text import one_line, safe

PREVIEW_LINES = 6


async def pick_issue(issues: Sequence[Issue]) -> Issue:
    """Ask which issue to work on; raise `InvalidInput` when the person leaves without one."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion, FuzzyCompleter
    from prompt_toolkit.document import Document
    from prompt_toolkit.validation import Validator

    by_label = {label(issue): issue for issue in issues}

    class Labels(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002 - the library's shape
            for text, issue in by_label.items():
                meta = one_line(", ".join(issue.labels), 40)
                yield Completion(text, start_position=-len(document.text_before_cursor), display_meta=meta)

    def preview() -> str:
        buffer = get_app().current_buffer
        chosen = buffer.complete_state.current_completion if buffer.complete_state else None
        issue = by_label.get(chosen.text if chosen else buffer.text)
        return preview_of(issue) if issue else "Type to search, arrows to choose, Enter to work on it."

    def open_menu() -> None:
        get_app().current_buffer.start_completion()

    session = prompt_session()
    try:
        answer = await session.prompt_async(
            "Issue: ",
            completer=FuzzyCompleter(Labels(), pattern=r"^(.*)$"),
            complete_while_typing=True,
            bottom_toolbar=preview,
            reserve_space_for_menu=10,
            validator=Validator.from_callable(by_label.__contains__, error_message="choose one of the list"),
            validate_while_typing=False,
            pre_run=open_menu,
            handle_sigint=False,
        )
    except (KeyboardInterrupt, EOFError) as error:
        raise InvalidInput("no issue was chosen", hint="name one with `--issue`") from error
    return by_label[answer]


def label(issue: Issue) -> str:
    """Write an issue on one line."""
    return f"#{issue.ref.key} {one_line(issue.title, 100)}"


def preview_of(issue: Issue) -> str:
    """Write the beginning of an issue."""
    lines = [one_line(line, 110) for line in safe(issue.body).splitlines() if line.strip()]
    more = [f"… {len(lines) - PREVIEW_LINES} more lines"] if len(lines) > PREVIEW_LINES else []
    return "\n".join([f"by {one_line(issue.author, 40)}", *lines[:PREVIEW_LINES], *more])
