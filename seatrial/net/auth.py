"""Who asks: the ways in which a request says so. Nothing of it stands in any message."""

import base64
import datetime
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from seatrial.model.base import Model
from seatrial.net.sigv4 import Signer

if TYPE_CHECKING:
    import httpx


def _can_be_sent(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("it is empty, or holds letters that cannot be sent")
    return text


class Basic(Model):
    """User name and password (RFC 7617)."""

    username: str
    password: str = Field(repr=False)
    """A secret: write it as `${env:NAME}`."""


class SigV4(Model):
    """AWS Signature Version 4, as Amazon Managed Service for Prometheus asks for."""

    region: str
    """`eu-central-1`."""
    access_key: str = Field(repr=False)
    """Write it as `${env:AWS_ACCESS_KEY_ID}`."""
    secret_key: str = Field(repr=False)
    """Write it as `${env:AWS_SECRET_ACCESS_KEY}`."""
    session_token: str = Field(default="", repr=False)
    """Of temporary credentials: `${env:AWS_SESSION_TOKEN:-}`."""
    service: str = "aps"
    """What is asked: Amazon Managed Service for Prometheus."""


class Auth(Model):
    """Exactly one way to say who asks."""

    bearer: str | None = Field(default=None, repr=False)
    """A token; a secret is written as `${env:NAME}`."""
    token_file: Path | None = None
    """A file with a token, read for every request: one that is replaced meanwhile is no interruption."""
    basic: Basic | None = None
    """User name and password."""
    sigv4: SigV4 | None = None
    """A signature with an AWS key."""

    @model_validator(mode="after")
    def _is_one(self) -> "Auth":
        if sum(way is not None for way in (self.bearer, self.token_file, self.basic, self.sigv4)) != 1:
            raise ValueError("give exactly one of `bearer`, `token_file`, `basic` or `sigv4`")
        return self

    @field_validator("bearer")
    @classmethod
    def _is_a_token(cls, bearer: str | None) -> str | None:
        return bearer if bearer is None else _can_be_sent(bearer)

    def secrets(self) -> tuple[str, ...]:
        """What no message may hold, in its present form."""
        kept: list[str] = [self.bearer or ""]
        if self.token_file is not None:
            with suppress(OSError):
                kept.append(_token(self.token_file))
        if self.basic is not None:
            kept.append(self.basic.password)
        if self.sigv4 is not None:
            kept += [self.sigv4.secret_key, self.sigv4.session_token]
        return tuple(secret for secret in kept if secret)

    def flow(self) -> "httpx.Auth":
        """For a client: puts what is needed into each request."""
        import httpx

        auth = self

        class Flow(httpx.Auth):
            requires_request_body = True

            def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
                request.headers.update(auth.headers_of(request.method, str(request.url), request.content))
                yield request

        return Flow()

    def headers_of(self, method: str, url: str, body: bytes) -> dict[str, str]:
        """The headers of one request; raises OSError where the token's file cannot be read."""
        if self.basic is not None:
            pair = f"{self.basic.username}:{self.basic.password}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        if self.sigv4 is not None:
            return _signed(self.sigv4, method, url, body)
        token = self.bearer if self.token_file is None else _token(self.token_file)
        return {"Authorization": f"Bearer {token}"}


def _token(path: Path) -> str:
    try:
        return _can_be_sent(path.read_text().strip())
    except OSError as error:
        raise OSError(error.errno, f"token_file: {(error.strerror or 'cannot be read').lower()}") from None
    except ValueError as error:
        raise OSError(f"token_file: {error}") from None


def _signed(keys: SigV4, method: str, url: str, body: bytes) -> dict[str, str]:
    at = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {"X-Amz-Date": at}
    if keys.session_token:
        headers["X-Amz-Security-Token"] = keys.session_token
    signer = Signer(keys.access_key, keys.secret_key, keys.region, keys.service)
    signed = {**headers, "Host": urlsplit(url).netloc.rpartition("@")[2]}
    return {**headers, "Authorization": signer.authorization(method, url, signed, body, at)}
