"""When a hypothesis is checked, and whether rollbacks run: the words of the Chaos Toolkit."""

from typing import Literal

HypothesisStrategy = Literal[
    "default", "before-method-only", "after-method-only", "during-method-only", "continuously", "skip"
]
RollbackStrategy = Literal["default", "always", "never", "deviated"]
