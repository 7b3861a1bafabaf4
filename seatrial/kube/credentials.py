"""Credentials of a cluster, by the client library's readers: kubeconfigs, plugins, OIDC, ServiceAccounts."""

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from seatrial.errors import InvalidInput
from seatrial.kube.access import SERVICE_ACCOUNT, Access

if TYPE_CHECKING:
    from kubernetes.aio.config.kube_config import KubeConfigLoader


async def load(access: Access, configuration: Any) -> "KubeConfigLoader | None":
    """Into the configuration; what can be asked anew, None for a pod. Raises InvalidInput."""
    from kubernetes.aio.config import ConfigException, load_incluster_config

    logging.getLogger("kubernetes.aio.config.kube_config").setLevel(logging.CRITICAL)  # we tell it ourselves
    if access.kubeconfig is None:
        try:
            load_incluster_config(configuration)
        except ConfigException as error:
            raise InvalidInput(
                f"the ServiceAccount under {SERVICE_ACCOUNT} cannot be used: {error}"
            ) from None
        return None
    loader = _loader(access)
    await _authenticate(loader, configuration)
    return loader


def _loader(access: Access) -> "KubeConfigLoader":
    from kubernetes.aio.config.kube_config import KubeConfigLoader, KubeConfigMerger

    try:
        merged = KubeConfigMerger(access.kubeconfig).config
        if merged is not None:
            return KubeConfigLoader(merged, active_context=access.context, config_base_path=None)
    except Exception as error:  # noqa: BLE001  YAML's errors, the library's own, TypeErrors for odd documents
        what = f"the kubeconfig {access.kubeconfig} cannot be used: {_first_line(error)}"
        raise InvalidInput(what, _contexts_hint(access)) from None
    raise InvalidInput(f"there is no kubeconfig at {access.kubeconfig}", "mend KUBECONFIG, or `kubeconfig:`")


async def renew(loader: "KubeConfigLoader", configuration: Any) -> None:
    """Ask whoever gives the credentials once more; raises InvalidInput where nobody does."""
    loader.__dict__.pop("exec_plugin_expiry", None)  # or the library keeps what it has
    await _authenticate(loader, configuration)


async def _authenticate(loader: "KubeConfigLoader", configuration: Any) -> None:
    """Credentials into the configuration; raises InvalidInput where none can be had."""
    try:
        await loader.load_and_set(configuration)
        reason = await _why_none(loader)
    except Exception as error:  # noqa: BLE001  plugins, files and the library raise all kinds
        reason = _first_line(error)
    if reason:
        context = loader.current_context.get("name")
        raise InvalidInput(
            f"context {context!r} gives no credentials: {reason}", "try it: `kubectl --context … get pods`"
        )


async def _why_none(loader: Any) -> str:
    """The library only logs what its plugins say, so a plugin that gave nothing is asked once more."""
    from kubernetes.aio.config.exec_provider import ExecProvider

    user = loader._user  # noqa: SLF001  the library shows it nowhere else
    if user is None or "exec" not in user or {"token", "cert_file"} & set(loader.__dict__):
        return ""
    await ExecProvider(user["exec"]).run()
    return "its credential plugin gave neither a token nor a certificate"


def _contexts_hint(access: Access) -> str:
    from kubernetes.aio.config.kube_config import KubeConfigMerger

    with contextlib.suppress(Exception):
        named = [one["name"] for one in KubeConfigMerger(access.kubeconfig).config.value["contexts"]]
        return f"its contexts are {', '.join(named)}" if named else "it has no contexts"
    return ""


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]
