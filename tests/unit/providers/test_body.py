"""Bodies are the bytes that were sent before, and more; what an operator adds does not replace the history."""

import json
from collections.abc import Iterator

import pytest
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.messages import JsonObject, Message, user
from tamma_providers.body import WrittenMessages, with_messages


class Counted:
    """Write messages, and tell which ones were written."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, message: Message) -> Iterator[JsonObject]:
        self.texts.append(message.text)
        yield {"role": message.role, "content": message.text}


def test_a_message_is_written_once() -> None:
    """A turn costs what is new in it, not the whole history again."""
    counted = Counted()
    written = WrittenMessages(counted)
    first, second = user("one"), user("two")
    written.pieces([first])
    pieces = written.pieces([first, second])
    assert counted.texts == ["one", "two"]
    assert [json.loads(piece)["content"] for piece in pieces] == ["one", "two"]


def test_an_equal_message_of_another_history_is_its_own() -> None:
    """Who a message is does not depend on where another one lay in memory before."""
    written = WrittenMessages(Counted())
    for number in range(200):
        (piece,) = written.pieces([user(str(number))])
        assert json.loads(piece)["content"] == str(number)


def test_a_longer_history_extends_the_body() -> None:
    """But for its last two brackets, a body is the beginning of the next one."""
    written = WrittenMessages(Counted())
    history = [user("one"), user("two\n\N{SNOWMAN}")]
    bodies = [with_messages({"model": "m"}, written.pieces(history[:count])) for count in (1, 2)]
    assert bodies[1].startswith(bodies[0].removesuffix(b"]}"))
    assert json.loads(bodies[1])["messages"][1]["content"] == "two\n\N{SNOWMAN}"


def test_half_a_surrogate_pair_can_be_sent() -> None:
    """A file name that is no text must not end a task."""
    assert json.loads(with_messages({"a": "x\udcff"}, []))["a"] == "x?"


def test_an_operator_s_fields_cannot_replace_the_history() -> None:
    """Two members of one name would be read as either of them."""
    with pytest.raises(ConfigError, match="messages"):
        with_messages({"messages": []}, [])
