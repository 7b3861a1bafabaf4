"""html: one file that opens anywhere, offline, without a script, and prints."""

import functools
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from seatrial.api import Report, paused_gc

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from seatrial.api import RunRecord

_CODE = re.compile(r"(?<!`)`([^`\s](?:[^`]*[^`\s])?)`(?!`)")
TEMPLATES = Path(__file__).with_name("templates") / "html"


class Html(Report):
    """One self-contained page for people: verdict first, then everything it rests on."""

    name: ClassVar[str] = "html"
    file_name: ClassVar[str] = "report.html"

    def warm(self) -> None:
        from seatrial.api import RunView  # noqa: F401  imported for later

        templates = _templates()
        for name in templates.list_templates(extensions=["html"]):
            templates.get_template(name)

    def render(self, record: "RunRecord") -> str:
        from markupsafe import Markup

        from seatrial.api import RunView

        style = (TEMPLATES / "style.css").read_text()
        with paused_gc():
            return (
                _templates()
                .get_template("page.html")
                .render(
                    run=RunView(record),
                    style=Markup(style),  # noqa: S704  our own file: nothing in it comes from a user
                    style_hash=b64encode(sha256(style.encode()).digest()).decode(),
                )
            )


@functools.cache
def _templates() -> "Environment":
    from seatrial.api import clock, format_duration, template_environment

    environment = template_environment(TEMPLATES, autoescape=True)
    environment.filters["prose"] = _prose
    environment.globals |= {"clock": clock, "duration": format_duration}
    return environment


def _prose(text: str) -> "Markup":
    """A sentence of the engine, escaped; what stands between backticks is code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  escaped just before
