"""The one place that knows the Kubernetes client library: credentials, transport, requests in JSON.

    async with connect(access) as client:
        pod = await client.request("GET", "/api/v1/namespaces/shop/pods/front-0")

Without the library's models, which cost more than the requests (docs/design.md), and without its
retries: who asks knows whether to ask again.
"""

import asyncio
import contextlib
import datetime
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import anyio

from seatrial.errors import InvalidInput
from seatrial.kube import credentials, fence
from seatrial.kube.access import Access
from seatrial.kube.failures import KubeError, of_answer
from seatrial.kube.shared import Shared
from seatrial.net.reasons import told

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient
    from kubernetes.aio.config.kube_config import KubeConfigLoader

Json = Any
"""A JSON document as the API gives and takes it."""

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
MANAGER: Final = "seatrial"
"""How the cluster notes who set a field."""
_CONNECTIONS: Final = 128
_FRESH_S: Final = 30.0
"""A credential that ends sooner than this is asked for anew before it is used."""
_FOR_EVER_S: Final = 10.0**8
"""The library would end a stream after five minutes."""
_CLOSE_S: Final = 2.0
_REVIEWS: Final = "/apis/authorization.k8s.io/"
"""What is created there is a question."""
_LIBRARY: Final = "pip install 'seatrial[kubernetes]'"


class Client:
    """Requests to one cluster as one user. Use `connect`."""

    def __init__(self, access: Access, api: "ApiClient", loader: "KubeConfigLoader | None") -> None:
        self.access = access
        self._api = api
        self._loader = loader
        self._asking = asyncio.Lock()
        self._shared = Shared()

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._api.configuration.host)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json = None,
        content_type: str = "application/json",
        timeout_s: float | None = None,
    ) -> Json:
        """One request; answers the JSON, or the text where it is none. Raises KubeError.

        An answer to a question is nobody's to change: others may have got the same.
        """
        query = query or {}
        is_question = method == "GET" or path.startswith(_REVIEWS)
        if not is_question and "dryRun" not in query:
            fence.check()
        within_s = self.access.timeout_s if timeout_s is None else timeout_s

        async def ask() -> Json:
            async with asyncio.timeout(within_s):
                return await self._ask_twice(method, path, query, body, content_type)

        try:
            if not is_question:
                return await ask()
            async with asyncio.timeout(within_s):
                return await self._shared.ask((path, *sorted(query.items()), json.dumps(body)), ask)
        except TimeoutError:
            raise KubeError(0, "Unanswered", f"the cluster did not answer within {within_s:g} s") from None

    async def _ask_twice(
        self, method: str, path: str, query: Mapping[str, str], body: Json, content_type: str
    ) -> Json:
        """Again with new credentials where the first ones had ended."""
        await self._keep_fresh()
        try:
            return await self._ask(method, path, query, body, content_type)
        except KubeError as error:
            if error.status != 401 or not await self._renew():
                raise
        return await self._ask(method, path, query, body, content_type)

    async def _ask(
        self, method: str, path: str, query: Mapping[str, str], body: Json, content_type: str
    ) -> Json:
        response = await self._send(method, path, query, body, content_type)
        try:
            raw = await response.read()
        except Exception as error:  # noqa: BLE001  the transport raises all kinds
            raise _unanswered(error) from None
        found = _parsed(raw)
        if response.status >= 400:
            raise of_answer(response.status, found, response.headers.get("Retry-After"))
        return found

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Json,
        content_type: str,
        *,
        within_s: float | None = None,
    ) -> Any:
        """The response as soon as its head is there; raises KubeError where there is none."""
        headers = {"Accept": "application/json", "Content-Type": content_type}
        try:
            words = await self._api.param_serialize(
                method,
                path,
                query_params=list(query.items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            return (await self._api.call_api(*words, _request_timeout=within_s)).response
        except Exception as error:  # noqa: BLE001  the transport raises all kinds
            raise _unanswered(error) from None

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str], *, silent_s: float | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The lines of a watch or a log as they come; entered once the server has begun to answer.

        `silent_s`: how long it may say nothing; None: for ever. Raises KubeError, also when it breaks.
        """
        await self._keep_fresh()
        try:
            async with asyncio.timeout(self.access.timeout_s):
                response = await self._send(
                    "GET", path, query, None, "application/json", within_s=_FOR_EVER_S
                )
        except TimeoutError:
            raise KubeError(0, "Unanswered", "the cluster did not begin to answer in time") from None
        try:
            if response.status >= 400:
                raise of_answer(response.status, _parsed(await response.read()), None)
            yield _lines(response.content, silent_s)
        finally:
            if (connection := response.connection) is not None and connection.transport is not None:
                connection.transport.abort()  # a farewell by TLS would need the loop for longer than this
            response.close()

    @contextlib.asynccontextmanager
    async def websocket(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Any]:
        """A websocket for `attach` or `exec`: each message begins with a byte that names its channel."""
        from kubernetes.aio.stream.ws_client import get_websocket_url

        await self._keep_fresh()
        headers = {"sec-websocket-protocol": "v5.channel.k8s.io,v4.channel.k8s.io"}
        _, url, headers, _, _ = await self._api.param_serialize(
            "GET",
            path,
            query_params=list(query.items()),
            header_params=headers,
            auth_settings=["BearerToken"],
        )
        rest = self._api.rest_client
        if rest.pool_manager is None:
            rest.pool_manager = rest._create_pool_manager()  # noqa: SLF001  the library's own stream client does
        try:
            opening = rest.pool_manager.ws_connect(get_websocket_url(url), headers=headers)
            socket = await asyncio.wait_for(opening, self.access.timeout_s)
        except Exception as error:  # noqa: BLE001  the transport raises all kinds
            raise _unanswered(error) from None
        async with socket:
            yield socket

    async def _keep_fresh(self) -> None:
        ends = getattr(self._loader, "exec_plugin_expiry", None)
        if ends is not None and (ends - datetime.datetime.now(datetime.UTC)).total_seconds() < _FRESH_S:
            await self._renew()

    async def _renew(self) -> bool:
        """Ask whoever gives the credentials once more; False where nobody does."""
        if self._loader is None:
            return self.access.kubeconfig is None  # a pod's token is read anew from its file by the library
        async with self._asking:
            await credentials.renew(self._loader, self._api.configuration)
        return True

    async def close(self) -> None:
        """Close all connections."""
        await self._api.close()


@contextlib.asynccontextmanager
async def connect(access: Access) -> AsyncIterator[Client]:
    """A client for this cluster, which is asked nothing yet; raises InvalidInput."""
    client = await open_client(access)
    try:
        yield client
    finally:
        with anyio.move_on_after(_CLOSE_S, shield=True):
            await client.close()


async def open_client(access: Access) -> Client:
    """As `connect`; whoever calls this closes it."""
    from urllib.request import getproxies  # noqa: TID251  it asks nobody; the library imports it as well

    try:
        from kubernetes.aio.client import ApiClient, Configuration
    except ImportError:
        raise InvalidInput("the Kubernetes client is not installed", _LIBRARY) from None
    configuration = Configuration()
    configuration.connection_pool_maxsize = _CONNECTIONS
    # Or each request would look for a proxy and in .netrc, in two other threads: as long as the rest of it.
    configuration.client_session_kwargs = {"trust_env": bool(getproxies())}
    # From 3.13 on Python wants more of a certificate than many a cluster's has: EKS' lacks a key identifier.
    configuration.disable_strict_ssl_verification = True
    loader = await credentials.load(access, configuration)
    try:
        return Client(access, ApiClient(configuration), loader)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the certificates of {access.label} cannot be used: {error}") from None


async def _lines(content: Any, silent_s: float | None) -> AsyncIterator[bytes]:
    while True:
        try:
            async with asyncio.timeout(silent_s):
                line = await content.readline()
        except TimeoutError:
            raise KubeError(0, "Silent", f"the stream said nothing for {silent_s:g} s") from None
        except Exception as error:  # noqa: BLE001  the transport raises all kinds
            raise _unanswered(error) from None
        if not line:
            return
        yield line


def import_library() -> None:
    """Before processes are forked that ask a cluster: each would take a quarter of a second for it."""
    with contextlib.suppress(ImportError):
        import kubernetes.aio.client
        import kubernetes.aio.config  # noqa: F401  for its effect


def _parsed(raw: bytes) -> Json:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw.decode(errors="replace")


def _unanswered(error: Exception) -> KubeError:
    if isinstance(error, KubeError | InvalidInput):  # already in words
        raise error
    return KubeError(0, "Unanswered", f"the cluster could not be asked: {told(error)}")
