"""One request: its deadline, its size, its connection, and what is said when it fails."""

import errno
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from seatrial.errors import InvalidInput
from seatrial.net.access import HttpAccess
from seatrial.net.connect import connect
from seatrial.net.fetch import Answer, fetch
from seatrial.net.reasons import Unanswered
from tests.net.server import PEM, Server, free_port, reply, serving

pytestmark = pytest.mark.anyio
SECRET = "Bearer s3cr3t"


async def ask(
    url: str, access: HttpAccess | None = None, timeout_s: float = 2.0, bytes_max: int = 1000
) -> Answer:
    access = access or HttpAccess()
    async with access.client(url) as client:
        return await fetch(client, url, timeout_s=timeout_s, bytes_max=bytes_max)


async def test_an_answer() -> None:
    async with serving(lambda _: reply("hello", 503, Content_Type="text/plain")) as server:
        answer = await ask(server.url)
    assert (answer.status, answer.content, answer.cut, answer.media_type) == (
        503,
        b"hello",
        False,
        "text/plain",
    )
    assert 0 < answer.latency_ms < 2000


async def test_a_redirect_is_an_answer() -> None:
    async with serving(lambda _: reply("", 302, Location="/elsewhere")) as server:
        assert (await ask(server.url)).status == 302
        assert len(server.requests) == 1


async def test_a_long_body_is_cut() -> None:
    async with serving(lambda _: reply("x" * 100_000)) as server:
        answer = await ask(server.url, bytes_max=1000)
    assert answer.cut
    assert answer.content == b"x" * 1000


async def test_the_connection_is_kept() -> None:
    async with serving(lambda _: reply("")) as server, HttpAccess().client(server.url) as client:
        for _ in range(3):
            await fetch(client, server.url, timeout_s=2, bytes_max=10)
        assert (server.connections, len(server.requests)) == (1, 3)


async def test_a_kept_connection_that_the_server_closed_is_no_failure() -> None:
    async with serving(lambda _: reply("")) as server, HttpAccess().client(server.url) as client:
        server.close_after_each = True
        for _ in range(5):
            assert (await fetch(client, server.url, timeout_s=2, bytes_max=10)).status == 200


async def test_a_kept_connection_that_is_dropped_on_the_request_is_tried_once_more() -> None:
    holder: list[Server] = []
    async with serving(lambda _: b"" if len(holder[0].requests) == 2 else reply("")) as server:
        holder.append(server)
        async with HttpAccess().client(server.url) as client:
            statuses = [(await fetch(client, server.url, timeout_s=2, bytes_max=10)).status for _ in range(2)]
    assert statuses == [200, 200]
    assert (server.connections, len(server.requests)) == (2, 3)


async def test_a_fresh_connection_that_is_dropped_is_a_failure() -> None:
    async with serving(lambda _: b"") as server:
        with pytest.raises(Unanswered, match=r"^the connection was closed, or what came was not HTTP$"):
            await ask(server.url)
        assert len(server.requests) == 1


async def test_a_post_is_never_sent_twice() -> None:
    async with serving(lambda _: b"") as server, HttpAccess().client(server.url) as client:
        for _ in range(2):
            with pytest.raises(Unanswered):
                await fetch(client, server.url, timeout_s=2, bytes_max=10, method="POST", content=b"pay")
        assert len(server.requests) == server.connections == 2


async def test_silence() -> None:
    async with serving(lambda _: None) as server:
        with pytest.raises(Unanswered, match=r"^no answer within 50 ms$"):
            await ask(server.url, timeout_s=0.05)


async def test_a_body_that_never_ends_is_bound_by_the_same_deadline() -> None:
    async with serving(lambda _: reply("x" * 50)[:-1]) as server:
        with pytest.raises(Unanswered, match=r"^no answer within 50 ms$"):
            await ask(server.url, timeout_s=0.05)


async def test_nobody_there() -> None:
    with pytest.raises(Unanswered, match=r"^connection refused$"):
        await ask(f"http://127.0.0.1:{free_port()}/")


async def test_no_such_name() -> None:
    with pytest.raises(Unanswered, match=r"^its name cannot be resolved$"):
        await ask("http://nobody.invalid/")


async def test_not_http() -> None:
    async with serving(lambda _: b"220 smtp ready\r\n\r\n") as server:
        with pytest.raises(Unanswered, match="not HTTP"):
            await ask(server.url)


async def test_headers_are_sent_and_never_told() -> None:
    access = HttpAccess(headers={"Authorization": SECRET, "X-Tenant": "shop"})
    async with serving(lambda _: b"") as server:
        with pytest.raises(Unanswered) as failure:
            await ask(server.url, access)
        assert f"Authorization: {SECRET}".encode() in server.requests[0]
    assert SECRET not in f"{failure.value!r} {access!r} {access}"


@pytest.mark.parametrize(
    "headers", [{"X-Key": f"{SECRET}\r\nHost: other"}, {"bad name": SECRET}, {"X-Key": "ä"}]
)
def test_headers_that_cannot_be_sent(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError) as refused:
        HttpAccess(headers=headers)
    assert SECRET not in str(refused.value.errors()[0]["msg"])  # type: ignore[attr-defined]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    async with serving(lambda _: reply("direct")) as server:
        assert (await ask(server.url)).content == b"direct"


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 1, hard))
    taken = []
    try:
        while True:
            try:
                taken.append(os.dup(0))
            except OSError:
                break
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_what_fails_on_this_machine_says_nothing_about_the_server() -> None:
    async with serving(lambda _: reply("")) as server, HttpAccess().client(server.url) as client:
        with no_descriptor_left(), pytest.raises(OSError) as failure:
            await fetch(client, server.url, timeout_s=2, bytes_max=10)
    assert failure.value.errno == errno.EMFILE


async def test_tls_of_an_unknown_authority() -> None:
    async with serving(lambda _: reply(""), tls=True) as server:
        with pytest.raises(Unanswered, match=r"^TLS: self.signed certificate$"):
            await ask(server.url)


@pytest.mark.parametrize(
    "access", [HttpAccess(ca_file=PEM), HttpAccess(verify=False)], ids=["ca_file", "unverified"]
)
async def test_tls(access: HttpAccess) -> None:
    async with serving(lambda _: reply("safe"), tls=True) as server:
        assert (await ask(server.url, access)).content == b"safe"


async def test_a_ca_file_that_is_not_there(tmp_path: Path) -> None:
    access = HttpAccess(ca_file=tmp_path / "none.pem")
    with pytest.raises(InvalidInput, match=r"none\.pem cannot be used: No such file"):
        await ask("https://127.0.0.1:1/", access)


async def test_a_handshake_that_hangs_leaves_no_socket() -> None:
    async with serving(lambda _: None) as server:
        before = len(os.listdir("/proc/self/fd"))
        async with HttpAccess().client("https://x") as client:
            with pytest.raises(Unanswered, match=r"^no answer within 50 ms$"):
                await fetch(client, server.url.replace("http:", "https:"), timeout_s=0.05, bytes_max=1)
            await anyio.sleep(0.01)
            assert len(os.listdir("/proc/self/fd")) <= before + 1  # the server's end


async def test_connect() -> None:
    async with serving(lambda _: None) as server:
        assert 0 < await connect("127.0.0.1", server.port, 2) < 2000
    with pytest.raises(Unanswered, match=r"^connection refused$"):
        await connect("localhost", free_port(), 2)
    with pytest.raises(Unanswered, match=r"^its name cannot be resolved$"):
        await connect("nobody.invalid", 80, 2)


async def test_connect_to_a_full_backlog_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(Unanswered, match=r"^no answer within 100 ms$"):
            await connect("127.0.0.1", port, 0.1)
        for one in held:
            one.close()
