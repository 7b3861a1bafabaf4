"""Secrets of a HashiCorp Vault, which chaoslib reads through hvac.

A vault is asked when a run begins, and again for an undo; never to check or plan.
"""

import contextlib
from collections.abc import Mapping
from typing import Any, Final

Document = dict[str, Any]
CREDENTIALS: Final = ("vault_token", "vault_role_secret")
"""What stands in the configuration, as chaoslib asks, and is a secret all the same."""
SECTION: Final = "configuration"
"""The group under which they are hidden."""


def credentials_of(configuration: Mapping[str, Any]) -> Document:
    """Those that a configuration has."""
    return {key: configuration[key] for key in CREDENTIALS if key in configuration}


def without_vault(secrets: Document) -> Document:
    """The secrets that can be read without asking a vault."""
    return {
        key: without_vault(value) if isinstance(value, dict) else value
        for key, value in secrets.items()
        if not (isinstance(value, dict) and value.get("type") == "vault")
    }


def prepare_client() -> None:
    """Give hvac back the login by AppRole that chaoslib calls, and that its version 1.0 took away."""
    with contextlib.suppress(ImportError):  # chaoslib says what is to be installed
        import hvac

        if not hasattr(hvac.Client, "auth_approle"):
            hvac.Client.auth_approle = _log_in


def _log_in(client: Any, role_id: str, secret_id: str) -> Any:
    return client.auth.approle.login(role_id, secret_id)
