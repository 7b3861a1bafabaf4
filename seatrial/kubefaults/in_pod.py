"""Any action on a host or a process, done inside a pod by an agent.

prepare  dry run: admission says beforehand whether such a container may be added
apply    add an ephemeral container ─▶ it runs ─▶ hold the line to it: the first heartbeat begins the fault
undo     end what holds the line; the agent undoes, and its container's end says how
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from pydantic import AwareDatetime, SkipValidation

from seatrial.action import Action, HasDoubts, Lease, TakesEffect
from seatrial.agent.aim import Aim, HostAim, ProcessAim
from seatrial.agent.order import Order, needs_of
from seatrial.errors import Fatal, Retryable
from seatrial.held.hold import end_held
from seatrial.held.holding import Held
from seatrial.kernel.lapse import LIVES_S
from seatrial.kube import marks, rights
from seatrial.kube.client import Json
from seatrial.kube.failures import KubeError
from seatrial.kube.objects import is_ready
from seatrial.kube.rights import Right
from seatrial.kubefaults import agent_pod, victim
from seatrial.kubefaults import agent_sending as sending
from seatrial.kubefaults.acting import Acting, asking, on, present
from seatrial.kubefaults.agent_container import ephemeral, target_container
from seatrial.kubefaults.agent_seen import Seen, said, why
from seatrial.model.base import Model
from seatrial.targets.target import HostTarget, KubernetesTarget, ProcessTarget

_ENDS_WITHIN_S: Final = 20.0
_HANGS_UP_WITHIN_S: Final = 3.0
"""The end of its line is heard within milliseconds, and the kubelet tells within a second or two."""
_REMAINS: Final = 5
"""The exit code of an agent that could not undo."""
_KILLED: Final = 137
"""Of one that was killed: the kernel takes its fault away."""


class Sent(Model):
    """An agent that is sent into a pod."""

    lease: str
    """What it makes in the pod is named after this."""
    held: Held
    """What holds the line to it, on this machine."""
    agent: str
    """The name of its container, from the lease."""
    container: str
    """The container that is meant."""
    not_after: AwareDatetime
    namespace: str | None = None
    """Of a pod of its own on the target's node; None: it is in the target's pod."""
    victim: str = ""
    """The id of that container before, where its main process is to end."""


class InPod(Acting, Action[KubernetesTarget, Sent]):
    """An action that an agent does inside a pod."""

    hits: ClassVar[tuple[str, ...]] = ("Pod",)

    inner: SkipValidation[Action[Any, Any]]

    @property
    def name(self) -> str:  # type: ignore[override]  # of an instance, for one class serves all actions
        """The action's own."""
        return self.inner.name

    @property
    def cannot_be_undone(self) -> bool:
        """As the action says."""
        return self.inner.cannot_be_undone

    @property
    def timeout_s(self) -> float:
        """A container has to be started, and its image perhaps to be pulled."""
        return sending.STARTS_WITHIN_S + sending.READY_WITHIN_S + self.inner.timeout_s

    def describe_undo(self) -> str:
        how = self.inner.describe_undo().rstrip(".")
        return f"{how}, by an agent in the pod, whose ended container stays in the pod's list"

    def doubts(self) -> list[tuple[str, str]]:
        """Those of the action."""
        return self.inner.doubts() if isinstance(self.inner, HasDoubts) else []

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To add a container, to talk to it, and to read what it has said."""
        yield from rights.on(target.object, "get")
        if (where := agent_pod.namespace()) is not None:
            yield from rights.on_kind("Pod", where, "get", "create", "delete")
            yield from rights.on_kind("Pod", where, "get", "create", subresource="attach")
            yield from rights.on_kind("Pod", where, "get", subresource="log")
        yield from rights.on(target.object, "patch", subresource="ephemeralcontainers")
        yield from rights.on(target.object, "get", "create", subresource="attach")
        yield from rights.on(target.object, "get", subresource="log")

    def changes(self, target: KubernetesTarget) -> list[str]:
        """Of two faults of one kind in a pod one would hide the other."""
        return [f"{self.name} in {target.label}"]

    def impossible(self) -> str | None:
        """What no agent can hold."""
        try:
            needs_of(self.inner)
        except Fatal as error:
            return str(error)
        return None

    def refusal(self, target: KubernetesTarget) -> str | None:
        """What no agent can hold, and what admission does not let in."""
        if (reason := super().refusal(target) or self.impossible()) is not None:
            return reason
        try:
            self.prepare(target, Lease(id="plan", max_hold_s=60))
        except Retryable:
            return None  # it is asked again before anything is done
        except Fatal as error:
            return str(error)
        return None

    def prepare(self, target: KubernetesTarget, lease: Lease) -> Sent:
        """Choose the names, and ask the cluster whether such a container may be added."""
        with asking():
            pod = sending.living(target)
            name = target_container(pod, target.container)["name"]
            ends_main = self.cannot_be_undone and target.process is None
            state = Sent(
                lease=lease.id,
                held=Held.of(lease.model_copy(update={"id": f"{lease.id}.line"})),
                agent=f"seatrial-{marks.object_name(lease.id)[-40:].strip('-')}",
                container=name,
                not_after=datetime.now(UTC) + timedelta(seconds=lease.max_hold_s),
                victim=victim.container_id(pod, name) if ends_main else "",
            )
            try:
                self._add(pod, target, state, dryRun="All")
            except KubeError as error:
                if (where := agent_pod.namespace()) is None or not agent_pod.is_about_pod_security(error):
                    raise
                state = state.model_copy(update={"namespace": where})
                self._add(pod, target, state, dryRun="All")
            return state

    def apply(self, target: KubernetesTarget, state: Sent) -> None:
        """Add the agent, wait until it runs, and let it begin."""
        with asking():
            self._add(sending.living(target), target, state)
            at = self._at(target, state)
            if at is None:
                raise Fatal(f"the agent's pod {state.namespace}/{state.agent} is gone")
            sending.until_it_runs(at, state.agent)
            try:
                sending.hold_the_line(at, state.agent, state.held)
            except Fatal as error:
                if state.victim and self._is_struck(target, state):
                    return  # the agent went with its container, as it had to
                told = why(said(on(target.access), at.object, state.agent)) or str(error)
                raise Fatal(f"the agent in {target.object.label} did not begin: {told}") from None

    def undo(self, target: KubernetesTarget, state: Sent) -> None:
        """End the line to the agent, and wait until it has undone."""
        if not end_held(state.held.lease):
            raise Retryable("what holds the line to the agent is still there, though it was killed")
        with asking():
            if (at := self._at(target, state)) is None:
                return
            self._end(at, state)
            if state.namespace is not None:
                on(target.access).delete(at.object.path, at.object.uid)

    def _end(self, at: KubernetesTarget, state: Sent) -> None:
        now = self._ended(at, state, _HANGS_UP_WITHIN_S)
        if now is not None and now.runs:  # nobody was on its line yet, or somebody on another machine is
            sending.tell_to_stop(at, state.agent)
            now = self._ended(at, state, _ENDS_WITHIN_S)
        if now is not None and now.runs:
            raise Retryable(f"the agent {state.agent} in {at.object.label} still runs")
        if now is not None and now.exit_code == _REMAINS:
            told = why(said(on(at.access), at.object, state.agent))
            raise Retryable(f"the agent in {at.object.label} could not undo: {told}")
        is_killed = now is not None and now.exit_code == _KILLED
        if is_killed and state.namespace is None and needs_of(self.inner).capabilities:
            self._clear_up(at, state)

    @staticmethod
    def _ended(target: KubernetesTarget, state: Sent, within_s: float) -> Seen | None:
        """The agent, once it has ended or the time is over; None where its pod is gone."""
        deadline = time.monotonic() + within_s
        while True:
            now = sending.seen_in(target, state.agent)
            if now is None or not now.runs or time.monotonic() > deadline:
                return now
            sending.pause()

    def _clear_up(self, target: KubernetesTarget, state: Sent) -> None:
        """What the kernel let go of is inert, and still listed: another agent removes it, where it can."""
        events = said(on(target.access), target.object, state.agent)
        left = next((one["state"] for one in events if one["event"] == "prepared"), None)
        if left is None:
            return
        name = f"{state.agent}-undo"
        sending.add(target, name, lambda pod: self._container(pod, target, state, name, left))
        deadline = time.monotonic() + _ENDS_WITHIN_S
        while time.monotonic() < deadline:
            now = sending.seen_in(target, name)
            if now is None or now.exit_code is not None or now.cannot_start:
                return
            sending.pause()

    def is_undone(self, target: KubernetesTarget, state: Sent) -> bool:
        """Its container has ended well; or does not run, and then does nothing: nobody is on the line."""
        with asking():
            pod = present(target.access, target.object)
            if pod is None:
                return True
            if self.cannot_be_undone:
                return is_ready(pod)
            now = sending.seen_in(at, state.agent) if (at := self._at(target, state)) else None
            if now is None:
                return True
            if now.exit_code == _KILLED:
                return now.ended_s_ago > LIVES_S + 1.0
            return not now.runs and now.exit_code != _REMAINS

    def has_effect(self, target: KubernetesTarget, state: Sent) -> bool | None:
        """It runs, and has seen the fault take effect; a container that was to end has ended."""
        with asking():
            if state.victim:
                return self._is_struck(target, state)
            now = sending.seen_in(at, state.agent) if (at := self._at(target, state)) else None
            if at is None or now is None or not now.runs:
                return False
            if not isinstance(self.inner, TakesEffect):
                return None
            events = said(on(target.access), at.object, state.agent)
            return any(one["event"] == "ready" and one["effect"] is not False for one in events)

    def _is_struck(self, target: KubernetesTarget, state: Sent) -> bool:
        deadline = time.monotonic() + _ENDS_WITHIN_S
        while time.monotonic() < deadline:
            pod = present(target.access, target.object)
            if pod is None or victim.has_ended(pod, state.container, state.victim):
                return True
            sending.pause()
        return False

    def _add(self, pod: Json, target: KubernetesTarget, state: Sent, **query: str) -> None:
        if state.namespace is None:
            sending.add(
                target, state.agent, lambda now: self._container(now, target, state, state.agent), **query
            )
        else:
            inside = agent_pod.container_id(pod, state.container)
            order = self._order(target, state).model_copy(update={"container": inside})
            agent_pod.create(target, pod, state.agent, state.namespace, order, **query)

    @staticmethod
    def _at(target: KubernetesTarget, state: Sent) -> KubernetesTarget | None:
        """The pod that the agent is in."""
        if state.namespace is None:
            return target
        return agent_pod.find(target, state.agent, state.namespace)

    def _container(
        self, pod: Json, target: KubernetesTarget, state: Sent, name: str, undo: Json = None
    ) -> Json:
        order = self._order(target, state).model_copy(update={"undo": undo})
        meant = target_container(pod, state.container)
        return ephemeral(pod, meant, name, order, needs_of(self.inner))

    def _order(self, target: KubernetesTarget, state: Sent) -> Order:
        arguments = self.inner.model_dump(mode="json", by_alias=True, exclude_none=True)
        return Order.model_validate(
            {
                "action": self.name,
                "with": arguments,
                "target": self._aim(target),
                "lease": state.lease,
                "not_after": state.not_after,
            }
        )

    def _aim(self, target: KubernetesTarget) -> Aim:
        wanted = self.inner.target_model()
        return ProcessAim(cmdline=target.process) if issubclass(wanted, ProcessTarget) else HostAim()


def placed(action: Action[Any, Any], target_kind: str) -> Action[Any, Any]:
    """The action as it is done to targets of this kind: on a host or a process in a cluster by an agent."""
    if target_kind == "kubernetes" and issubclass(action.target_model(), HostTarget | ProcessTarget):
        return InPod(inner=action)
    return action
