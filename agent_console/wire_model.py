"""The base of all wire types.

The rule of this file: it knows no type that is sent.
"""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Fields with a default are sent as well, so the screens' types have every field."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)
