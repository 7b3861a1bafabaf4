"""The same real runs as in tests/run."""

from tests.run.conftest import folder, start

__all__ = ["folder", "start"]
