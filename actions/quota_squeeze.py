"""quota.squeeze: a namespace in which nothing more can be made."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints

from seatrial.api import Action, Created, Creating, Fate, Field, JsonValue, KubernetesTarget

_Quantity = Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")]


class QuotaSqueeze(Creating, Action[KubernetesTarget, Created]):
    """Makes a ResourceQuota of its own, by default one that allows no further pod: what runs goes on, but
    what ends is not replaced, and no rollout or autoscaler gets anywhere.

    A quota for `cpu` or `memory` also refuses every new pod that does not say what it needs. Give it together
    with a fault that ends pods, for alone it is hardly ever seen.
    """

    name: ClassVar[str] = "quota.squeeze"
    hits: ClassVar[tuple[str, ...]] = ("Namespace",)
    makes: ClassVar[str] = "ResourceQuota"
    pods_are: ClassVar[Fate] = "spared"
    needs: ClassVar[str] = "get, create, delete on resourcequotas and jobs"

    hard: dict[str, int | _Quantity] = Field(default={"pods": 0}, min_length=1, max_length=20)
    """What is allowed at the most, as in a ResourceQuota: `{pods: 3, requests.cpu: 500m}`."""

    def spec(self, target: KubernetesTarget, found: Any) -> dict[str, JsonValue]:
        """The quota."""
        return {"hard": {key: str(value) for key, value in self.hard.items()}}

    def changes(self, target: KubernetesTarget) -> Iterable[str]:
        """Of two quotas the stricter one counts, and one alone would not be seen to go."""
        return [f"the quota of {target.object.label}"]
