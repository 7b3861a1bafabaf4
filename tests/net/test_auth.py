"""Who asks: each way as its standard has it, and nothing of it in any message."""

import base64
import re
from pathlib import Path

import pytest

from seatrial.errors import InvalidInput
from seatrial.net.access import HttpAccess
from seatrial.net.auth import Auth
from seatrial.net.fetch import Answer, fetch
from seatrial.net.reasons import Unanswered
from seatrial.net.sigv4 import Signer
from tests.net.server import PEM, Server, reply, serving

pytestmark = pytest.mark.anyio
URL = "https://example.amazonaws.com/"
AT = "20150830T123600Z"
AMZ = {"Host": "example.amazonaws.com", "X-Amz-Date": AT}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# From the test suite that AWS published for Signature Version 4.
VECTORS = {
    "get-vanilla": ("GET", URL, AMZ, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "post-vanilla": (
        "POST",
        URL,
        AMZ,
        b"",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "get-vanilla-query-order-key-case": (
        "GET",
        f"{URL}?Param2=value2&Param1=value1",
        AMZ,
        b"",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "post-x-www-form-urlencoded": (
        "POST",
        URL,
        AMZ | FORM,
        b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
async def test_aws_signatures(name: str) -> None:
    method, url, headers, body, signature = VECTORS[name]
    signer = Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
    told = signer.authorization(method, url, headers, body, AT)
    assert told.endswith(f"Signature={signature}")
    assert "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request" in told


async def asked(server: Server, auth: dict[str, object], times: int = 1) -> Answer:
    access = HttpAccess(auth=Auth.model_validate(auth))
    async with access.client(server.url) as client:
        for _ in range(times):
            answer = await fetch(
                client,
                server.url,
                method="POST",
                content=b"query=up",
                timeout_s=5,
                bytes_max=100,
                repeatable=True,
            )
    return answer


def sent(server: Server, header: str = "authorization") -> list[str]:
    line = re.compile(rf"^{header}: (.*?)\r$", re.IGNORECASE | re.MULTILINE)
    found = [line.search(request.decode()) for request in server.requests]
    return [match[1] for match in found if match]


async def test_bearer_and_basic() -> None:
    async with serving(lambda _: reply("")) as server:
        await asked(server, {"bearer": "t0ken"})
        await asked(server, {"basic": {"username": "me", "password": "pass: word"}})
        pair = base64.b64encode(b"me:pass: word").decode()
        assert sent(server) == ["Bearer t0ken", f"Basic {pair}"]


async def test_a_token_that_is_replaced_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "token"

    def rotating(_: bytes) -> bytes:
        file.write_text(f"token-{len(server.requests)}\n")
        return reply("")

    file.write_text("token-0\n")
    async with serving(rotating) as server:
        await asked(server, {"token_file": file}, times=3)
        assert sent(server) == ["Bearer token-0", "Bearer token-1", "Bearer token-2"]
        assert server.connections == 1


async def test_a_token_that_cannot_be_read_is_our_own_trouble(tmp_path: Path) -> None:
    async with serving(lambda _: reply("")) as server:
        with pytest.raises(OSError, match="token_file: no such file"):
            await asked(server, {"token_file": tmp_path / "none"})
        (tmp_path / "empty").write_text("\n")
        with pytest.raises(OSError, match="token_file: it is empty"):
            await asked(server, {"token_file": tmp_path / "empty"})


async def test_aws_keys_sign_each_request() -> None:
    keys = {"region": "eu-central-1", "access_key": "AKID", "secret_key": "s3cr3t", "session_token": "t0k"}
    async with serving(lambda _: reply("")) as server:
        await asked(server, {"sigv4": keys})
        assert sent(server, "x-amz-security-token") == ["t0k"]
        [told] = sent(server)
        host, at = f"127.0.0.1:{server.port}", sent(server, "x-amz-date")[0]
        signed = {"Host": host, "X-Amz-Date": at, "X-Amz-Security-Token": "t0k"}
        signer = Signer("AKID", "s3cr3t", "eu-central-1", "aps")
        assert told == signer.authorization("POST", server.url, signed, b"query=up", at)


async def test_no_secret_in_what_is_shown() -> None:
    keys = {"region": "r", "access_key": "AKID-s3cr3t", "secret_key": "s3cr3t"}
    ways = [{"bearer": "s3cr3t"}, {"basic": {"username": "u", "password": "s3cr3t"}}, {"sigv4": keys}]
    for way in ways:
        access = HttpAccess.model_validate({"auth": way, "headers": {"X-Key": "s3cr3t"}})
        assert "s3cr3t" not in repr(access)
        assert "s3cr3t" in access.secrets()


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ({}, "exactly one of `bearer`, `token_file`, `basic` or `sigv4`"),
        ({"bearer": "a", "token_file": "b"}, "exactly one of"),
        ({"bearer": ""}, "it is empty"),
        ({"bearer": "s3cr3t\n"}, "letters that cannot be sent"),
    ],
)
async def test_what_is_refused(auth: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Auth.model_validate(auth)


async def test_mutual_tls() -> None:
    async with serving(lambda _: reply("in"), tls=True, wants_certificate=True) as server:
        own = HttpAccess(ca_file=PEM, cert_file=PEM)
        async with own.client(server.url) as client:
            answer = await fetch(client, server.url, timeout_s=5, bytes_max=10)
            assert answer.content == b"in"
        async with HttpAccess(ca_file=PEM).client(server.url) as client:
            with pytest.raises(Unanswered):
                await fetch(client, server.url, timeout_s=5, bytes_max=10)


async def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    for content in (None, "nothing"):
        file = tmp_path / "cert.pem"
        if content is not None:
            file.write_text(content)
        with pytest.raises(InvalidInput, match=r"cert_file .*cert\.pem cannot be used"):
            async with HttpAccess(cert_file=file).client("https://127.0.0.1:1/"):
                pass
