"""Every reason against a run, and the policy that may except it."""

import datetime
from pathlib import Path

import pytest

from seatrial.budget.burn import Burn
from seatrial.budget.gate import why_blocked
from seatrial.budget.policy import read_policy
from seatrial.budget.standing import Standing
from seatrial.files.problem import InvalidFile

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
DIGEST = "3c5456559974" + "0" * 52
POLICY = """
keep_budget: 25%
cap: 2%
may_except: [alice]
freezes:
  - {reason: Black Friday, from: "2026-11-27", until: "2026-11-30T08:00:00+01:00", services: [checkout]}
exceptions:
  - {plan: 3c5456559974, by: alice, reason: the fix is in, until: "2026-11-29"}
"""


def left(remaining: float, best: float | None = None, covered: float = 1.0) -> Standing:
    return Standing(remaining=remaining, remaining_at_best=best or remaining, allowed=100, covered=covered)


def blocked(now: Standing, planned: float | None = 0.01, cap: float | None = 0.02, *burns: Burn) -> list[str]:
    return list(why_blocked(now, burns, planned, 0.1, cap))


def test_a_healthy_budget_lets_a_small_run_pass() -> None:
    assert blocked(left(0.8)) == []


@pytest.mark.parametrize(
    ("now", "planned", "reason"),
    [
        (Standing(remaining=None, unknown="no traffic"), 0.0, "the budget is unknown: no traffic"),
        (left(0.9, covered=0.4), 0.0, "history covers only 40% of the window so far, and 50% is needed"),
        (left(0.05), 0.0, "5 % of the error budget is left, and 10 % has to be kept"),
        (left(0.11), 0.015, "the worst of this run would leave 9.5 % of the budget, and 10 % has to be kept"),
        (left(0.9), 0.03, "this run may cost 3 % of the budget, and its cap is 2 %"),
    ],
)
def test_each_reason_alone(now: Standing, planned: float, reason: str) -> None:
    assert blocked(now, planned) == [reason]


def test_what_is_left_is_taken_at_its_best() -> None:
    assert blocked(left(0.05, best=0.3)) == []


def test_a_burning_budget() -> None:
    burn = Burn(pair="14.4x over 1 h and 5 min", factor=14.4, long=30, short=40, at_least=25, long_s=3600)
    assert blocked(left(0.9), 0.01, None, burn) == [
        "the budget burns already: 14.4x over 1 h and 5 min at 30x"
    ]
    assert blocked(left(0.9), 0.01, None, burn.model_copy(update={"at_least": 10})) == []


def policy_of(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


def test_a_policy(tmp_path: Path) -> None:
    policy = read_policy(policy_of(tmp_path, POLICY))
    assert (policy.keep_budget, policy.cap) == (0.25, 0.02)
    assert list(policy.frozen("checkout", NOW)) == ["freeze until 2026-11-30T08:00+01:00: Black Friday"]
    assert list(policy.frozen("search", NOW)) == []
    assert list(policy.frozen("checkout", NOW + datetime.timedelta(days=2))) == []
    approval = policy.approval_of(DIGEST, NOW)
    assert approval is not None
    assert (approval.by, approval.reason) == ("alice", "the fix is in")
    assert policy.approval_of("f" * 64, NOW) is None
    assert policy.approval_of(DIGEST, NOW + datetime.timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("by: alice", "by: mallory"), 8, "mallory may not except"),
        (("3c5456559974", "3c5"), 8, "no hash of a plan"),
        (("2026-11-30T08:00:00+01:00", "2026-11-20"), 6, "`until` is not after `from`"),
        (("2026-11-29", "soon"), 8, "no moment: 'soon'"),
        (("keep_budget: 25%", "keep_budget: 25"), 2, "has no unit"),
        (("keep_budget: 25%", "keep_budget: 250%"), 2, "no share of a budget"),
        (("freezes:", "freeze:"), 5, "unknown key `freeze`"),
        (("reason: Black Friday, ", ""), 6, "has no `reason`"),
    ],
)
def test_a_wrong_policy_says_where(tmp_path: Path, change: tuple[str, str], line: int, message: str) -> None:
    with pytest.raises(InvalidFile) as error:
        read_policy(policy_of(tmp_path, POLICY.replace(*change)))
    problem = error.value.problems[0]
    assert problem.line == line
    assert message in problem.message
    assert problem.hint
