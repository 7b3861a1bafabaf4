"""The base of what people write: frozen, strict about its keys. What Seatrial writes is a `Record`."""

import sys
from types import ModuleType

_PLUGINS = ModuleType(
    "pydantic.plugin._loader", "Plugins of pydantic are not for our models: none is looked for."
)
vars(_PLUGINS)["get_plugins"] = lambda: ()
sys.modules.setdefault(_PLUGINS.__name__, _PLUGINS)  # it would read the metadata of all that is installed

from pydantic import BaseModel, ConfigDict  # noqa: E402  the above comes before it


class Model(BaseModel):
    """Frozen. An unknown key is an error; a field's docstring is its documentation."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,
        extra="forbid",
        allow_inf_nan=False,
        ser_json_inf_nan="null",
    )
