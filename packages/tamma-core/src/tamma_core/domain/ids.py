"""Identifiers, each a type of its own so that they cannot be mixed up."""

from typing import NewType

TaskId = NewType("TaskId", str)
DeliveryId = NewType("DeliveryId", str)
"""Names one webhook delivery or one submission; the same id always gives the same task."""
EffectKey = NewType("EffectKey", str)
"""Names one external effect within a task, the same on every attempt."""
CallId = NewType("CallId", str)
Sha = NewType("Sha", str)
"""A full hexadecimal git object name."""
Position = NewType("Position", str)
"""Opaque: where a journal stood. Only the journal that gave it can read it."""
BlobRef = NewType("BlobRef", str)
