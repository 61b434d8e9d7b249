"""`config.toml` is read whole or refused whole, and every problem is named with its key and line."""

import os
import re
import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import tomli_w

from hub.settings.config import Config, load, parse
from hub.settings.process_settings import Settings
from hub.settings.secret import Secret
from hub.toml_files.problems import ConfigErrors, write_key

FILE = Path(__file__).parents[3] / "config.toml"
TEXT = FILE.read_text(encoding="utf-8")


def read(text: str, folder: Path = FILE.parent, **environ: str) -> Config:
    return parse(text, folder, environ)


def problems_of(text: str, folder: Path = FILE.parent, **environ: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        parse(text, folder, environ)
    return [str(problem) for problem in caught.value.problems]


def change(old: str, new: str, text: str = TEXT) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def line_of(words: str, text: str = TEXT) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(words))


# ---- the file that comes with the hub


def test_the_sample_file_runs_as_it_stands() -> None:
    config = load(FILE, {})
    assert (config.server.host, config.server.port) == ("127.0.0.1", 8080)
    assert config.public_url() == "http://127.0.0.1:8080"
    assert config.database_url == f"sqlite:///{FILE.parent}/.data/hub.db"
    assert config.media_folder == FILE.parent / ".data" / "media"
    assert config.scripts_folder is None
    assert config.sandbox.enabled
    assert None not in (config.channels.phone, config.channels.sms, config.channels.email, config.channels.webchat)


def test_the_sample_file_sets_or_shows_every_key() -> None:
    data = tomllib.loads(TEXT)
    unset = [
        write_key(key)
        for key in known_keys(Settings)
        if not is_set(data, key) and not re.search(rf"^# {key[-1]} = ", TEXT, re.MULTILINE)
    ]
    assert unset == []


def known_keys(section: type, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    keys = []
    for name, hint in get_type_hints(section).items():
        kinds = [kind for kind in (hint, *get_args(hint)) if is_dataclass(kind) and kind is not Secret]
        if name != "demo":
            keys += known_keys(kinds[0], (*at, name)) if kinds else [(*at, name)]
    return keys


def is_set(data: Any, key: tuple[str, ...]) -> bool:
    for part in key:
        if part not in data:
            return False
        data = data[part]
    return True


def test_every_key_has_an_effect() -> None:
    """Whatever the settings hold is read by its name somewhere in the hub."""
    files = (FILE.parent / "hub").rglob("*.py")
    code = "\n".join(file.read_text(encoding="utf-8") for file in files if file.name != "settings.py")
    assert [write_key(key) for key in known_keys(Settings) if not re.search(rf"\.{key[-1]}\b", code)] == []


def test_the_demo_has_customers_in_every_tier_and_all_four_roles() -> None:
    config = load(FILE, {})
    assert config.demo is not None
    assert {c.tier for c in config.demo.customers} == {t.id for t in config.policy_document.tiers}
    assert len(config.demo.customers) >= 10
    assert {role for person in config.demo.staff for role in person.roles} == {
        "agent",
        "supervisor",
        "author",
        "administrator",
    }
    assert {c.language for c in config.demo.customers} == set(config.policy_document.languages)


def test_every_interaction_of_the_demo_finds_an_agent_who_reaches_a_ring_of_its_queue() -> None:
    config = load(FILE, {})
    assert config.demo is not None
    agents = [person for person in config.demo.staff if "agent" in person.roles]
    for entry in config.policy_document.entries:
        queue = next(queue for queue in config.policy_document.queues if queue.id == entry.queue)
        for wanted in queue.rings or (entry.requirement,):
            able = [
                agent
                for agent in agents
                if queue.id in agent.queues
                and all(agent.skills.get(skill, 0) >= level for skill, level in wanted.skills.items())
                and (not entry.requirement.languages or set(entry.requirement.languages) & set(agent.languages))
            ]
            assert able, (entry, wanted)


# ---- what is refused


def test_every_problem_is_listed_at_once_in_the_order_of_the_file() -> None:
    text = change("port = 8080 ", 'port = "8080" ')
    text = change('level = "info"', 'level = "loud"', text)
    text = change("order = 2\n", "", text)
    text = change('tier = "gold"', 'tier = "golden"', text)
    found = problems_of(text)
    assert [problem.split(": ")[1] for problem in found] == ["server.port", "log.level", "policy.tiers[2].order"]
    assert found[0] == f"line {line_of('port =', text)}: server.port: must be a whole number, without quotes"


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        ("host = ", "hots = ", "server.hots", "is not a key of this table"),
        ("[log]", "[logs]", "logs", "is not a key of this table"),
        ("port = 8080 ", "port = 80800 ", "server.port", "must be at most 65535"),
        ("json = false", 'json = "no"', "log.json", "must be true or false"),
        ('url = "sqlite', 'url = "mysql', "database.url", "must be an address that begins with sqlite:// or"),
        ('origins = []', 'origins = ["example.org"]', "server.trusted_origins[1]", "that ends with its host"),
        ('account_sid = "AC0', 'account_sid = "AX0', "channels.phone.account_sid", "must be the Account SID"),
        ('"+46850005001"]', '"0850005001"]', "channels.sms.numbers[1]", "such as +46701234567"),
        ('countries = ["SE"', 'countries = ["EU"', "channels.phone.countries[1]", "is not a country"),
        ('countries = ["SE", "NO", "DK", "FI"] ', "countries = [] ", "channels.phone.countries", "name at least one"),
        ("most_per_hour = 600", "most_per_hour = 0", "channels.phone.most_per_hour", "must be at least 1"),
        ("most_per_hour = 10_000", "# none", "channels.sms.most_per_hour", "is missing"),
        ('"cards@nord', '"Cards@nord', "channels.email.addresses[2]", "must be a mail address in small letters"),
        ("enabled = true", "enabled = false", "channels.phone.api_base_url", "is the sandbox"),
        ('folder = ""', 'folder = "no-such-folder"', "scripts.folder", "is not a folder"),
        ('host = "127.0.0.1"', 'host = "0.0.0.0"', "server.public_url", "is missing: write the https address"),
        ('time_zone = "Europe/Stockholm"', 'time_zone = "Mars"', "policy.time_zone", "is not a time zone"),
        ('default_tier = "standard"', 'default_tier = "basic"', "policy.default_tier", "does not exist"),
        ("order = 2\n", "order = 3\n", "policy.tiers[2].order", "repeats an earlier one"),
        ('zh-CN = "黄金"', 'sv = "Guld"', "policy.tiers[2].names", "has no name in zh-CN"),
        ("phone = 86_520", 'phone = "soon"', "policy.tiers[2].head_start_seconds.phone", "'always'"),
        ("sms = 44_100", "fax = 44_100", "policy.tiers[2].head_start_seconds.fax", "must be 'phone'"),
        ("cards = 3 }, dur", "cards = 6 }, dur", "policy.queues[2].rings[1].skills.cards", "must be at most 5"),
        (", duration_seconds = 30", "", "policy.queues[2].rings[1]", "needs duration_seconds"),
        ("{ cards = 1 } }", "{ cards = 1 }, duration_seconds = 5 }", "policy.queues[2].rings[2].duration", "last"),
        ("target = 0.8,", "target = 80,", "policy.queues[1].service_level.phone.target", "must be at most 1"),
        ('sms = { target = 0.9, seconds = 600 }\n', "", "policy.queues[1].service_level", "lacks sms"),
        ("points = { phone = 100", "points = { phone = 101", "policy.capacity.points.phone", "must be at most 100"),
        ("boost_cap_seconds = 600", "boost_cap_seconds = -1", "policy.timing.boost_cap_seconds", "at least 0"),
        ('queues = ["deposits"]', 'queues = ["depots"]', "policy.dispositions[6].queues[1]", "does not exist"),
        ('code = "answered"', 'code = "solved"', "policy.dispositions[2].code", "repeats an earlier one"),
        ('queue = "service"', 'queue = "servise"', "policy.entries[1].queue", "names a queue that does not exist"),
        ('channel = "sms"\nqueue = "service"', 'channel = "sms"\nqueue = "deposits"', "policy.entries[4].queue", ""),
        ('address = "cards@', 'address = "card@', "policy.entries[6].address", "is not an address of channels.email"),
        ('[[policy.entries]]\nchannel = "webchat"\nqueue = "deposits"\n', "", "channels.webchat", "to no queue"),
        ('[[policy.entries]]\nchannel = "sms"\nqueue = "service"\n', "", "channels.sms.numbers[1]", "to no queue"),
        ('roles = ["agent"]', 'roles = ["boss"]', "demo.staff[1].roles[1]", "must be 'agent'"),
        ('queues = ["service", "cards"]', 'queues = ["service", "crads"]', "demo.staff[2].queues[2]", "not exist"),
        ('id = "lin"', 'id = "pia"', "demo.customers[2].id", "repeats an earlier one"),
        ('tier = "gold"\nl', 'tier = "golden"\nl', "demo.customers[4].tier", "names a tier that does not exist"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_key_and_line(old: str, new: str, key: str, what: str) -> None:
    text = change(old, new)
    found = problems_of(text)
    assert len(found) >= 1
    line, named = re.match(r"line (\d+): (.*)", found[0]).groups()
    assert named.startswith(key), found
    assert what in named
    last = key.split(".")[-1].split("[")[0]
    near = text.splitlines()[int(line) - 1]
    assert last in near or near.startswith(("[", "  {")) or new in near


def test_a_missing_table_of_the_policy_is_one_clear_problem() -> None:
    assert problems_of("[server]\nport = 8080\n") == ["policy: is missing: add the [policy] tables"]


def test_a_file_that_is_no_toml_is_named_with_its_line() -> None:
    (problem,) = problems_of("[server]\nport = = 8080\n")
    assert problem.startswith("line 2: is not valid TOML: Invalid value")


def test_a_file_that_is_not_there_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match="cannot be read"):
        load(tmp_path / "config.toml", {})


def test_the_message_of_all_problems_has_one_line_each_with_the_file() -> None:
    with pytest.raises(ConfigErrors) as caught:
        parse(change("port = 8080 ", "port = -1 "), FILE.parent, {}, "hub.toml")
    assert str(caught.value).startswith("hub.toml: line ")


# ---- secrets


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    text = change('{ generated = "sandbox_auth_token" }', '"9f8e7d6c5b4a39281706f5e4d3c2b1a0"')
    (problem,) = problems_of(text)
    assert "channels.phone.auth_token: is a secret and never stands in the file" in problem
    assert "9f8e7d6c" not in problem


@pytest.mark.parametrize("reference", ["{}", '{ env = "A", file = "b" }'])
def test_a_reference_names_exactly_one_place(reference: str) -> None:
    (problem,) = problems_of(change('{ generated = "sandbox_auth_token" }', reference))
    assert "needs exactly one of" in problem


@pytest.mark.parametrize("url", ["postgresql://hub:hunter2@db/hub", "postgresql://:hunter2@db/hub"])
def test_a_password_in_the_address_of_the_database_is_refused(url: str) -> None:
    (problem,) = problems_of(change("sqlite:///hub.db", url))
    assert "name its place in database.password" in problem
    assert "hunter2" not in problem


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    text = change('{ generated = "sandbox_auth_token" }', '{ env = "HUB_TOKEN" }')
    text = change('{ generated = "sandbox_auth_token" }', '{ file = "token" }', text)
    config = read(text, tmp_path, HUB_TOKEN="from-outside")
    assert config.channels.phone is not None
    assert config.channels.sms is not None
    assert config.reveal(config.channels.phone.auth_token) == "from-outside"
    assert config.reveal(config.channels.sms.auth_token) == "from-a-file"
    assert "from-outside" not in repr(config)


def test_a_secret_that_is_not_there_is_a_problem_of_the_file(tmp_path: Path) -> None:
    text = change('{ generated = "sandbox_auth_token" }', '{ env = "HUB_TOKEN" }')
    text = change('{ generated = "sandbox_auth_token" }', '{ file = "token" }', text)
    first, second = problems_of(text, tmp_path)
    assert first.endswith(
        "channels.phone.auth_token: names the environment variable HUB_TOKEN, which is unset or empty: set it"
    )
    assert second.endswith(
        "channels.sms.auth_token: names the file token, which is empty or cannot be read as UTF-8 text: "
        "write the secret into it"
    )
    (tmp_path / "token").write_bytes("geheim-\xe4".encode("latin-1"))
    assert problems_of(text, tmp_path) == [first, second]


def test_a_generated_secret_stays_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    config = read(TEXT, tmp_path)
    assert not config.data_folder.exists(), "reading the settings writes nothing"
    secret = Secret(generated="sandbox_auth_token")
    with ThreadPoolExecutor(16) as pool:
        seen = set(pool.map(lambda _: config.reveal(secret), range(64)))
    assert len(seen) == 1
    assert re.fullmatch("[0-9a-f]{32}", seen.pop())
    assert config.reveal(Secret(generated="demo_password")) != config.reveal(secret)
    kept = config.data_folder / "secrets" / "sandbox_auth_token"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sorted(os.listdir(kept.parent)) == ["demo_password", "sandbox_auth_token"]


def test_the_password_of_the_database_goes_into_its_address(tmp_path: Path) -> None:
    text = change("sqlite:///hub.db", "postgresql://hub@db/hub")
    text = change("# password = { env", "password = { env", text)
    config = read(text, tmp_path, HUB_DATABASE_PASSWORD="p@ss/word")
    assert config.database_url == "postgresql://hub:p%40ss%2Fword@db/hub"


# ---- what overrides, and where paths lead


def test_the_environment_moves_the_ports_and_the_data(tmp_path: Path) -> None:
    config = read(TEXT, tmp_path, HUB_PORT="9123", HUB_MAIL_PORT="0", HUB_DATA="/srv/hub")
    assert config.server.port == 9123
    assert config.public_url() == "http://127.0.0.1:9123"
    assert config.channels.email is not None
    assert config.channels.email.listen_port == 0
    assert config.database_url == "sqlite:////srv/hub/hub.db"
    assert config.media_folder == Path("/srv/hub/media")


def test_the_port_of_the_mail_switches_no_channel_on(tmp_path: Path) -> None:
    data = tomllib.loads(TEXT)
    del data["channels"]["email"]
    data["policy"]["entries"] = [entry for entry in data["policy"]["entries"] if entry["channel"] != "email"]
    assert read(tomli_w.dumps(data), tmp_path, HUB_MAIL_PORT="2600").channels.email is None


@pytest.mark.parametrize("value", ["http", "80 80", "-1", "٣"])
def test_an_overriding_port_that_is_none_names_the_variable(value: str) -> None:
    assert problems_of(TEXT, HUB_PORT=value) == [
        "HUB_PORT: must be a port number: correct or unset this environment variable"
    ]


def test_a_live_provider_needs_to_know_where_the_hub_is() -> None:
    live = change('api_base_url = "sandbox"  ', "# ")
    (problem,) = problems_of(live)
    assert "server.public_url: is missing: write the URL at which the provider of phone reaches the hub" in problem
    here = change('public_url = ""', 'public_url = "http://127.0.0.1:8080"', live)
    assert read(here).public_url() == "http://127.0.0.1:8080"


def test_a_public_url_wins_over_the_port_that_was_bound() -> None:
    assert read(TEXT).public_url(4711) == "http://127.0.0.1:4711"
    assert read(change('host = "127.0.0.1"', 'host = "::1"')).public_url(4711) == "http://[::1]:4711"
    named = change('public_url = ""', 'public_url = "https://localhost/a"')
    assert read(named).public_url(4711) == "https://localhost/a"


def test_settings_cannot_be_changed() -> None:
    config = read(TEXT)
    for part in fields(config):
        value = getattr(config, part.name)
        assert not is_dataclass(value) or type(value).__dataclass_params__.frozen


# ---- several processes on one machine


def test_edges_need_what_several_processes_can_share() -> None:
    text = change("edges = 0", "edges = 2")
    database, bus, sandbox = (line_of(words, text) for words in ('url = "sqlite', 'url = ""', "enabled = true"))
    found = problems_of(text)
    assert [problem.partition(", but")[0].partition(" with")[0] for problem in found] == [
        f"line {database}: database.url: is SQLite, which serves one process",
        f"line {bus}: bus.url: is empty",
        f"line {sandbox}: sandbox.enabled: must be false",
    ]
    assert all(problem.endswith("or set server.edges = 0") for problem in found)


@pytest.mark.parametrize(("edges", "what"), [("-1", "must be at least 0"), ("65", "must be at most 64")])
def test_the_number_of_edges_has_limits(edges: str, what: str) -> None:
    assert what in problems_of(change("edges = 0", f"edges = {edges}"))[0]
