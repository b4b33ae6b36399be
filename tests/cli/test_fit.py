"""What keeps a mall from being served, one line each; and the role that serving needs."""

import subprocess
from pathlib import Path

import pytest
from django.conf import settings as own

from tests.ops.served import (
    ZENGZHI,
    Served,
    environment_of,
    migrated,
    production_on_postgresql,
    run,
)
from zengzhi.site import fit, role


@pytest.fixture
def served(settings, tmp_path, monkeypatch):
    """Settings of a mall that can be served."""
    from zengzhi.records.store import encrypted, keys

    settings.DEMO = settings.DEBUG = False
    settings.SECRET_KEY = "long and random " * 4
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.ALLOWED_HOSTS = ["mall.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://mall.example"]
    settings.LOGGING = {"root": {"level": "INFO"}}
    settings.DIGEST_KEY_FILE = tmp_path / "keys" / "digest.key"
    settings.SEAL_KEY_FILE = tmp_path / "keys" / "seal.key"
    settings.DATA_KEY_FILE = tmp_path / "keys" / "data.key"
    keys.create(settings.DIGEST_KEY_FILE, settings.SEAL_KEY_FILE)
    encrypted.create_keys(settings.DATA_KEY_FILE)
    monkeypatch.setattr(fit, "CHECKS", tuple(c for c in fit.CHECKS if c is not fit._database))
    return settings


def weaken(path: Path) -> Path:
    path.write_text("00" * 32)
    return path


def test_a_mall_in_order_is_served(served):
    assert fit.problems() == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEMO", True, "ZENGZHI_DEMO"),
        ("DEBUG", True, "ZENGZHI_DEBUG"),
        ("SECRET_KEY", "x", "ZENGZHI_SECRET_KEY is weak"),
        ("SECRET_KEY", "ab" * 40, "ZENGZHI_SECRET_KEY is weak"),
        ("SECRET_KEY", "k3y-of-49-characters-0123456789-abcdefghijklmnopq", "is weak"),
        ("SECRET_KEY", own.SECRET_KEY, "everybody can read"),
        ("SECRET_KEY", "django-insecure-" + "long and random" * 4, "everybody can read"),
        ("SESSION_COOKIE_SECURE", False, "plain http"),
        ("CSRF_COOKIE_SECURE", False, "plain http"),
        ("CSRF_TRUSTED_ORIGINS", ["http://mall.example"], "is not https"),
        ("ALLOWED_HOSTS", ["*"], "name the host"),
        ("LOGGING", {"root": {"level": "DEBUG"}}, "ZENGZHI_LOG_LEVEL"),
        ("SEAL_KEY_FILE", Path("/nowhere/seal.key"), "ZENGZHI_SEAL_KEY"),
        ("DIGEST_KEY_FILE", Path("/nowhere/digest.key"), "ZENGZHI_DIGEST_KEY"),
    ],
)
def test_each_reason_is_named_alone(served, name, value, said):
    setattr(served, name, value)
    found = {line for line in fit.problems() if "is not there" not in line}
    assert len(found) == 1
    assert said in found.pop()


@pytest.mark.parametrize("which", ["DIGEST_KEY_FILE", "SEAL_KEY_FILE"])
def test_a_weak_or_open_key_is_named(served, which):
    path = getattr(served, which)
    path.chmod(0o640)
    assert ["chmod 600" in line for line in fit.problems()] == [True]
    path.chmod(0o600)
    weaken(path)
    assert ["is weak" in line for line in fit.problems()] == [True]


def test_a_data_key_that_is_open_missing_or_none_is_named(served):
    path = served.DATA_KEY_FILE
    path.chmod(0o640)
    assert ["chmod 600" in line for line in fit.problems()] == [True]
    path.chmod(0o600)
    path.write_text("no key\n", "ascii")
    assert ["not a file of data keys" in line for line in fit.problems()] == [True]
    path.unlink()
    assert ["is not there" in line for line in fit.problems()] == [True]


def test_an_open_database_file_is_closed(tmp_path):
    database = tmp_path / "mall.sqlite3"
    beside = tmp_path / "mall.sqlite3-wal"
    for path in (database, beside):
        path.write_bytes(b"")
        path.chmod(0o644)
    assert list(fit._file(database)) == []
    assert {path.stat().st_mode & 0o777 for path in (database, beside)} == {0o600}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ZENGZHI_DEMO": "1"}, "unset ZENGZHI_DEMO"),
        ({"ZENGZHI_SECRET_KEY": "x"}, "ZENGZHI_SECRET_KEY is weak"),
        ({"ZENGZHI_SECRET_KEY": ""}, "ZENGZHI_SECRET_KEY is not set"),
    ],
)
def test_serve_ends_with_one_line_and_listens_to_nobody(tmp_path, variables, said):
    url = f"sqlite:///{tmp_path / 'mall.sqlite3'}"
    environment = {**environment_of(tmp_path / "var", url), **variables}
    done = run(environment, ZENGZHI, "serve", "--port", "1")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line for line in lines if said in line]
    assert all(line.startswith("zengzhi: ") for line in lines)
    assert done.stdout == ""


def test_files_of_a_new_mall_are_their_owners_alone(tmp_path):
    var = tmp_path / "var"
    environment = environment_of(var, f"sqlite:///{var / 'zengzhi.sqlite3'}")
    assert run(environment, ZENGZHI, "seal", "head").returncode != 0  # It opens an empty one.
    assert (var / "zengzhi.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_owner_of_the_tables_serves_nobody(tmp_path):
    with production_on_postgresql(tmp_path / "var") as environment:
        name = environment["ZENGZHI_DATABASE"].partition("//")[2].partition("@")[0]
        owner = environment["ZENGZHI_DATABASE"].replace(f"//{name}@", "//postgres@")
        done = run({**environment, "ZENGZHI_DATABASE": owner}, ZENGZHI, "serve", "--port", "1")
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "is a superuser" in done.stderr
        the_role_serves_and_changes_no_record(environment, tmp_path)
        an_owner_that_is_no_superuser_is_refused(environment, name)


def the_role_serves_and_changes_no_record(environment, tmp_path):
    import psycopg

    with Served(environment, "--workers", "1", log=tmp_path / "log") as mall:
        assert mall.ask("/")[0] == 200
        assert mall.ask("/points/")[0] == 200
        assert mall.ask("/accounts/signup/")[0] == 200
    settled = run(environment, ZENGZHI, "settle", "--once")
    assert settled.returncode == 0, settled.stderr
    verified = run(environment, ZENGZHI, "verify")
    assert verified.returncode == 0, verified.stdout
    with psycopg.connect(environment["ZENGZHI_DATABASE"], autocommit=True) as connection:
        for statement in (
            "UPDATE ledger_leg SET amount = 0",
            "DELETE FROM ledger_leg",
            "TRUNCATE ledger_leg",
            "ALTER TABLE ledger_leg DISABLE TRIGGER ALL",
            "DROP TABLE ledger_leg",
            "DELETE FROM control_record",
            "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def an_owner_that_is_no_superuser_is_refused(environment, name):
    import psycopg

    server = environment["ZENGZHI_DATABASE"].replace(f"//{name}@", "//postgres@")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"GRANT UPDATE ON ledger_leg TO {name}")
        assert said_of(environment) == "may change ledger_leg, which is only added to"
        connection.execute(f"REVOKE UPDATE ON ledger_leg FROM {name}")
        assert said_of(environment) == ""
        connection.execute(f"ALTER ROLE {name} CREATEROLE")
        assert "may make roles" in said_of(environment)
        connection.execute(f"ALTER ROLE {name} NOCREATEROLE")
        connection.execute(f"GRANT UPDATE (amount) ON ledger_leg TO {name}")
        assert said_of(environment) == "may change ledger_leg, which is only added to"
        connection.execute(f"REVOKE UPDATE (amount) ON ledger_leg FROM {name}")
        owner = {**environment, "ZENGZHI_DATABASE": server}
        assert run(owner, ZENGZHI, "role", name).returncode == 0  # again, after an upgrade
        connection.execute(f"GRANT postgres TO {name}")
        assert said_of(environment) == "is a superuser"
        refused = run(owner, ZENGZHI, "role", name)
        assert refused.returncode == 2
        assert "has powers or owns something" in refused.stderr
        connection.execute(f"REVOKE postgres FROM {name}")
        connection.execute(f"ALTER TABLE mall_order OWNER TO {name}")
        assert "owns the tables" in said_of(environment)
        connection.execute("ALTER TABLE mall_order OWNER TO postgres")


def said_of(environment) -> str:
    code = "import django; django.setup(); from zengzhi.site.role import excess; print(excess())"
    done = subprocess.run(
        [ZENGZHI.parent / "python", "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_sqlite_has_no_roles(tmp_path):
    environment = environment_of(tmp_path / "var", f"sqlite:///{tmp_path / 'a.sqlite3'}")
    migrated(environment)
    done = run(environment, ZENGZHI, "role", "mall")
    assert done.returncode == 2
    assert "SQLite has no roles" in done.stderr


def test_names_of_roles():
    for name in ("", "pg_x", "Mall", "a b", 'x"; DROP'):
        with pytest.raises(role.NoSuchRole):
            role.grant(name)
