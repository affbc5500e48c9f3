# SPDX-License-Identifier: LGPL-2.1-or-later
"""Postern in the lab: the daemon on the gateway, endpoints on the hosts, and what they say about a call."""

import json
import os
import signal
import time
from dataclasses import dataclass, field

from space import FAR_IN, FAR_NETWORK, FAR_OUT, GATEWAY_IN, GATEWAY_OUT, INSIDE_NETWORK, LabError, eventually

H245_PORTS = (31000, 31999)
MEDIA_PORTS = (42000, 43999)
CONTROL = "/run/postern/control.sock"

CONFIG = """\
# The lab's gateway: hosts of {network} behind {outside}.
mode: {mode}
realms:
  - name: inside
    role: inside
    interfaces: [in0]
    address: {inside}
    networks: ['{network}']
  - name: outside
    role: outside
    interfaces: [out0]
    address: {outside}
h323:
  h245_ports: {h245}
media:
  ports: {media}
  relay: {relay}
control:
  socket: {control}
state_dir: {state}
"""
# The relay plane: kernel or user; auto is the kernel's where this runs as root.
PLANE = os.environ.get("POSTERN_LAB_RELAY", "auto")
# Many calls of a test begin at once.
LIMITS = """\
limits:
  setups_per_source: 1000
"""


@dataclass(frozen=True)
class Site:
    """A gateway and where it stands."""
    host: str = "gateway"
    inside: str = GATEWAY_IN
    outside: str = GATEWAY_OUT
    network: str = INSIDE_NETWORK
    control: str = CONTROL
    state: str = "/run/postern-state"


HERE = Site()
FAR = Site("wall", FAR_IN, FAR_OUT, FAR_NETWORK, "/run/postern-far/control.sock", "/run/postern-far-state")


def config_text(bindings=(), default_host=None, mode="enforce", extra=LIMITS, h245=H245_PORTS, media=MEDIA_PORTS, site=HERE):
    """The lab's configuration; BINDINGS are (name, host[:port])."""
    text = CONFIG.format(mode=mode, inside=site.inside, outside=site.outside, network=site.network, control=site.control,
                         state=site.state, h245="%d-%d" % h245, media="%d-%d" % media, relay=PLANE)
    inbound = "".join(f"    - name: {name}\n      host: {host}\n" for name, host in bindings)
    if inbound:
        inbound = f"  bindings:\n{inbound}"
    if default_host:
        inbound += f"  default: {default_host}\n"
    if inbound:
        text += f"inbound:\n{inbound}"
    return text + extra


def tool(build, name):
    """A program of the build."""
    path = os.path.abspath(os.path.join(build, "src", {"posternd": "daemon", "postern": "cli"}[name], name))
    if not os.path.exists(path):
        raise LabError(f"{path} is not built")
    return path


class Posternd:
    """The daemon on the gateway, up when this returns."""

    def __init__(self, lab, build, text=None, site=HERE, **config):
        self.lab, self.site, self.postern, self.program = lab, site, tool(build, "postern"), tool(build, "posternd")
        self.config_path = os.path.join(lab.work, f"{site.host}.yaml")
        for folder in (os.path.dirname(site.control), site.state):
            os.makedirs(folder, exist_ok=True)
        self.write_config(text or config_text(site=site, **config))
        self.process = lab.start(site.host, [self.program, "--config", self.config_path], name=f"posternd@{site.host}")
        if not eventually(lambda: self.process.child.poll() is not None or self.status() is not None, 20, 0.05) \
                or self.process.child.poll() is not None:
            raise LabError(f"posternd did not come up; it said:\n{self.process.said()}")

    def write_config(self, text):
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(text)

    def ask(self, *words):
        """The answer of `postern WORDS --json`, None where there is none."""
        status, out, _ = self.lab.run(self.site.host, [self.postern, *words, "--json", "--socket", self.site.control])
        return json.loads(out) if status == 0 else None

    def status(self):
        return self.ask("status")

    def calls(self):
        return self.ask("calls") or []

    def follow(self, on_line):
        """Prints each event of every call as it happens."""
        return self.lab.start(self.site.host, [self.postern, "calls", "--follow", "--socket", self.site.control], name="follow",
                              on_line=on_line)

    def open_pinholes(self):
        status = self.status()
        return status["pinholes"] if status else None

    def idle(self):
        """Whether nothing of any call is left: neither call, pinhole nor media session."""
        status = self.status()
        return bool(status) and not status["calls"]["active"] and not status["pinholes"] \
            and not status["media"]["sessions"]

    def pids(self):
        """The monitor's pid, then its children's."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            return [self.process.pid, *map(int, file.read().split())]

    def child(self, name):
        """The pid of the child of that name; None while there is none."""
        for pid in self.pids()[1:]:
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                    if file.read() == f"posternd-{name}"[:15] + "\n":
                        return pid
            except OSError:
                pass  # it has just died
        return None

    def replaced(self, name, before):
        """Whether another child of that name than the one of pid BEFORE comes and is at work."""
        def another():
            pid = self.child(name)
            status = self.status() if pid not in (None, before) else None
            return status and pid in [p["pid"] for p in status["processes"]]
        return bool(eventually(another, 15, 0.05))

    def reload(self, text):
        self.write_config(text)
        self.process.signal(signal.SIGHUP)

    def renew(self, text):
        """reload(), and TEXT is in use when this returns."""
        def times():
            return sum("is in use now" in line for line in self.process.errors)

        before = times()
        self.reload(text)
        if not eventually(lambda: times() > before, 10, 0.05):
            raise LabError(f"the new configuration is not used:\n{self.process.said()}")


@dataclass
class End:
    """How one end of a call behaves, and where it is."""
    host: str
    address: str
    tone: int
    fast: bool = True
    tunnel: bool = True
    early: bool = False
    rtp_ports: tuple = None
    seconds: float = 2.0
    port: int = 1720
    alias: str = None
    extra: list = field(default_factory=list)

    def options(self, record):
        # Strict: an end that latches on to whatever comes would hide wrong signalling.
        words = ["--json", "--strict-source", "--local", self.address, "--tone", str(self.tone), "--record", record,
                 "--fast" if self.fast else "--slow", "--tunnel" if self.tunnel else "--no-tunnel"]
        if self.early:
            words.append("--early-h245")
        if self.rtp_ports:
            words += ["--rtp-ports", "%d-%d" % self.rtp_ports]
        if self.alias:
            words += ["--alias", self.alias]
        return words + self.extra


class Call:
    """One call between two ends: answer() waits for it, place() dials. What each said and heard stays to be read."""

    def __init__(self, lab, build, name, caller, callee, dial):
        self.lab, self.postern, self.name = lab, tool(build, "postern"), name
        self.caller, self.callee, self.dial = caller, callee, dial
        self.caller_wav = os.path.join(lab.work, f"{name}-caller.wav")
        self.callee_wav = os.path.join(lab.work, f"{name}-callee.wav")
        self.answering = self.calling = None
        self.took = None

    def answer(self):
        end = self.callee
        self.answering = self.lab.start(end.host, [
            self.postern, "answer", "--once", "1", "--port", str(end.port), *end.options(self.callee_wav)],
            name=f"answer {self.name}")
        self.answering.wait_line(r"listening on ")
        return self

    def place(self):
        end = self.caller
        self.calling = self.lab.start(end.host, [
            self.postern, "call", *end.options(self.caller_wav), "--duration", str(end.seconds), self.dial],
            name=f"call {self.name}")
        return self

    def end(self, timeout=40):
        """Waits for both ends; the problems they had, as lines."""
        problems = []
        started = time.monotonic()
        for process in (self.calling, self.answering):
            try:
                status = process.wait(timeout)
                if status:
                    problems.append(f"{process.name} ended with status {status}:\n{process.said()}")
            except LabError as error:
                problems.append(str(error))
        self.took = time.monotonic() - started
        return problems

    def report(self, process):
        """The last JSON object an end printed."""
        for line in reversed(process.lines):
            if line.startswith("{"):
                return json.loads(line)
        raise LabError(f"{process.name} reported nothing:\n{process.said()}")

    def heard(self):
        """What each end heard: (by the caller, by the callee), as `postern tone` measures the recordings."""
        return tuple(self.tone_of(path) for path in (self.caller_wav, self.callee_wav))

    def tone_of(self, path):
        status, out, error = self.lab.run("gateway", [self.postern, "tone", "--json", path])
        if status:
            raise LabError(f"postern tone {path}: {error.strip()}")
        return json.loads(out)

    def audio_problems(self):
        """Lines on what either end did not hear as the other sent it."""
        problems = []
        ends = (("caller", self.callee.tone), ("callee", self.caller.tone))
        for (who, wanted), measured in zip(ends, self.heard()):
            if measured["silence"]:
                problems.append(f"{self.name}: the {who} heard silence")
            elif abs(measured["hz"] - wanted) > 3:
                problems.append(f"{self.name}: the {who} heard {measured['hz']:.1f} Hz, not {wanted} Hz")
            elif measured["purity"] < 0.8:
                problems.append(f"{self.name}: the {who} heard {wanted} Hz with purity {measured['purity']:.2f}")
        return problems


def remove_recordings(call):
    for path in (call.caller_wav, call.callee_wav):
        if os.path.exists(path):
            os.unlink(path)
