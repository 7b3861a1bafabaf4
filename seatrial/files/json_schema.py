"""The JSON Schema of experiment files, for an editor's completion and its red underlines."""

from typing import Any

from seatrial.model.assembled import experiment_model
from seatrial.pack import Pack

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def experiment_schema(pack: Pack) -> Schema:
    """JSON Schema 2020-12 of the experiments of these packs."""
    schema = experiment_model(pack).model_json_schema(by_alias=True, mode="validation")
    return {"$schema": DIALECT, **schema}
