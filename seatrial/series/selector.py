"""A selector of series, as PromQL writes it: `http_requests_total{code!~"5.."}`."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from seatrial.model.record import Written

_NAME: Final = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_SELECTOR: Final = re.compile(rf"\s*(?P<name>{_NAME})\s*(?:\{{(?P<matchers>.*)\}})?\s*", re.DOTALL)
_MATCHER: Final = re.compile(
    r"""\s*(?P<label>[a-zA-Z_][a-zA-Z0-9_]*)\s*(?P<op>=~|!~|!=|=)\s*
        (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(?:,|$)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}


@dataclass(frozen=True)
class Matcher:
    """One condition on a label. A label that a series does not have is empty, as in Prometheus."""

    label: str
    op: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Regular expressions match the whole value."""
        held = labels.get(self.label, "")
        if self.op in ("=", "!="):
            return (held == self.value) == (self.op == "=")
        return (re.fullmatch(self.value, held) is not None) == (self.op == "=~")


class SeriesSelector(Written):
    """A metric's name and conditions on its labels. Equal where it is written alike."""

    __slots__ = ("matchers", "name")

    def __init__(self, text: object) -> None:
        match = _SELECTOR.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(
                f'{text!r} selects no series: write it like `http_requests_total{{code!~"5.."}}`'
            )
        super().__init__(match[0].strip())
        self.name = match["name"]
        self.matchers = tuple(_matchers(match["matchers"] or "", self.text))

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(matcher.matches(labels) for matcher in self.matchers)

    def typo(self, labels: Collection[str]) -> str | None:
        """What is wrong, where no series of the metric has one of the labels that it asks for.

        It matters, for `{cod!~"5.."}` would match everything, and make a perfect service of any.
        """
        strange = next((matcher.label for matcher in self.matchers if matcher.label not in labels), None)
        return None if strange is None else f"{self}: no series of it has a label {strange!r}"


def _matchers(text: str, whole: str) -> Iterable[Matcher]:
    position = 0
    while text[position:].strip():
        match = _MATCHER.match(text, position)
        if match is None:
            raise ValueError(f'{whole!r}: write conditions like `code="200"`, with =, !=, =~ or !~')
        yield _checked(Matcher(match["label"], match["op"], _unquoted(match["text"])), whole)
        position = match.end()


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", _unescaped, text[1:-1], flags=re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[0])


def _checked(matcher: Matcher, whole: str) -> Matcher:
    if matcher.label == "__name__":
        raise ValueError(f"{whole!r}: write the metric's name in front, not as `__name__`")
    if matcher.op in ("=~", "!~"):
        try:
            re.compile(matcher.value)
        except re.error as error:
            raise ValueError(f"{whole!r}: {matcher.value!r} is no regular expression: {error}") from None
    return matcher
