# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's ground: namespaces of hosts and wires on this machine, and the processes in them.

    inside1 10.83.47.10 --+                                             +-- outside1 203.0.113.10
                          +-- in0 10.83.47.1 gateway 203.0.113.1 out0 --+
    inside2 10.83.47.11 --+                                             +-- outside2 203.0.113.11

launch() starts a program again as the first process of new user (where not root), mount, network and process
namespaces. Everything the lab makes lives in there and ends with that process, however it ends.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

# No octet of the inside network is 0: four that chance puts together must not look like an address of it.
INSIDE_NETWORK = "10.83.47.0/24"
GATEWAY_IN, GATEWAY_OUT = "10.83.47.1", "203.0.113.1"
HOSTS = {"inside1": "10.83.47.10", "inside2": "10.83.47.11", "outside1": "203.0.113.10", "outside2": "203.0.113.11"}
# A second wall, where a test wants one: Lab.add_wall().
FAR_NETWORK = "10.94.61.0/24"
FAR_IN, FAR_OUT = "10.94.61.1", "203.0.113.2"
FAR_HOSTS = {"far1": "10.94.61.10", "far2": "10.94.61.11"}
MARK = "POSTERN_LAB"  # in the environment of what runs inside: the lab's folder

_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The lab itself could not do what it was told (no verdict on what is tested)."""


def unshare_command():
    """The command that makes the namespaces, or None where this machine allows none."""
    who = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", *who, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    probe = ["sh", "-c", "mount -t tmpfs none /run && mkdir /run/netns && ip netns add probe"]
    try:
        done = subprocess.run(command + probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return command if done.returncode == 0 else None


def launch(argv, work):
    """Runs ARGV inside new namespaces with WORK as its folder for files; returns its exit status.

    An interrupt from a terminal reaches the lab by itself; SIGTERM is handed on. When this process dies, all is gone.
    """
    command = unshare_command()
    if command is None:
        raise LabError("this machine allows no namespaces (unshare --mount --net --pid, as root or through a user "
                       "namespace)")
    os.makedirs(work, exist_ok=True)
    child = subprocess.Popen(command + argv, stdin=subprocess.DEVNULL, env={**os.environ, MARK: work})
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: child.kill())
    with open(os.path.join(work, "pid"), "w", encoding="ascii") as file:
        file.write(f"{child.pid}\n")
    try:
        status = child.wait()
    except KeyboardInterrupt:
        # The lab got the interrupt as well, if it came from a terminal, and ends by itself; otherwise it is ended here.
        try:
            status = child.wait(10)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            child.kill()
            status = child.wait()
    os.unlink(os.path.join(work, "pid"))
    return status if status >= 0 else 128 - status


def inside():
    """The work folder, inside the lab; None outside."""
    return os.environ.get(MARK)


class Process:
    """A process in a host of the lab; its output is kept, and can be waited for line by line."""

    def __init__(self, lab, name, argv, on_line=None, **options):
        self.name, self.argv, self.on_line = name, argv, on_line
        self.lines, self.errors = [], []
        self._changed = threading.Condition()
        self._open = 2
        self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True, errors="replace", bufsize=1, start_new_session=True, **options)
        self.pid = self.child.pid
        for pipe, lines in ((self.child.stdout, self.lines), (self.child.stderr, self.errors)):
            threading.Thread(target=self._read, args=(pipe, lines), daemon=True).start()
        lab.processes.append(self)

    def _read(self, pipe, lines):
        for line in pipe:
            with self._changed:
                lines.append(line.rstrip("\n"))
                self._changed.notify_all()
            if self.on_line and lines is self.lines:
                self.on_line(self, lines[-1])
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def wait_line(self, pattern, timeout=20):
        """The match of the first line (of either output) that PATTERN is found in."""
        wanted = re.compile(pattern)
        found = None

        def look():
            nonlocal found
            found = next((m for m in map(wanted.search, self.lines + self.errors) if m), None)
            return found or not self._open

        with self._changed:
            self._changed.wait_for(look, timeout)
        if not found:
            raise LabError(f"{self.name} never said '{pattern}'; it said:\n{self.said()}")
        return found

    def wait(self, timeout=30):
        """Its exit status, with all it said read."""
        try:
            status = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LabError(f"{self.name} did not end in {timeout} s; it said:\n{self.said()}") from None
        with self._changed:
            self._changed.wait_for(lambda: not self._open, 5)
        return status

    def signal(self, number):
        if self.child.poll() is None:
            self.child.send_signal(number)

    def kill(self):
        """Ends it and whatever it started."""
        if self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.child.wait()

    def stop(self, timeout=10):
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def said(self):
        return "\n".join(f"  {line}" for line in (self.lines + self.errors)[-40:])


class Lab:
    """The hosts and the wires between them. Made inside launch() only.

    DIRECT: one host on each side, without a bridge between it and the gateway, for what frames cost.
    """

    def __init__(self, direct=False):
        self.work = inside()
        if not self.work:
            raise LabError("not inside a lab")
        self.processes = []
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._sh("mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up")
        self.hosts = {h: a for h, a in HOSTS.items() if not direct or h.endswith("1")}
        for wire in () if direct else ("wire-in", "wire-out"):
            self._add_wire(wire)
        for host in ("gateway", *self.hosts):
            self._add_host(host)
        if direct:
            self._join("inside1", "in0", GATEWAY_IN)
            self._join("outside1", "out0", GATEWAY_OUT)
        else:
            self._plug("gateway", "in0", "wire-in", GATEWAY_IN)
            self._plug("gateway", "out0", "wire-out", GATEWAY_OUT)
            for host, address in self.hosts.items():
                self._plug(host, "eth0", "wire-in" if host.startswith("inside") else "wire-out", address)
        for host in self.hosts:
            if host.startswith("inside"):
                self._sh(f"ip -n {host} route add default via {GATEWAY_IN}")
        # The wall has to hold by itself, not because nobody knows a way: the outside routes to the inside.
        for host in self.hosts:
            if host.startswith("outside"):
                self._sh(f"ip -n {host} route add {INSIDE_NETWORK} via {GATEWAY_OUT}")
        with self.within("gateway"):
            self.sysctl("net/ipv4/ip_forward", "1")

    def _add_wire(self, wire):
        self._sh(f"ip netns add {wire} && ip -n {wire} link add br0 type bridge && ip -n {wire} link set br0 up")
        with self.within(wire):
            # A wire filters nothing; kernels with br_netfilter would look at each packet as a firewall does.
            for table in ("iptables", "ip6tables", "arptables"):
                if os.path.exists(f"/proc/sys/net/bridge/bridge-nf-call-{table}"):
                    self.sysctl(f"net/bridge/bridge-nf-call-{table}", "0")

    def _add_host(self, host):
        self._sh(f"ip netns add {host} && ip -n {host} link set lo up")
        with self.within(host):
            # No port here is the well-known one of a protocol that tshark would take a call for.
            self.sysctl("net/ipv4/ip_local_port_range", "50000 56999")

    def add_wall(self):
        """A second wall, the host "wall" with in0 and out0, and the hosts FAR_HOSTS behind it; nobody outside knows a way in."""
        self._add_wire("wire-far")
        for host in ("wall", *FAR_HOSTS):
            self._add_host(host)
        self._plug("wall", "in0", "wire-far", FAR_IN)
        self._plug("wall", "out0", "wire-out", FAR_OUT)
        for host, address in FAR_HOSTS.items():
            self._plug(host, "eth0", "wire-far", address)
            self._sh(f"ip -n {host} route add default via {FAR_IN}")
        with self.within("wall"):
            self.sysctl("net/ipv4/ip_forward", "1")

    def _plug(self, host, interface, wire, address):
        port = f"{host[:8]}-{interface}"
        self._sh(f"ip link add {interface} netns {host} type veth peer name {port} netns {wire} &&"
                 f"ip -n {wire} link set {port} master br0 up &&"
                 f"ip -n {host} link set {interface} up && ip -n {host} address add {address}/24 dev {interface}")

    def _join(self, host, interface, address):
        self._sh(f"ip link add eth0 netns {host} type veth peer name {interface} netns gateway &&"
                 f"ip -n {host} link set eth0 up && ip -n {host} address add {HOSTS[host]}/24 dev eth0 &&"
                 f"ip -n gateway link set {interface} up && ip -n gateway address add {address}/24 dev {interface}")

    @staticmethod
    def _sh(script):
        done = subprocess.run(["sh", "-ec", script], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise LabError(f"{script}: {done.stderr.strip()}")

    @staticmethod
    def sysctl(name, value):
        with open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
            file.write(value)

    def add_address(self, host, address):
        interface = "eth0"
        self._sh(f"ip -n {host} address add {address}/24 dev {interface}")

    @contextlib.contextmanager
    def within(self, host):
        """This thread's sockets, made meanwhile, are the host's and stay so."""
        target = os.open(f"/run/netns/{host}", os.O_RDONLY)
        try:
            self._setns(target)
            try:
                yield
            finally:
                self._setns(self._home)
        finally:
            os.close(target)

    @staticmethod
    def _setns(descriptor):
        if _libc.setns(descriptor, 0x40000000):  # CLONE_NEWNET
            raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")

    @staticmethod
    def command(host, argv):
        return ["nsenter", f"--net=/run/netns/{host}", "--", *argv]

    def start(self, host, argv, name=None, **options):
        return Process(self, name or f"{os.path.basename(argv[0])}@{host}", self.command(host, argv), **options)

    def run(self, host, argv, timeout=20):
        """Runs to its end; (status, stdout, stderr)."""
        done = subprocess.run(self.command(host, argv), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=timeout)
        return done.returncode, done.stdout, done.stderr

    def close(self):
        for process in reversed(self.processes):
            process.kill()


def eventually(condition, timeout, step=0.01):
    """Whether CONDITION() came true within TIMEOUT; for states that no event tells of."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


def need(*programs):
    """The first of PROGRAMS that is not installed, or None."""
    return next((p for p in programs if not shutil.which(p)), None)


def main_in_lab(main, work, **how):
    """Runs main(Lab(HOW)) inside: starts this program again in the lab where it is not there yet. Exits."""
    if not inside():
        try:
            sys.exit(launch([sys.executable, *sys.argv], work))
        except LabError as error:
            print(f"lab: {error}", file=sys.stderr)
            sys.exit(77)
    lab = None
    try:
        lab = Lab(**how)
        status = main(lab)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        status = 130
    finally:
        if lab:
            lab.close()
    sys.stdout.flush()
    os._exit(status)
