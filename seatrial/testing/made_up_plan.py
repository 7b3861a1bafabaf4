"""A plan that no file was resolved to: for journals of runs that never were."""

from typing import Final

from pydantic import JsonValue

from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.model.tolerance import Tolerance
from seatrial.plan.guard_spec import GuardSpec
from seatrial.plan.plan import Blast, Plan, PlannedFault, PlannedSli, PlannedTarget, SampleSize
from seatrial.targets.target import ProcessTarget

REPLICAS: Final = 4
BASELINE_SHARE, FAULT_SHARE = 0.3, 0.4
"""Of the whole run; the rest is recovery."""

_KINDS: Final = (
    # name, probe, measure, quantity, unit, counts bad, objective, under fault
    ("availability", "load", Measure.RATIO, None, "%", False, ">= 99.5%", ">= 99%"),
    ("latency_p95", "load", Measure.LATENCY, None, "ms", False, "< 300 ms", "<= 2x baseline"),
    ("healthy", "http", Measure.VALUE, "status", "", False, "status == 200", "status == 200"),
    ("throughput", "load", Measure.VALUE, "throughput", "/s", False, ">= 20 /s", ">= 15 /s"),
    ("errors", "load", Measure.RATIO, None, "%", True, "<= 0.5%", "<= 1%"),
    ("latency_p99", "load", Measure.LATENCY, None, "ms", False, "< 500 ms", "< 600 ms"),
    ("queue", "metrics", Measure.VALUE, "depth", "", False, "depth < 200", "depth < 200"),
    ("latency_p50", "load", Measure.LATENCY, None, "ms", False, "< 60 ms", "<= 2x baseline"),
    (
        "front_page",
        "http",
        Measure.VALUE,
        "latency_ms",
        "ms",
        False,
        "latency_ms < 250 ms",
        "latency_ms < 400 ms",
    ),
    ("leader", "command", Measure.VALUE, "elected", "", False, "elected == true", "elected == true"),
)


def made_up_plan(*, run_s: float, slis: int, seed: int, per_s: int, words: str) -> Plan:
    """Four replicas of a shop: one and then two are paused, then one is killed; `words` is in every text."""
    baseline_s = round(run_s * BASELINE_SHARE)
    fault_s = round(run_s * FAULT_SHARE)
    planned = tuple(_sli(number, words) for number in range(slis))
    faults = _faults(fault_s, words)
    return Plan(
        experiment=_experiment(faults, per_s, words),
        file="experiments/shop-replica-loss.yaml",
        file_sha256="5f1d7a" + "0" * 58,
        seed=seed,
        baseline_s=baseline_s,
        fault_s=fault_s,
        recovery_s=run_s - baseline_s - fault_s,
        faults=faults,
        blast=Blast(
            targets=3,
            share=0.5,
            duration_s=fault_s,
            max_targets=3,
            max_share=0.5,
            max_duration_s=max(600.0, fault_s),
        ),
        slis=planned,
        samples=tuple(_sample(sli, baseline_s, per_s) for sli in planned),
        guards=tuple(_guard(sli) for sli in planned if sli.measure is Measure.RATIO),
        load=f"{per_s}/s, constant arrivals, at most 1000 in flight (open model)",
        interval_s=1.0,
        settle_s=5.0,
        guard_false_stop=0.01,
        warnings=(f"the baseline is short for a relative objective {words}".strip(),),
    )


def _sli(number: int, words: str) -> PlannedSli:
    name, probe, measure, quantity, unit, counts_bad, objective, under = _KINDS[number % len(_KINDS)]
    again = f"_{number // len(_KINDS) + 1}" if number >= len(_KINDS) else ""
    return PlannedSli(
        name=f"{name}{again}{words}",
        probe=probe,
        measure=measure,
        quantity=quantity,
        quantile=_quantile(name) if measure is Measure.LATENCY else None,
        unit=unit,
        counts_bad=counts_bad,
        from_load=probe == "load",
        objective=Objective(objective),
        under_fault=Objective(under),
        deviates_at=Tolerance("3 of 5"),
    )


def _quantile(name: str) -> float:
    return int(name.rpartition("_p")[2]) / 100


def _faults(fault_s: float, words: str) -> tuple[PlannedFault, ...]:
    paused, killed = [_replica(n, words) for n in (2, 0)], [_replica(3, words)]
    return (
        PlannedFault(
            index=0,
            action="process.pause",
            arguments={},
            population=REPLICAS,
            targets=tuple(
                PlannedTarget(id=f"f0.t{n}", target=target, stage=n) for n, target in enumerate(paused)
            ),
            stages=(1, 2),
            starts_at_s=0.0,
            hold_s=fault_s * 0.6,
            irreversible=False,
            undo=f"SIGCONT {words}".strip(),
        ),
        PlannedFault(
            index=1,
            action="process.kill",
            arguments={"signal": "SIGKILL"},
            population=REPLICAS,
            targets=(PlannedTarget(id="f1.t0", target=killed[0], stage=0),),
            stages=(1,),
            starts_at_s=fault_s * 0.5,
            hold_s=fault_s * 0.5,
            irreversible=True,
            undo="cannot be taken back: its own supervisor has to start it again",
        ),
    )


def _replica(number: int, words: str) -> ProcessTarget:
    argv = ("python", "-m", "seatrial.shop.replica", f"--port={8081 + number}", *([words] if words else []))
    return ProcessTarget(
        pid=4100 + number, start_ticks=880_000 + number, boot_id="made-up-boot", argv=argv, user="shop"
    )


def _sample(sli: PlannedSli, baseline_s: float, per_s: int) -> SampleSize:
    is_value = sli.measure is Measure.VALUE
    expected = int(baseline_s * (1 if is_value else per_s))
    return SampleSize(
        sli=sli.name,
        phase="baseline",
        objective=sli.objective.text,
        expected=expected,
        needed=5 if is_value else 59,
    )


def _guard(sli: PlannedSli) -> GuardSpec:
    keep = Objective("<= 5%" if sli.counts_bad else ">= 95%")
    return GuardSpec(sli=sli.name, keep=keep, source="default" if sli.counts_bad else "stop_when", in_a_row=3)


def _experiment(faults: tuple[PlannedFault, ...], per_s: int, words: str) -> dict[str, JsonValue]:
    return {
        "title": f"The shop keeps its promises when replicas stall and die {words}".strip(),
        "hypothesis": "With two of four replicas stalled, and then one dead, users notice nothing: the front "
        f"times out early, tries another replica, and a supervisor restarts the dead one. {words}".strip(),
        "description": words,
        "owner": f"team-shop {words}".strip(),
        "tags": ["pre-release", *([words] if words else [])],
        "environment": "local",
        "load": {"locustfile": "shop_load.py", "rate": f"{per_s}/s", "host": "http://127.0.0.1:8080"},
        "faults": [{"action": fault.action} for fault in faults],
    }
