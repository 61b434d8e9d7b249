"""A folder of files: a broken one is named and stops nothing, and what is in use stays in use."""

import os

import pytest

from scripts_library.loader import LIBRARY, load_scripts, load_texts
from scripts_library.script_parsing import MAX_TEXT, parse_script
from tests.scripts_library.sample_types import TYPES

BODY = "## a: A\n> Hello\n-> end\n"


@pytest.fixture
def put(tmp_path, write_script):
    """Writes one script file."""

    def put_file(script_id="greeting", language="en", version=1, body=BODY):
        path = tmp_path / f"{script_id}.{language}.md"
        named = f'applies_to.queues = ["{script_id}"]'  # so that no two scripts tie
        path.write_text(write_script(body, named, script_id=script_id, version=version, language=language), "utf-8")
        return path

    return put_file


def lines(library):
    return [str(problem) for problem in library.problems]


def test_a_folder_is_read_in_the_order_of_its_names_and_other_files_are_left_alone(tmp_path, put):
    put("card-lost")
    put("greeting")
    (tmp_path / "notes.txt").write_text("not a script")
    library = load_scripts(tmp_path, TYPES)
    assert [script.file for script in library.scripts] == ["card-lost.en.md", "greeting.en.md"]
    assert library.problems == ()


def test_a_broken_file_is_named_and_the_others_are_used(tmp_path, put):
    put("greeting")
    put("card-lost", body="## a: A\n-> b\n")
    library = load_scripts(tmp_path, TYPES)
    assert [script.id for script in library.scripts] == ["greeting"]
    assert lines(library) == ['card-lost.en.md:9:4: Step "a" leads to "b", which does not exist.']


def test_warnings_are_listed_and_the_script_is_used(tmp_path, put):
    put()
    put("complaint", language="zh-CN")
    library = load_scripts(tmp_path, TYPES)
    assert [script.id for script in library.scripts] == ["complaint", "greeting"]
    assert lines(library) == [
        'complaint.zh-CN.md:1:1: "complaint" is missing in en.',
        'greeting.en.md:1:1: "greeting" is missing in zh-CN.',
    ]


def test_a_reload_brings_what_is_new_and_drops_what_is_gone(tmp_path, put):
    gone = put("card-lost")
    put("greeting")
    library = load_scripts(tmp_path, TYPES)
    gone.unlink()
    put("greeting", version=2)
    put("complaint")
    library = library.reload(TYPES)
    assert [(script.id, script.version) for script in library.scripts] == [("complaint", 1), ("greeting", 2)]
    assert library.problems == ()


def test_the_last_good_version_stays_in_use_while_a_file_is_broken(tmp_path, put):
    put(version=3)
    library = load_scripts(tmp_path, TYPES)
    put(version=4, body="## a: A\n> Hello {{ customer.name }}\n-> end\n")
    for _ in range(2):
        library = library.reload(TYPES)
        assert [script.version for script in library.scripts] == [3]
        assert lines(library) == [
            "greeting.en.md:1:1: Version 3 stays in use until this file is mended.",
            'greeting.en.md:9:9: "customer.name" has no fallback. Write {{ customer.name | fallback: "..." }}.',
        ]
    put(version=4)
    library = library.reload(TYPES)
    assert [script.version for script in library.scripts] == [4]
    assert library.problems == ()


def test_a_version_is_never_exchanged_for_other_words(tmp_path, put):
    put()
    library = load_scripts(tmp_path, TYPES)
    put(body="## a: A\n> Hi\n-> end\n")
    library = library.reload(TYPES)
    assert "Hello" in library.scripts[0].source
    assert lines(library) == [
        "greeting.en.md:1:1: The words have changed, but `version` is still 1: give it a larger one.",
        "greeting.en.md:1:1: Version 1 stays in use until this file is mended.",
    ]
    put(version=2, body="## a: A\n> Hi\n-> end\n")
    library = library.reload(TYPES)
    assert library.problems == ()
    put()  # the author goes back to the words of version 1, which are known
    assert library.reload(TYPES).scripts[0].version == 1


def test_what_a_run_is_pinned_to_is_found_after_newer_versions_and_after_removal(tmp_path, put):
    path = put()
    library = load_scripts(tmp_path, TYPES)
    first = library.scripts[0]
    put(version=2)
    library = library.reload(TYPES)
    path.unlink()
    library = library.reload(TYPES)
    assert library.scripts == ()
    assert library.find("greeting", 1, "en") == first
    assert library.find("greeting", 2, "en") is not None
    assert library.find("greeting", 3, "en") is None


def test_a_file_must_be_called_as_its_head_says(tmp_path, put):
    put().rename(tmp_path / "hello.en.md")
    assert lines(load_scripts(tmp_path, TYPES)) == [
        "hello.en.md:1:1: This file must be called greeting.en.md, as its head says."
    ]


def test_what_cannot_be_read_is_named(tmp_path, put):
    put("greeting").write_bytes(b"+++\nid = 'greeting'\n\xff\n")
    put("large").write_text("x" * (4 * MAX_TEXT + 1))
    (tmp_path / "folder.en.md").mkdir()
    os.mkfifo(tmp_path / "pipe.en.md")
    (tmp_path / "link.en.md").symlink_to(tmp_path / "nowhere")
    library = load_scripts(tmp_path, TYPES)
    assert library.scripts == ()
    assert lines(library) == [
        "folder.en.md:1:1: This is not a file.",
        "greeting.en.md:3:1: This is not UTF-8 text: save the file as UTF-8.",
        f"large.en.md:1:1: A script has at most {MAX_TEXT} characters; this file is larger than that.",
        "link.en.md:1:1: This is not a file.",
        "pipe.en.md:1:1: This is not a file.",
    ]


def test_a_folder_that_is_away_changes_nothing_but_is_said(tmp_path, put):
    folder = tmp_path / "scripts"
    put()
    library = load_scripts(tmp_path, TYPES)
    tmp_path.rename(tmp_path.with_name("away"))
    try:
        reloaded = library.reload(TYPES)
    finally:
        tmp_path.with_name("away").rename(tmp_path)
    assert reloaded.scripts == library.scripts
    assert "The folder of scripts cannot be read" in lines(reloaded)[0]
    assert "The folder of scripts cannot be read" in lines(load_scripts(folder, TYPES))[0]


def test_only_what_has_changed_is_parsed_again(monkeypatch):
    texts = {path.name: path.read_text("utf-8") for path in LIBRARY.glob("*.md")}
    before = load_texts(texts, TYPES)
    parsed = []

    def parse(text, file, types, shared):
        parsed.append(file)
        return parse_script(text, file, types, shared)

    monkeypatch.setattr("scripts_library.loader.parse_script", parse)
    again = load_texts(texts, dict(TYPES), before)
    assert (again.scripts, again.shared, again.problems) == (before.scripts, before.shared, before.problems)
    assert parsed == []

    shared = next(one for one in before.shared if before.list_users(one.id))
    newer = texts[shared.file].replace(f"version = {shared.version}", f"version = {shared.version + 1}", 1)
    load_texts(texts | {shared.file: newer}, TYPES, before)
    users = {one.file for one in before.list_users(shared.id) if one.language == shared.language}
    assert {shared.file} | users <= set(parsed) and len(parsed) < len(texts)

    parsed.clear()
    load_texts(texts, {**TYPES, "customer.shoe_size": TYPES["customer.city"]}, before)
    assert sorted(parsed) == sorted(texts)
