"""Secrets of a vault: read when the run begins, handed to activities, written down nowhere."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.testing.fake_vault import FakeVault
from seatrial.testing.live_run import LiveRun
from tests.toolkit.experiments import Document, experiment, python, sh
from tests.toolkit.parity import DRIVERS

PASSWORD = "pass-of-the-shop"
OF_SHOP = {"type": "vault", "path": "shop/api"}
SECRETS = {"shop": {"password": {**OF_SHOP, "key": "password"}, "all": OF_SHOP}}
Live = Callable[..., LiveRun]


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with FakeVault({"shop/api": {"password": PASSWORD, "user": "sailor"}}) as one:
        yield one


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    runs: list[LiveRun] = []

    def run(*given: list[Document], **keys: Any) -> LiveRun:
        environment = {"PYTHONPATH": str(DRIVERS), "TRIAL_LOG": str(tmp_path / "log"), "HOME": str(tmp_path)}
        runs.append(LiveRun(tmp_path / "live", experiment(*given, **keys), environment=environment))
        return runs[-1]

    yield run
    for one in runs:
        one.__exit__(None, None, None)


def by_token(vault: FakeVault) -> Document:
    return {"vault_addr": vault.url, "vault_token": vault.token, "vault_kv_version": str(vault.kv_version)}


def by_role(vault: FakeVault) -> Document:
    role = {"vault_role_id": vault.role_id, "vault_role_secret": vault.role_secret}
    return {"vault_addr": vault.url, "vault_kv_version": str(vault.kv_version), **role}


def use(name: str = "use it") -> Document:
    """Gives back its configuration as it is, and how long each secret is."""
    return python(name, "trial:known", arguments={"name": name}, provider={"secrets": ["shop"]})


def leaked(vault: FakeVault, folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "experiment.json"]
    told = "".join(path.read_text(errors="replace") for path in files)
    return [word for word in (PASSWORD, vault.token, vault.role_secret) if word in told]


@pytest.mark.parametrize(("credentials", "kv_version"), [(by_token, 1), (by_role, 2)])
def test_a_secret_reaches_the_activity_and_nobody_else(
    vault: FakeVault, live: Live, credentials: Callable[[FakeVault], Document], kv_version: int
) -> None:
    vault.kv_version = kv_version
    run = live([use()], configuration=credentials(vault), secrets=SECRETS)
    assert run.exit_code() == 4, run.said  # there is no hypothesis
    (performed,) = run.entries("performed")
    whole = len(str({"password": PASSWORD, "user": "sailor"}))
    assert performed["run"]["output"]["secrets"] == {"password": len(PASSWORD), "all": whole}
    assert performed["run"]["output"]["configuration"]["vault_addr"] == vault.url
    assert leaked(vault, run.folder) == []


def test_to_check_or_plan_asks_no_vault(vault: FakeVault, live: Live) -> None:
    run = live([use()], configuration=by_token(vault), secrets=SECRETS)
    run.exit_code()
    vault.requests.clear()
    for command in ("check", "plan"):
        done = run.command(command, str(run.folder / "experiment.json"))
        assert vault.token not in done.stdout + done.stderr
    assert vault.requests == []


def _denied(vault: FakeVault) -> Document:
    return {**by_token(vault), "vault_token": "of-somebody-else"}


def _no_role(vault: FakeVault) -> Document:
    return {**by_role(vault), "vault_role_secret": "of-somebody-else"}


def _nobody(vault: FakeVault) -> Document:
    return {**by_token(vault), "vault_addr": "http://127.0.0.1:1"}


@pytest.mark.parametrize("credentials", [_denied, _no_role, _nobody])
def test_without_its_secrets_a_run_does_not_begin(
    vault: FakeVault, live: Live, tmp_path: Path, credentials: Callable[[FakeVault], Document]
) -> None:
    run = live([use()], configuration=credentials(vault), secrets=SECRETS)
    assert run.exit_code() == 3, run.said
    assert "error: configuration or secrets: " in run.said
    assert "Traceback" not in run.said
    assert "of-somebody-else" not in run.said
    assert not (tmp_path / "log").exists()


@pytest.mark.slow
def test_the_rollback_of_a_dead_run_asks_again(vault: FakeVault, live: Live, tmp_path: Path) -> None:
    run = live([sh("long", "sleep 60")], [use("put back")], configuration=by_role(vault), secrets=SECRETS)
    run.await_entry("performing")
    asked = len(vault.requests)
    run.kill("runner")
    run.await_over()
    assert (tmp_path / "log").read_text() == "known put back\n"
    assert len(vault.requests) > asked
    assert run.run.journal().is_over
    assert leaked(vault, run.folder) == []
