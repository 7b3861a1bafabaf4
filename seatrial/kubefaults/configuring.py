"""Faults in configuration: values of ConfigMaps and Secrets."""

from base64 import b64encode
from typing import ClassVar, Final

from seatrial.action import Fate
from seatrial.errors import Fatal
from seatrial.kube.client import Json
from seatrial.kube.edits import Edit, Missing
from seatrial.kubefaults.patching import Patching
from seatrial.targets.target import KubernetesTarget

_KEPT: Final = "seatrial.prior."
"""Before the key under which a Secret keeps its own value during a fault."""


class Configuring(Patching):
    """Put it before `Action`, and make the edits by `edit`."""

    hits: ClassVar[tuple[str, ...]] = ("ConfigMap", "Secret")
    pods_are: ClassVar[Fate] = "spared"

    def edit(self, found: Json, target: KubernetesTarget, key: str, value: str | Missing) -> Edit:
        """One key of it; raises Fatal where it is not there, or nothing can be changed."""
        if found.get("immutable"):
            raise Fatal("it is immutable: nobody can change it, and its pods would not notice")
        if key not in (there := found.get("data") or {}):
            raise Fatal(f"it has no key {key!r}: there is {', '.join(sorted(there)) or 'none'}")
        if target.object.kind != "Secret":
            return Edit(("data", key), value)
        encoded = value if isinstance(value, Missing) else b64encode(value.encode()).decode()
        return Edit(("data", key), encoded, keep_as=_KEPT + key)
