"""How a server is spoken to: the keys that every probe with an address shares."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema

from seatrial.errors import InvalidInput
from seatrial.model.base import Model
from seatrial.model.fields import Duration
from seatrial.net.auth import Auth
from seatrial.net.lean import import_httpx

if TYPE_CHECKING:
    import ssl

    import httpx

SECRET_CHARACTERS_MIN: Final = 6
"""A shorter value of a header is a word like any other."""
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _is_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise ValueError("write a whole address, such as `http://127.0.0.1:8080/health`")
    return url


Url = Annotated[
    str,
    AfterValidator(_is_url),
    WithJsonSchema({"type": "string", "pattern": "^https?://", "examples": ["http://127.0.0.1:8080/health"]}),
]
"""An address with its scheme and host."""


def split_url(url: str) -> tuple[str, int]:
    """Host and port of a whole address; the port that its scheme stands for, where it says none."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]


def _is_token(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a header")
    return name


def _can_be_sent(value: str) -> str:
    if not value.isascii() or any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise ValueError("the value of a header holds letters that cannot be sent")
    return value


HeaderName = Annotated[str, AfterValidator(_is_token)]
HeaderValue = Annotated[str, AfterValidator(_can_be_sent)]


class HttpAccess(Model):
    """How a server is spoken to. Nothing is taken from the environment: no proxy, no .netrc."""

    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict, repr=False)
    """Request headers; a secret is written as `${env:NAME}`."""
    timeout: Duration = Field(default=1.0, gt=0, le=60)
    """How long the whole answer may take; keep it below the SLI's own `timeout`."""
    verify: bool = True
    """False: any TLS certificate will do."""
    ca_file: Path | None = None
    """A PEM file with the authority that signed the server's certificate, where it is a private one."""
    cert_file: Path | None = None
    """A PEM file with the client's own certificate, where the server asks for one (mTLS)."""
    key_file: Path | None = None
    """A PEM file with its key, where that stands not in `cert_file`."""
    auth: Auth | None = None
    """Who asks: `{bearer: …}`, `{token_file: …}`, `{basic: {username: …, password: …}}` or `{sigv4: …}`."""

    @asynccontextmanager
    async def client(
        self, *urls: str, accept: str = "*/*", content_type: str = ""
    ) -> AsyncIterator["httpx.AsyncClient"]:
        """A client for these addresses that keeps its connections open for the next reading.

        Raises InvalidInput where `ca_file` or `cert_file` cannot be used.
        """
        import anyio.lowlevel

        import_httpx()
        import httpx

        headers = httpx.Headers({"User-Agent": "seatrial", "Accept": accept, "Accept-Encoding": "identity"})
        if content_type:
            headers["Content-Type"] = content_type
        headers.update(self.headers)
        async with httpx.AsyncClient(
            headers=headers,
            verify=self._tls() if any(url.startswith("https") for url in urls) else False,
            timeout=None,  # noqa: S113  one deadline for the whole exchange, in `fetch`
            trust_env=False,
            follow_redirects=False,
            auth=self.auth.flow() if self.auth is not None else None,
        ) as client:
            await anyio.lowlevel.checkpoint()  # loads what the first answer would else be measured with
            yield client

    def secrets(self) -> tuple[str, ...]:
        """What no message may hold: credentials, and the values of headers."""
        given = self.auth.secrets() if self.auth is not None else ()
        return (*given, *(value for value in self.headers.values() if len(value) >= SECRET_CHARACTERS_MIN))

    def _tls(self) -> "ssl.SSLContext":
        """The given authority alone, or the system's and those of certifi."""
        import ssl

        import certifi

        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            problem = f"ca_file {self.ca_file} cannot be used: {error.strerror or error}"
            raise InvalidInput(problem, "name a PEM file with certificates") from None
        if self.ca_file is None:
            context.load_verify_locations(certifi.where())
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.cert_file is not None:
            self._show_certificate(context, self.cert_file)
        return context

    def _show_certificate(self, context: "ssl.SSLContext", cert_file: Path) -> None:
        try:
            context.load_cert_chain(cert_file, self.key_file, password="")
        except OSError as error:
            problem = f"cert_file {cert_file} cannot be used with its key: {error.strerror or error}"
            raise InvalidInput(
                problem, "name PEM files with a certificate and its key, not encrypted"
            ) from None
