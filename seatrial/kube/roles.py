"""Rights as the roles that grant them and nothing more, ready for `kubectl apply`."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from seatrial.kube.marks import object_name
from seatrial.kube.rights import Right

_GROUP: Final = "rbac.authorization.k8s.io"
_VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete")

Manifest = dict[str, Any]


def manifests(rights: Iterable[Right], name: str, account: Mapping[str, str]) -> list[Manifest]:
    """A role with its binding for each namespace, and one for what is in none.

    `account`: `name` and `namespace` of the ServiceAccount that gets them.
    """
    found: list[Manifest] = []
    by_namespace = groupby(sorted(set(rights), key=_order), key=lambda right: right.namespace)
    for namespace, wanted in by_namespace:
        found += _granted(list(wanted), object_name(name), namespace, account)
    return found


def _order(right: Right) -> tuple[str, ...]:
    return (right.namespace or "", right.group, right.resource, right.name or "", right.verb)


def _granted(
    wanted: list[Right], name: str, namespace: str | None, account: Mapping[str, str]
) -> Iterable[Manifest]:
    prefix = "Cluster" if namespace is None else ""
    # Roles of no namespace are seen by all: their name says whose they are.
    whole = f"{name}-{account['namespace']}" if namespace is None else name
    place = {} if namespace is None else {"namespace": namespace}
    data = {"name": object_name(whole), **place}
    version = f"{_GROUP}/v1"
    yield {"apiVersion": version, "kind": f"{prefix}Role", "metadata": data, "rules": rules(wanted)}
    yield {
        "apiVersion": version,
        "kind": f"{prefix}RoleBinding",
        "metadata": data,
        "roleRef": {"apiGroup": _GROUP, "kind": f"{prefix}Role", "name": data["name"]},
        "subjects": [{"kind": "ServiceAccount", **account}],
    }


def rules(wanted: Iterable[Right]) -> list[Manifest]:
    """As few as grant exactly these: names of one kind with the same verbs are one rule."""
    verbs: dict[tuple[str, str, str | None], set[str]] = {}
    for right in wanted:
        verbs.setdefault((right.group, right.resource, right.name), set()).add(right.verb)
    names: dict[tuple[str, str, tuple[str, ...], bool], list[str]] = {}
    for (group, resource, name), granted in verbs.items():
        ordered = tuple(sorted(granted, key=_VERBS.index))
        names.setdefault((group, resource, ordered, name is None), []).extend([name] if name else [])
    return [
        {
            "apiGroups": [group],
            "resources": [resource],
            **({"resourceNames": sorted(named)} if named else {}),
            "verbs": list(granted),
        }
        for (group, resource, granted, _), named in names.items()
    ]
