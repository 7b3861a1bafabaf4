"""`seatrial schedule`: manifests of an experiment that runs at fixed times inside the cluster."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from seatrial.cli.command import Option
from seatrial.cli.console import say
from seatrial.cli.in_cluster import Account, Image, Namespace
from seatrial.cli.options import ExperimentPath, Packs, Sets

if TYPE_CHECKING:
    from seatrial.files.experiment_file import ExperimentFile
    from seatrial.in_cluster.job import Place


def schedule(
    file: ExperimentPath,
    cron: Annotated[str, Option("--cron", help="When: `0 9 * * 1` is Mondays at nine, in UTC.")],
    output: Annotated[Path, Option("--output", "-o", help="A folder for the manifests.")],
    sets: Sets = None,
    packs: Packs = None,
    namespace: Namespace = "default",
    service_account: Account = "seatrial",
    image: Image = None,
) -> None:
    """Write a CronJob with its Secret, ServiceAccount and roles, ready for `kubectl apply -k DIR`.

    The roles are by kind, not by name, for other pods will be there by then. What the experiment names as
    `${env:NAME}` is taken from this environment into the Secret: keep that file to yourself.
    """
    from seatrial.cli.options import overrides, warn
    from seatrial.files.experiment_file import read_experiment
    from seatrial.in_cluster.job import Place
    from seatrial.kube.image import own_image
    from seatrial.kube.marks import object_name

    read = read_experiment(file, packs=packs or (), overrides=overrides(sets))
    warn(read.warnings)
    place = Place(
        namespace=namespace,
        name=object_name(f"seatrial-{file.stem}"[:52]),  # a CronJob's Jobs need eleven letters more
        image=own_image(image),
        account=service_account,
    )
    output.mkdir(parents=True, exist_ok=True)
    found = _manifests(read, place, cron, sets)
    for name, manifests in found.items():
        _write(output / name, manifests)
        say(output / name)
    _write(output / "kustomization.yaml", [{"resources": list(found)}])
    say(output / "kustomization.yaml")


def _manifests(
    read: "ExperimentFile", place: "Place", cron: str, sets: list[str] | None
) -> dict[str, list[dict[str, Any]]]:
    from seatrial.cli.in_cluster import order_of
    from seatrial.errors import InvalidInput
    from seatrial.in_cluster.bundle import packed
    from seatrial.in_cluster.job import cron_job, secret
    from seatrial.kube.roles import manifests
    from seatrial.plan.resolve import make_plan
    from seatrial.plan.rights import rights_of

    if len(cron.split()) != 5 and not cron.startswith("@"):
        raise InvalidInput(f"{cron!r} is no schedule", "write five fields, such as `0 9 * * 1`, or `@weekly`")
    root = read.roots[-1] if len(read.roots) > 1 else None
    again = tuple(part for one in sets or () for part in ("--set", one))
    rights = [
        right._replace(name=None) if right.resource != "namespaces" else right
        for found in rights_of(read.experiment, make_plan(read)).values()
        for right in found
    ]
    account = {"namespace": place.namespace, "name": place.account}
    return {
        "secret.yaml": [secret(place, order_of(read, root, again), packed(read.path, root))],
        "rbac.yaml": [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
            *manifests(rights, place.name, account),
        ],
        "cronjob.yaml": [cron_job(place, cron)],
    }


def _write(path: Path, manifests: list[dict[str, Any]]) -> None:
    from ruamel.yaml import YAML

    path.touch(mode=0o600)
    with path.open("w") as to:
        YAML().dump_all(manifests, to)
