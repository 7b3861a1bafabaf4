"""`seatrial plan --rbac`: the roles of a plan, ready for `kubectl apply`."""

from typing import TYPE_CHECKING

from seatrial.cli.console import say

if TYPE_CHECKING:
    from seatrial.model.experiment import Experiment
    from seatrial.plan.plan import Plan


def print_roles(experiment: "Experiment", plan: "Plan", account: str) -> None:
    """YAML on stdout, a comment for each cluster; raises InvalidInput where the account is none."""
    import io

    from ruamel.yaml import YAML

    from seatrial.errors import InvalidInput
    from seatrial.kube.roles import manifests
    from seatrial.plan.rights import rights_of

    namespace, slash, name = account.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise InvalidInput(f"{account!r} is no ServiceAccount", "write it as `--account NAMESPACE/NAME`")
    needed = rights_of(experiment, plan)
    if not needed:
        raise InvalidInput(f"{plan.file} asks no Kubernetes cluster", "it needs no roles")
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    for access, rights in needed.items():
        say(f"# for {access.label}: what {plan.file} needs with seed {plan.seed}, undo included")
        for manifest in manifests(
            rights, f"seatrial-{plan.title}"[:50], {"name": name, "namespace": namespace}
        ):
            text = io.StringIO()
            yaml.dump(manifest, text)
            say(f"---\n{text.getvalue()}", end="")
