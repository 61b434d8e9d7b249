"""The policy of the product's own settings, which the tests' hubs have, and the variables that it gives to scripts.

The rule of this file: read once, and never changed.
"""

from pathlib import Path

from hub.policies.attributes import list_variable_types
from hub.settings.config import load

POLICY = load(Path(__file__).parents[2] / "config.toml", {}).policy_document
TYPES = list_variable_types(POLICY.all_attributes)
