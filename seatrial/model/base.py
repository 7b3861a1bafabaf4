"""The base of every model: frozen, strict about its keys."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen record. An unknown key is an error; a field's docstring is its documentation."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,
        extra="forbid",
        allow_inf_nan=False,
        ser_json_inf_nan="null",
    )
