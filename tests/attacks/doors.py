"""What the attacks share: both databases, what no input may hold, and a socket that speaks frames by hand.

The rule of this file: data and plain talk; what has to come of it stands in the tests.
"""

import pytest

BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres_url)],
    indirect=True,
    scope="module",
)
UNFIT_TEXTS = {"nul": "Grüß\0 Gott", "surrogate": "half a smile \ud83d"}
TOO_LARGE = [2**63, -(2**63) - 1, 10**40]
STAFF = {"agent": "ada", "supervisor": "dot", "author": "ines", "administrator": "tomasz"}
