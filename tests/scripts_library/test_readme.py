"""The room's README says what the code does."""

from scripts_library.checks import check_script
from scripts_library.script_parsing import parse_script
from scripts_library.script_parts import FieldType
from scripts_library.variables import VARIABLES
from tests.scripts_library.sample_types import TYPES


def test_the_example_is_a_script_without_a_problem_and_shows_everything(request):
    text = (request.config.rootpath / "scripts_library" / "README.md").read_text("utf-8")
    example = text.split("```markdown\n")[1].split("```")[0]
    script = parse_script(example, "travel-cover.en.md", TYPES)
    assert check_script(script) == ()
    assert script.when is not None
    assert script.applies_to.segments == ("traveller",)
    for kind in FieldType:
        assert kind in example


def test_every_variable_and_every_file_is_named(request):
    room = request.config.rootpath / "scripts_library"
    text = (room / "README.md").read_text("utf-8")
    for name in VARIABLES:
        assert f"`{name}`" in text, f"name {name} in scripts_library/README.md, after **Names**"
    for path in room.glob("*.py"):
        assert path.name == "__init__.py" or f"`{path.name}`" in text
