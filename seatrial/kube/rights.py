"""Rights in a cluster, as roles are made of them: what an action, its undo or a probe needs."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seatrial.kube.client import Client, Json
from seatrial.kube.kinds import KINDS
from seatrial.kube.ref import Ref

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Right(NamedTuple):
    """One verb on one kind of object; narrower with a namespace and a name."""

    verb: str
    group: str
    """Empty for the core group."""
    resource: str
    """In the plural, with its subresource: `pods/eviction`."""
    namespace: str | None = None
    """None for what is in no namespace."""
    name: str | None = None
    """None: any; what makes or lists objects cannot be narrower."""

    def __str__(self) -> str:
        whole = f"{self.resource}.{self.group}" if self.group else self.resource
        one = f" {self.name}" if self.name else ""
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f"{self.verb} {whole}{one}{where}"


def on(found: Ref, *verbs: str, subresource: str = "") -> list[Right]:
    """Verbs on one object."""
    kind = found.of_kind
    resource = f"{kind.plural}/{subresource}" if subresource else kind.plural
    return [Right(verb, kind.group, resource, found.namespace, found.name) for verb in verbs]


def on_kind(name: str, namespace: str | None, *verbs: str, subresource: str = "") -> list[Right]:
    """Verbs on all objects of a kind: `list`, `watch`, `create`."""
    kind = KINDS[name]
    resource = f"{kind.plural}/{subresource}" if subresource else kind.plural
    return [Right(verb, kind.group, resource, namespace) for verb in verbs]


def narrowest(rights: Iterable[Right]) -> list[Right]:
    """Each once, without those that another gives on all of its kind, or in all namespaces."""
    found = dict.fromkeys(rights)
    return [right for right in found if not any(wider in found for wider in _wider(right))]


def _wider(right: Right) -> Iterator[Right]:
    for namespace, name in ((right.namespace, None), (None, right.name), (None, None)):
        if (wider := right._replace(namespace=namespace, name=name)) != right:
            yield wider


async def missing(client: Client, wanted: Iterable[Right]) -> list[Right]:
    """Those that whoever asks does not have. Raises KubeError."""
    rights = list(dict.fromkeys(wanted))
    # Who may do it to any object may do it to each: one question then answers for a thousand targets.
    on_any = dict.fromkeys(right._replace(name=None) for right in rights)
    had = await _had(client, on_any)
    had |= await _had(
        client, [right for right in rights if right.name and right._replace(name=None) not in had]
    )
    return [right for right in rights if not {right, right._replace(name=None)} & had]


async def _had(client: Client, asked: Iterable[Right]) -> set[Right]:
    rights = list(asked)
    answers = await asyncio.gather(*(_has(client, right) for right in rights))
    return {right for right, has in zip(rights, answers, strict=True) if has}


async def _has(client: Client, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    asked = {
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": right.namespace or "",
        "name": right.name or "",
    }
    body: Json = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in asked.items() if value}},
    }
    return bool((await client.request("POST", _REVIEWS, body=body))["status"]["allowed"])
