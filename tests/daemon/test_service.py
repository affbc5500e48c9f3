#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The systemd unit: how exposed systemd finds it, and the daemon at work with what the unit leaves it. Prints TAP-like lines.

usage: test_service.py UNIT DROP-IN POSTERND
Nothing is installed and no manager is asked. The second half runs posternd in a network namespace as an ordinary user, with
the unit's capabilities and under a filter of the unit's system calls, made as systemd would make it; it needs root.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

EXPOSURE_MOST = 1.5
PATIENCE_S = 20
SKIPPED = 77
CLONE_NEWNET = 0x40000000
SCMP_ACT_ALLOW, SCMP_ACT_EPERM = 0x7FFF0000, 0x00050001

CONFIG = """\
mode: enforce
realms:
  - {{name: inside, role: inside, address: 127.0.0.1, interfaces: [lo], networks: [127.0.0.0/30]}}
  - {{name: outside, role: outside, address: auto, interfaces: [pst0]}}
directory: {{serve: on}}
control: {{socket: {work}/run/control.sock}}
state_dir: {work}/state
limits: {{calls: {calls}}}
"""


def analyze(*words):
    return subprocess.run(["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"})


def settings(*paths):
    """The service's lists, as the manager puts them together."""
    found = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for key, value in re.findall(r"^(\w+)=(.*)$", file.read(), re.M):
                found.setdefault(key, []).append(value)
    return found


def members(name):
    """The system calls of a group, without those that only newer kernels have."""
    if not name.startswith("@"):
        return {name}
    calls = set()
    for line in analyze("syscall-filter", name).stdout.splitlines()[1:]:
        line = line.strip()
        if line and not line.startswith("#"):
            calls |= members(line)
    return calls


def allowed_calls(unit):
    calls = set()
    for value in unit["SystemCallFilter"]:
        named = set().union(*(members(word) for word in value.lstrip("~").split()))
        calls = calls - named if value.startswith("~") else calls | named
    return sorted(calls | members("@default"))


def confine(calls):
    """From here on, nothing but CALLS."""
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
    lib.seccomp_load.argtypes = [ctypes.c_void_p]
    context = lib.seccomp_init(SCMP_ACT_EPERM)
    for name in calls:
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            assert lib.seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0) == 0, name
    assert lib.seccomp_load(context) == 0


def exposure(unit, _):
    run = analyze("security", "--offline=true", unit)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", run.stdout)
    if not found:
        print("# systemd-analyze says nothing of", unit, run.stderr)
        return SKIPPED
    assert float(found.group(1)) <= EXPOSURE_MOST, run.stdout
    return 0


def nobody_else(unit, drop_in):
    """The unit and the drop-in name the same capabilities as bound and as given, and no root."""
    for files in (unit,), (unit, drop_in):
        lists = settings(*files)
        assert lists["AmbientCapabilities"] == lists["CapabilityBoundingSet"], lists
    assert settings(unit)["User"] == ["postern"]
    return 0


class Service:
    """posternd as the unit would run it, in this process's network."""

    def __init__(self, work, unit, posternd):
        self.work, self.path = work, os.path.join(work, "postern.yaml")
        self.log = os.path.join(work, "log")
        program = shutil.copy(posternd, work)  # the build may be where the user cannot go
        lists = settings(unit)
        caps = ",".join("+" + name[4:].lower() for value in lists["AmbientCapabilities"] for name in value.split())
        os.mkdir(os.path.join(work, "run"))
        os.mkdir(os.path.join(work, "state"), 0o700)
        for name in "", "run", "state":
            shutil.chown(os.path.join(work, name), "nobody", "nogroup")
        self.write(5)
        with open(os.path.join(work, "calls"), "w", encoding="utf-8") as file:
            json.dump(allowed_calls(lists), file)
        shutil.copy(os.path.abspath(__file__), os.path.join(work, "confined.py"))
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs",
                 f"--bounding-set=-all,{caps}", f"--inh-caps=-all,{caps}", f"--ambient-caps=-all,{caps}",
                 sys.executable, os.path.join(work, "confined.py"), "--confined", os.path.join(work, "calls"),
                 program, "--config", self.path], stderr=log, cwd="/",
                env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1",
                     "ASAN_OPTIONS": "detect_leaks=0"})  # which takes a trace of the process

    def write(self, calls):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(work=self.work, calls=calls))

    def said(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def wait_said(self, pattern):
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.said()):
            assert time.monotonic() < end and self.process.poll() is None, f"no '{pattern}' in\n{self.said()}"
            time.sleep(0.02)

    def statuses(self):
        """/proc's lines on the monitor, then on each of its children."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            pids = [self.process.pid, *map(int, file.read().split())]
        for pid in pids:
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                yield dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def rules():
    return subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout


def at_work(unit, posternd, work):
    service = Service(work, unit, posternd)
    try:
        service.wait_said(r"daemon: ready")
        assert "hook prerouting" in rules() and "hook forward" in rules(), rules()
        monitor, *children = service.statuses()
        assert [c["Name"] for c in children] == ["posternd-worker", "posternd-regist"], children
        assert "0" not in monitor["Uid"].split() and int(monitor["CapEff"], 16) == 1 << 12 | 1 << 10, monitor
        for child in children:
            assert all(int(child[f"Cap{s}"], 16) == 0 for s in ("Prm", "Eff", "Amb")), child
            assert child["NoNewPrivs"] == "1", child
            if not re.search(r"not in a sandbox", service.said()):
                assert int(child["Seccomp_filters"]) == int(monitor["Seccomp_filters"]) + 1, child
        assert os.path.exists(os.path.join(work, "state", "directory", "entries")), service.said()
        socket.create_connection(("127.0.0.1", 1720)).close()
        socket.create_connection(("127.0.0.1", 389)).close()
        service.write(6)
        service.process.send_signal(signal.SIGHUP)
        service.wait_said(r"is in use now")
        service.process.terminate()
        assert service.process.wait(PATIENCE_S) == 0 and "postern" not in rules(), rules()
    except BaseException:
        print(service.said())
        raise
    finally:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()
    return 0


def works(unit, posternd):
    if os.geteuid() != 0 or not shutil.which("setpriv") or ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
        print("# not as the unit runs it: no root, setpriv or network namespace here")
        return SKIPPED
    for words in (["link", "set", "lo", "up"], ["link", "add", "pst0", "type", "veth", "peer", "name", "pst1"],
                  ["address", "add", "127.0.0.9/32", "dev", "pst0"], ["link", "set", "pst0", "up"]):
        subprocess.run(["ip", *words], check=True)
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        return at_work(unit, posternd, work)


def main():
    if sys.argv[1] == "--confined":
        with open(sys.argv[2], encoding="utf-8") as file:
            confine(json.load(file))
        os.execv(sys.argv[3], sys.argv[3:])
    unit, drop_in, posternd = sys.argv[1:4]
    if not shutil.which("systemd-analyze"):
        print("# no systemd-analyze on this machine")
        return SKIPPED
    results = []
    for test, second in (exposure, drop_in), (nobody_else, drop_in), (works, posternd):
        results.append(test(unit, second))
        print("ok", test.__name__, "# SKIP" if results[-1] else "", flush=True)
    return 0 if 0 in (results[0], results[2]) else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
