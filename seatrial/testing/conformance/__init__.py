"""The conformance kit: what every action has to keep, as one test class to derive from.

    class TestPause(ActionConformance):
        @pytest.fixture
        def action(self) -> Action: return self.make("process.pause")
        @pytest.fixture
        def target(self) -> Iterator[ProcessTarget]: ...      # a real one, that the test owns
        def snapshot(self, target) -> object: ...             # a picture of all that the action may change

`seatrial.testing.conformance.kubernetes` has it for objects of a cluster.

Each part is a class of its own: what the verbs promise, what holds when processes die, and what holds in
real runs that are killed.
"""

from seatrial.testing.conformance.deaths import Deaths
from seatrial.testing.conformance.runs import Runs
from seatrial.testing.conformance.stage import Stage
from seatrial.testing.conformance.verbs import Verbs

__all__ = ["ActionConformance", "Stage"]


class ActionConformance(Verbs, Deaths, Runs):
    """Derive from it, give the fixtures `action` and `target`, and every test of the kit runs."""
