# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the lab share: the lab's modules, how a test starts, and the checks of a call's addresses."""

import argparse
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lab"))

# pylint: disable=wrong-import-position,unused-import
from referee import Referee  # noqa: E402
from scene import Call, End, FAR, H245_PORTS, HERE as NEAR, LIMITS, MEDIA_PORTS, PLANE, Posternd, config_text  # noqa: E402
from space import FAR_HOSTS, FAR_IN, FAR_OUT, GATEWAY_IN, GATEWAY_OUT, HOSTS, Lab, LabError, eventually, main_in_lab, need  # noqa: E402
from tap import Tap  # noqa: E402
from wire import Capture, leaks, rtp_flows  # noqa: E402


def build_folder():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="the folder meson built in")
    return parser.parse_args().build


def run(main, path):
    """Runs main(lab) in a lab of its own; does not return."""
    missing = need("unshare", "nsenter", "ip", "tshark", "mergecap")
    if missing:
        print(f"1..0 # SKIP {missing} is not installed")
        sys.exit(77)
    name = os.path.splitext(os.path.basename(path))[0] + ("" if PLANE == "auto" else f"-{PLANE}")
    main_in_lab(main, os.path.join(os.path.abspath(build_folder()), "lab-tests", name))


def at_once(count, function, items):
    """function(item) of each, COUNT at a time; the results in the order of ITEMS."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(function, items))


def places(call):
    """(inside address, outside address) of a call's two ends."""
    ends = sorted((call.caller, call.callee), key=lambda end: not end.host.startswith("inside"))
    return ends[0].address, ends[1].address


def legs(call):
    """(interface, endpoint's address, the gateway's address there) of both legs."""
    inside, outside = places(call)
    return ("in0", inside, GATEWAY_IN), ("out0", outside, GATEWAY_OUT)


def media_problems(call, frames):
    """Each leg has one RTP stream each way, between the endpoint and an even port of the gateway's range."""
    problems = []
    for interface, endpoint, gateway in legs(call):
        flows = [f for f in rtp_flows(frames[interface]) if endpoint in (f[0], f[2])]
        towards = {f for f in flows if f[0] == endpoint}
        back = {(dst, dport, src, sport) for src, sport, dst, dport in flows if dst == endpoint}
        if len(towards) != 1 or towards != back:
            problems.append(f"{call.name}: RTP on {interface} is not one symmetric pair: {sorted(flows)}")
            continue
        _, _, address, port = next(iter(towards))
        if address != gateway or port % 2 or not MEDIA_PORTS[0] <= port <= MEDIA_PORTS[1]:
            problems.append(f"{call.name}: RTP on {interface} goes to {address}:{port}")
    return problems


def _said_by_peer(end, gateway, report):
    """Lines on addresses that the peer of END named and that are not what the gateway must say."""
    problems, who = [], f"{end.host} {end.address}"
    ranges = {"RTP": MEDIA_PORTS, "RTCP": MEDIA_PORTS, "H.245": H245_PORTS}
    named = {}
    for item in report["signalled"]:
        if item["by"] != "peer":
            continue
        address, port = item["address"].rsplit(":", 1)
        what, port = item["what"], int(port)
        named.setdefault(what, set()).add(item["address"])
        if what == "call signalling" and address == end.address:
            continue  # where it was called
        first, last = ranges.get(what, (1, 65535))
        if address != gateway or not first <= port <= last or (what in ("RTP", "RTCP") and port % 2 != (what == "RTCP")):
            problems.append(f"{who} was told {what} {item['address']} ({item['where']})")
    if not named.get("RTP"):
        problems.append(f"{who} was told no RTP address")
    elif report["received"]["from"] not in named["RTP"]:
        problems.append(f"{who} received RTP from {report['received']['from']}, was told {sorted(named['RTP'])}")
    return problems


def signalled_problems(call):
    """What both ends report of the addresses that their peer named, and of media from anywhere else."""
    problems = []
    inside, _ = places(call)
    fast = call.caller.fast and call.callee.fast
    for end, process in ((call.caller, call.calling), (call.callee, call.answering)):
        report = call.report(process)
        problems += _said_by_peer(end, GATEWAY_IN if end.address == inside else GATEWAY_OUT, report)
        for counter in ("other_host", "other_port", "malformed"):
            if report["received"][counter]:
                problems.append(f"{end.host} {end.address}: {report['received'][counter]} packets: {counter}")
        if report["unreadable"]:
            problems.append(f"{end.host} {end.address}: {report['unreadable']} messages did not decode")
        if report["fast_start"] != fast:
            problems.append(f"{end.host} {end.address}: fast start is {report['fast_start']}")
        if report["h245"] == ("separate" if end.tunnel and call.caller.tunnel and call.callee.tunnel else "tunnelled" if
                              not end.tunnel else ""):
            problems.append(f"{end.host} {end.address}: H.245 is {report['h245']}")
    return problems


def told_problems(call, referee):
    """What tshark saw the gateway tell either end."""
    return referee.address_problems({endpoint: gateway for _, endpoint, gateway in legs(call)}, MEDIA_PORTS, H245_PORTS)


def standing(daemon, timeout=15):
    """The newest call, once media passes both ways through it."""
    found = []

    def up():
        found[:] = [c for c in daemon.calls() if c["state"] != "ended" and c["packets"] >= 20][:1]
        return found

    if not eventually(up, timeout, 0.05):
        raise LabError(f"no call came up: {daemon.calls()}\n{daemon.process.said()}")
    return found[0]


def open_ports(daemon):
    """Ports of the configured ranges that any socket of the gateway is bound to."""
    found = []
    for table, (first, last), state in (("udp", MEDIA_PORTS, None), ("tcp", H245_PORTS, "0A")):
        with open(f"/proc/{daemon.process.pid}/net/{table}", encoding="ascii") as file:
            for row in list(file)[1:]:
                fields = row.split()
                port = int(fields[1].rsplit(":", 1)[1], 16)
                if first <= port <= last and state in (None, fields[3]):
                    found.append(f"{table} {port}")
    return found


def gone_problems(daemon, seconds):
    """Nothing of any call is left SECONDS from now: no call, no pinhole, no port."""
    if eventually(lambda: daemon.idle() and not open_ports(daemon), seconds):
        return []
    return [f"after {seconds} s there are still: status {daemon.status()}, ports {open_ports(daemon)}"]


def stop_problems(daemon):
    """SIGTERM ends posternd with status 0, and no sanitizer or assertion had anything to say."""
    problems = []
    try:
        status = daemon.process.stop(15)
        if status:
            problems.append(f"posternd ended with status {status}")
    except LabError as error:
        problems.append(str(error))
    said = daemon.process.lines + daemon.process.errors
    bad = [line for line in said if any(word in line for word in
                                        ("AddressSanitizer", "runtime error:", "LeakSanitizer", "Assertion"))]
    if bad or problems:
        problems += said[-60:]
    return problems


def in_thread(function):
    """Starts FUNCTION; the thread, to be joined."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread
