"""What was sent to somebody who is sent nearly the same again and again, as a model is."""

from tamma_core.domain.record import Record


class Sent(Record, frozen=True, kw_only=True):
    """All that was sent, as text: what is new in it, after so many characters of the last question of this kind, and before so many."""

    new: str
    same_before: int = 0
    same_after: int = 0
