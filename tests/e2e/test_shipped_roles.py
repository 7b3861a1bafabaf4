"""Every experiment for a cluster that is shipped runs under the very role that is printed for it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from seatrial.cli.demo_kubernetes import needs_kubernetes, shop_on_kubernetes
from seatrial.errors import SeatrialError
from seatrial.kube.access import Access
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace
from tests.command_line import invoke
from tests.kube.test_roles import granted

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(900)]
SHIPPED = sorted(path for path in Path("experiments").glob("*.yaml") if needs_kubernetes(path))
TRIES = 2
"""Where even the baseline was not to be had, nothing was tried yet."""
Shop = tuple[KubeNamespace, Sequence[str]]


@pytest.fixture
def shop(kube_access: Access) -> Iterator[Shop]:
    """Where it is, and what the experiments have to be told of it; a new one, for a drain moves its pods."""
    image = os.environ.get("SEATRIAL_IMAGE")
    if image is None:
        pytest.skip("SEATRIAL_IMAGE names no image of this version that the cluster's nodes have")
    with shop_on_kubernetes(None, image, fragile=False) as variables:
        named = [part for key, value in variables.items() for part in ("--set", f"{key}={value}")]
        yield KubeNamespace(kube_access, variables["namespace"]), named


def planned(file: Path, access: Access, *arguments: str) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(access.kubeconfig))
        try:
            done = invoke(["plan", str(file), *arguments])
        except SeatrialError as error:
            return error.exit_code, error.message
    return done.exit_code, done.output


def roles(file: Path, shop: Shop) -> list[Any]:
    code, printed = planned(file, shop[0].access, *shop[1], "--rbac", "--account", "x/y")
    assert code == 0, printed
    return granted(printed)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_it_runs_under_the_role_that_is_printed(file: Path, shop: Shop, tmp_path: Path) -> None:
    namespace, named = shop
    with kube_account(namespace, roles(file, shop), tmp_path) as access:
        argv = [sys.executable, "-m", "seatrial", "run", str(file), "--runs", str(tmp_path / "runs"), *named]
        environment = {**os.environ, "KUBECONFIG": str(access.kubeconfig)}
        for _ in range(TRIES):
            done = subprocess.run(
                argv, env=environment, check=False, capture_output=True, text=True, timeout=400
            )
            # On a machine that is busy with other tests the load generator was late, and knows it.
            assert done.returncode in (0, 4), done.stdout + done.stderr
            report = max((tmp_path / "runs").glob("2*/report.json")).read_text()
            assert done.returncode == 0 or "generator-limited" in report
            hit = [target for fault in json.loads(report)["faults"] for target in fault["targets"]]
            if any(target["applied_s"] is not None for target in hit):
                break
    assert not any(target["open"] or target["undone_s"] is None for target in hit), report


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_without_any_one_right_it_is_refused_before_it_begins(file: Path, shop: Shop, tmp_path: Path) -> None:
    namespace, named = shop
    rights = roles(file, shop)
    assert len(rights) > 4
    for number, left_out in enumerate(rights):
        rest = [right for right in rights if right != left_out]
        with kube_account(namespace, rest, tmp_path, f"less-{number}") as access:
            code, told = planned(file, access, *named, "--seed", "1")
        assert code == 3, f"without the right to {left_out}: {told}"
        assert left_out.resource in told, told
