#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""posternd's processes from outside: start, control socket, reload, a process's death, the end. Prints TAP-like lines.

usage: test_process.py POSTERND POSTERN
The daemon is built with a gateway that knows no H.323. All runs in a network namespace, with the firewall table; where none
can be had, as the user, without interception.
"""

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

POSTERND, POSTERN = sys.argv[1:3]
CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
PATIENCE_S = 20

# a GatekeeperRequest
GRQ = bytes.fromhex("00000000060008914a0002000a000002"
                    "07f222c0b50000000374657374003100")
GCF = 0x04  # how a GatekeeperConfirm begins, in its first six bits

CONFIG = """\
mode: {mode}
realms:
  - {{name: inside, role: inside, address: 127.0.0.1, interfaces: [lo], networks: [127.0.0.0/30]}}
  - {{name: outside, role: outside, address: {outside}, interfaces: [{other}]}}
h323: {{port: {port}}}
data: {{port: {data}}}
limits: {{calls: {calls}}}
control: {{socket: {work}/run/control.sock}}
state_dir: {work}/state
"""


def eventually(what, why):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError(f"waited in vain: {why}")


class World:
    def __init__(self, work):
        self.work = work
        self.path = os.path.join(work, "postern.yaml")
        self.socket = os.path.join(work, "run", "control.sock")
        self.privileged = own_network()
        self.port = 1720 if self.privileged else free_port()
        self.data = 1503 if self.privileged else free_port()
        self.other = "pst0" if self.privileged else "pstnone"
        self.log = open(os.path.join(work, "log"), "w+", encoding="utf-8")
        self.process = None
        self.manager, self.told = None, b""

    def write(self, mode="enforce", calls=5, port=None, outside="127.0.0.9", extra=""):
        mode = mode if self.privileged else "off"
        text = CONFIG.format(mode=mode, other=self.other, port=port or self.port, data=self.data, calls=calls, work=self.work,
                             outside=outside if self.privileged else "127.0.0.9")
        if not self.privileged:
            text = text.replace(", interfaces: [lo]", "").replace(", interfaces: [pstnone]", "")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text + extra)

    def start(self, **env):
        self.process = subprocess.Popen([POSTERND, "--config", self.path], stderr=self.log, env={**os.environ, **env})

    def said(self):
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def wait_said(self, pattern, times=1):
        eventually(lambda: len(re.findall(pattern, self.said())) >= times, f"{pattern} in\n{self.said()}")

    def hear(self):
        """Takes what the service manager was told: its socket holds a few messages only."""
        try:
            while self.manager:
                self.told += self.manager.recv(4096) + b"\n"
        except BlockingIOError:
            pass

    def postern(self, *words):
        return subprocess.run([POSTERN, *words, "--socket", self.socket], capture_output=True, text=True, check=False)

    def status(self):
        answer = self.postern("status", "--json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def child(self, name):
        """The pid of the child of that name; None while there is none."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            pids = map(int, file.read().split())
        for pid in pids:
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                    if file.read() == f"posternd-{name}"[:15] + "\n":
                        return pid
            except OSError:
                pass  # it has just died
        return None

    def worker(self):
        return self.child("worker")

    def registrar(self):
        return self.child("registrar")

    def rules(self):
        if not self.privileged:
            return ""
        return subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout


def own_network():
    """Whether we could get a network namespace and a second interface in it."""
    user, group, libc = os.geteuid(), os.getegid(), ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        if libc.unshare(CLONE_NEWNET | CLONE_NEWUSER) != 0:
            return False
        for name, text in ("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1"):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    for words in (["link", "set", "lo", "up"], ["link", "add", "pst0", "type", "veth", "peer", "name", "pst1"],
                  ["address", "add", "127.0.0.9/32", "dev", "pst0"], ["link", "set", "pst0", "up"]):
        if subprocess.run(["ip", *words], check=False).returncode != 0:
            raise AssertionError("ip " + " ".join(words))
    return True


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def proc_status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def check_and_print(w):
    w.write()
    run = subprocess.run([POSTERND, "--check", "--config", w.path], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, f"{w.path}: ok\n"), run
    once = subprocess.run([POSTERND, "--print", "--config", w.path], capture_output=True, text=True, check=True).stdout
    again = subprocess.run([POSTERND, "--print", "--config", "/dev/stdin"], input=once, capture_output=True, text=True,
                           check=True).stdout
    assert once == again and "t301: 3m" in once, once
    w.write(extra="colour: red\n")
    run = subprocess.run([POSTERND, "--check", "--config", w.path], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (1, "", f"{w.path}:10: unknown key 'colour'\n"), run
    run = subprocess.run([POSTERND, "--config", w.path], capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "unknown key 'colour'" in run.stderr, run
    run = subprocess.run([POSTERND, "--config", w.path + ".nope"], capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "no such file; postern.yaml(5)" in run.stderr, run


def starts(w):
    w.write()
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(os.path.join(w.work, "notify"))
    manager.settimeout(PATIENCE_S)
    w.start(NOTIFY_SOCKET=os.path.join(w.work, "notify"))
    assert b"READY=1" in manager.recv(4096)
    assert b"WATCHDOG=1" in manager.recv(4096)
    manager.setblocking(False)
    w.manager = manager
    assert w.status()["mode"] == ("enforce" if w.privileged else "off"), w.status()
    if w.privileged:
        assert "hook prerouting" in w.rules() and "hook forward" in w.rules()
    assert os.stat(w.socket).st_mode & 0o777 == 0o660


def children_have_nothing(w):
    for name in "worker", "registrar":
        has_nothing(w, proc_status(w.child(name)))


def has_nothing(w, status):
    assert all(int(status[f"Cap{s}"], 16) == 0 for s in ("Inh", "Prm", "Eff", "Amb")), status
    assert status["NoNewPrivs"] == "1"
    # 2: with a filter. Where there can be none, the daemon has said so.
    assert status["Seccomp"] == "2" or re.search(r"not in a sandbox|has no seccomp", w.said()), status
    if w.privileged and os.geteuid() == 0 and "4294967295" in open("/proc/self/uid_map", encoding="ascii").read():
        assert "0" not in status["Uid"].split() and status["Groups"].strip() == "", status
        assert int(status["CapBnd"], 16) == 0


def names_its_processes(w):
    pids = {p["name"]: p["pid"] for p in w.status()["processes"]}
    assert pids == {"monitor": w.process.pid, "worker": w.worker(), "registrar": w.registrar()}, pids
    said = w.postern("status").stdout
    assert f"processes   monitor {w.process.pid}, worker {w.worker()}, registrar {w.registrar()}\n" in said, said


def serves_control(w):
    with socket.create_connection(("127.0.0.1", w.port)):
        eventually(lambda: w.status()["calls"]["active"] == 1, "the call")
        listed = w.postern("calls").stdout
        assert r"bob \x1b[31m" in listed and "\x1b" not in listed, listed
        assert w.postern("calls", "1").stdout.startswith("call 1, ")
        assert json.loads(w.postern("calls", "1", "--json").stdout)["id"] == 1
        assert w.postern("calls", "2").returncode == 1
        assert w.postern("calls", "x").returncode == 2
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(w.socket)
        s.sendall(b'{"cmd":"nonsense"}\n{"cmd":"status"}\n' + b"x" * 5000)
        answers = b""
        while True:
            got = s.recv(65536) if answers.count(b"\n") < 2 else b""
            if not got:
                break
            answers += got
        first, second = answers.decode().splitlines()[:2]
        assert json.loads(first) == {"error": "unknown cmd"} and "status" in json.loads(second)
    assert w.status(), "a bad client is nobody else's trouble"


def follows(w):
    follow = subprocess.Popen([POSTERN, "calls", "--follow", "--json", "--socket", w.socket], stdout=subprocess.PIPE, text=True)
    try:
        # whether it listens already shows with the first event; a connection each until then
        links = []

        def event():
            links.append(socket.create_connection(("127.0.0.1", w.port)))
            os.set_blocking(follow.stdout.fileno(), False)
            time.sleep(0.05)
            return follow.stdout.readline()
        line = eventually(event, "an event")
        assert json.loads(line)["text"] == "Setup", line
        for link in links:
            link.close()
    finally:
        follow.kill()
        follow.wait()
        follow.stdout.close()


def reloads(w):
    worker = w.worker()
    w.write(calls=0)
    w.process.send_signal(signal.SIGHUP)
    w.wait_said(r"postern.yaml:7: limits.calls: '0' has to be a number")
    w.wait_said(r"all stays as it was")
    assert w.status()["limit"] == 5
    w.write(extra="user: daemon\n")
    w.process.send_signal(signal.SIGHUP)
    w.wait_said(r"a change of user needs a restart")
    rules = w.rules()
    # a port that somebody else has: the worker finds out when all else is well
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        w.write(calls=6, port=taken.getsockname()[1])
        w.process.send_signal(signal.SIGHUP)
        w.wait_said(r"can not listen on 127.0.0.1")
        w.wait_said(r"all stays as it was", 3)
    assert w.status()["limit"] == 5 and w.rules() == rules
    socket.create_connection(("127.0.0.1", w.port)).close()
    w.write(calls=7, mode="intercept")
    w.process.send_signal(signal.SIGHUP)
    w.wait_said(r"is in use now")
    assert w.status()["limit"] == 7 and w.worker() == worker
    assert "hook forward" not in w.rules()
    socket.create_connection(("127.0.0.1", w.port)).close()


def resolves_for_its_worker(w):
    """Which address an interface has is asked by the monitor: the worker has no way to."""
    worker = w.worker()
    w.write(calls=7, mode="intercept", outside="auto")
    w.process.send_signal(signal.SIGHUP)
    w.wait_said(r"is in use now", 2)
    assert w.worker() == worker and w.status(), w.said()


def keeps_a_directory(w):
    """A directory that comes with a reload is kept as well: its folder is open to the worker from the start."""
    if not w.privileged:
        return
    w.write(calls=7, mode="intercept", extra="directory: {serve: on}\n")
    w.process.send_signal(signal.SIGHUP)
    w.wait_said(r"is in use now", 3)
    assert os.path.getsize(os.path.join(w.work, "state", "directory", "entries")) and "is not kept" not in w.said(), w.said()


def ask_gatekeeper(where):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.2", 0))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        s.settimeout(PATIENCE_S)
        s.sendto(GRQ, where)
        answer, source = s.recvfrom(2000)
    assert answer[0] & 0xfc == GCF, answer.hex()
    return source


def has_a_gatekeeper(w):
    """It comes with a reload, answers discovery from its RAS port, says who is registered, and goes with a reload."""
    assert "there is no gatekeeper" in w.postern("registrations").stderr
    port = 1719 if w.privileged else free_port()
    discovery = "on" if w.privileged else "off"
    w.write(calls=7, mode="intercept", extra=f"gatekeeper: {{serve: on, port: {port}, discovery: {discovery}}}\n")
    w.process.send_signal(signal.SIGHUP)
    eventually(lambda: "gatekeeper" in w.status(), "the gatekeeper")
    assert ask_gatekeeper(("127.0.0.1", port)) == ("127.0.0.1", port)
    if w.privileged:
        assert ask_gatekeeper(("127.0.0.1", 1718)) == ("127.0.0.1", port)
        assert ask_gatekeeper(("224.0.1.41", 1718)) == ("127.0.0.1", port)
    assert w.postern("registrations").stdout == "nobody is registered\n"
    w.write(calls=7, mode="intercept", extra="directory: {serve: on}\n")
    w.process.send_signal(signal.SIGHUP)
    eventually(lambda: "gatekeeper" not in w.status(), "its end")


def outlives_its_worker(w):
    worker = w.worker()
    os.kill(worker, signal.SIGKILL)
    w.wait_said(r"died of signal 9")
    w.wait_said(r"has taken over")
    assert w.worker() != worker and "killed by its sandbox" not in w.said() and w.status()["limit"] == 7
    socket.create_connection(("127.0.0.1", w.port)).close()


def outlives_its_registrar(w):
    """The worker and its calls go on; then another registrar takes over."""
    worker, registrar, calls = w.worker(), w.registrar(), w.status()["calls"]["active"]
    with socket.create_connection(("127.0.0.1", w.port)):
        eventually(lambda: w.status()["calls"]["active"] > calls, "the call")
        os.kill(registrar, signal.SIGKILL)
        eventually(lambda: w.registrar() not in (None, registrar), "another registrar")
        w.wait_said(r"registrar \d+ has taken over")
        eventually(lambda: [p["pid"] for p in w.status()["processes"]] == [w.process.pid, worker, w.registrar()],
                   "the new registrar to be known")
        assert w.worker() == worker and w.status()["calls"]["active"] > calls and "directory" in w.status(), w.status()


def says_when_a_sandbox_kills(w):
    for name in "worker", "registrar":
        pid, before = w.child(name), len(re.findall(rf"{name} \d+ has taken over", w.said()))
        os.kill(pid, signal.SIGSYS)  # as the kernel does
        w.wait_said(f"{name} {pid} was killed by its sandbox")
        w.wait_said(rf"{name} \d+ has taken over", before + 1)
    run = subprocess.run([POSTERND, "--sandbox", "maybe"], capture_output=True, text=True, check=False)
    assert run.returncode == 2 and "--sandbox MODE" in run.stderr, run


def refuses_a_second(w):
    """It says what to do about it, and the first one's table and addresses are still there."""
    rules = w.rules()
    run = subprocess.run([POSTERND, "--config", w.path], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert run.returncode == 1, run
    assert "another posternd" in run.stderr or "another program has that port; ss -lntup" in run.stderr, run.stderr
    assert "has not started" in run.stderr.splitlines()[-1], run.stderr
    assert w.status() and w.rules() == rules, w.rules()


def ends(w):
    with socket.create_connection(("127.0.0.1", w.port)) as call:
        eventually(lambda: w.status()["calls"]["active"] > 0, "the call")
        w.process.send_signal(signal.SIGTERM)
        call.settimeout(PATIENCE_S)
        assert call.recv(1) == b""
    assert w.process.wait(PATIENCE_S) == 0
    assert not os.path.exists(w.socket) and "postern" not in w.rules()
    assert w.postern("status").returncode == 3
    w.hear()
    assert b"STOPPING=1" in w.told and b"RELOADING=1\nMONOTONIC_USEC=" in w.told, w.told
    w.manager.close()
    w.manager = None


STEPS = [check_and_print, starts, children_have_nothing, names_its_processes, serves_control, follows, reloads,
         resolves_for_its_worker, keeps_a_directory, has_a_gatekeeper, outlives_its_worker, outlives_its_registrar, says_when_a_sandbox_kills, refuses_a_second, ends]


def main():
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        w = World(work)
        try:
            for step in STEPS:
                step(w)
                w.hear()
                print("ok", step.__name__, flush=True)
        except BaseException:
            print("not ok", step.__name__, "\n" + w.said())
            raise
        finally:
            if w.process is not None and w.process.poll() is None:
                w.process.kill()
                w.process.wait()
            w.log.close()


if __name__ == "__main__":
    main()
