"""The fixtures of the rules' tests, for those of segments."""

from tests.hub.rules.conftest import build as build
from tests.hub.rules.conftest import bureau as bureau
from tests.hub.rules.conftest import db as db
from tests.hub.rules.conftest import document as document
