"""Checks of what an operator does with the deployed tables: sessionctl table verify, session and stats."""

import json
import subprocess

from deploy_local.client import call, log_in
from deploy_local.steps import Failure


def check(sessionctl, env, port, outputs, api, user, password):
    """The tables are as they should be; sessions are listed, counted and ended."""

    def ask(*arguments, codes=(0,)):
        tables = ["--session-table", outputs["SessionTableName"], "--user-table", outputs["UserTableName"]]
        place = ["--endpoint-url", f"http://127.0.0.1:{port}", *tables]
        done = subprocess.run([sessionctl, *place, *arguments, "--json"], env=env, capture_output=True, text=True)
        if done.returncode not in codes:
            raise Failure(f"sessionctl {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    parts = ask("table", "verify", codes=(0, 1))
    wrong = {one["part"] for one in parts if one["state"] != "right"}
    # MiniStack's CloudFormation leaves these two out.
    if len(parts) != 11 or not wrong <= {"point-in-time recovery", "encryption"}:
        raise Failure(f"of the deployed tables are told {parts}")
    session = log_in(api, user, password)
    listed = ask("session", "list", "--user", user)
    everybody = ask("session", "list")
    names = {one["session"] for one in everybody}
    if not listed or not {one["session"] for one in listed} <= names:
        raise Failure(f"of {user} are listed {listed}, of everybody {everybody}")
    (counted,) = ask("stats")
    if counted["sessions"] != len(names) or counted["dangling_sessions"] or counted["dangling_entries"] or counted["damaged"]:
        raise Failure(f"{len(names)} sessions are listed, and counted are {counted}")
    (ended,) = ask("session", "revoke", "--all", "--yes")
    if ended["ended"] != len(names) or ask("session", "list"):
        raise Failure(f"of {len(names)} sessions {ended} have ended")
    status, _, text = call("GET", f"{api}/profile", session)
    if status != 403:
        raise Failure(f"a call of a session that was ended answered {status}: {text}")
