"""A reference to one object: where the API keeps it, and that it is the one that was meant."""

from seatrial.kube.kinds import KINDS, Kind
from seatrial.model.record import Record


class Ref(Record):
    """One object; a name alone is no identity, for a StatefulSet makes its pods anew under the same one."""

    kind: str
    """`Deployment`."""
    namespace: str | None = None
    """None for what is in no namespace: a node."""
    name: str
    uid: str

    @property
    def of_kind(self) -> Kind:
        return KINDS[self.kind]

    @property
    def path(self) -> str:
        """Where the API keeps it."""
        return self.of_kind.path(self.namespace, self.name)

    @property
    def label(self) -> str:
        """`deployment shop/web`."""
        where = f"{self.namespace}/" if self.namespace is not None else ""
        return f"{self.kind.lower()} {where}{self.name}"

    @property
    def for_kubectl(self) -> str:
        """What follows a verb of kubectl: `-n shop deployment/web`."""
        where = f"-n {self.namespace} " if self.namespace is not None else ""
        return f"{where}{self.kind.lower()}/{self.name}"
