"""What work needs of an agent, and the rings in which a queue searches.

The rule of this file: data. An empty field demands nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from hub.policies.names import Id, LanguageTag
from hub.toml_files.problems import Section
from routing import model

Duration = Annotated[int, Field(ge=1, le=366 * 86_400)]
Level = Annotated[int, Field(ge=1, le=5)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementPolicy(Section):
    """What an agent must meet. An empty field demands nothing."""

    skills: Mapping[Id, Level] = field(default_factory=dict)
    languages: tuple[LanguageTag, ...] = ()
    teams: tuple[Id, ...] = ()
    agents: tuple[Id, ...] = ()  # only these agents

    def build(self) -> model.Requirement:
        return model.Requirement(
            skills=tuple(sorted(self.skills.items())),
            languages=tuple(sorted(self.languages)),
            teams=tuple(sorted(self.teams)),
            agents=tuple(sorted(model.AgentId(agent) for agent in self.agents)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPolicy(RequirementPolicy):
    duration_seconds: Duration | None = None  # None: the last ring, which never ends
