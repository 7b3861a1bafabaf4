"""AWS Signature Version 4: a request signed with a key that never leaves this machine.

The steps and their names are those of the AWS General Reference, "Create a signed AWS API request". An own
implementation, for botocore takes longer to import than all the rest of a run.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Signer:
    """What signs: a key, and for which service of which region it does."""

    access_key: str
    secret_key: str
    region: str
    service: str

    def authorization(self, method: str, url: str, headers: Mapping[str, str], body: bytes, at: str) -> str:
        """The Authorization header; `headers` are all signed, `at` is written 20150830T123600Z."""
        signed = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
        names = ";".join(name for name, _ in signed)
        canonical = "\n".join(
            [
                method,
                quote(urlsplit(url).path or "/", safe="/~"),
                _canonical_query(urlsplit(url).query),
                *(f"{name}:{value}" for name, value in signed),
                "",
                names,
                hashlib.sha256(body).hexdigest(),
            ]
        )
        scope = f"{at[:8]}/{self.region}/{self.service}/aws4_request"
        text = "\n".join([ALGORITHM, at, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = _hmac(self._key(at[:8]), text).hex()
        credential = f"{self.access_key}/{scope}"
        return f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = _hmac(key, part)
        return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(
        f"{name}={value}"
        for name, value in sorted((quote(n, safe="~"), quote(v, safe="~")) for n, v in pairs)
    )
