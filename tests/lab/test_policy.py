#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may call whom: what `postern route` says becomes of a call is what becomes of it; channels are refused and the call
goes on; and who tries many calls from outside waits.
"""

import signal
import socket
import sys

import common
import scene
from common import End, GATEWAY_OUT, HOSTS

IN1, IN2, OUT1, OUT2 = (HOSTS[h] for h in ("inside1", "inside2", "outside1", "outside2"))
REFUSED = 3
CONFIG = f"""\
inbound:
  bindings:
    - {{name: anna, host: {IN1}}}
    - {{name: olga, host: {OUT2}}}
  default: {IN2}
policy:
  rules:
    - {{name: inside, action: allow, direction: out, media: [audio], calls: 1}}
    - {{name: strangers, action: refuse, direction: in, known_called: off}}
limits:
  setups_per_source: 1000
  refused_per_source: {REFUSED}
  tarpit: 30s
"""


class Scene:
    def __init__(self, lab, tap, build):
        self.lab, self.tap, self.build = lab, tap, build
        self.daemon = common.Posternd(lab, build, text=common.config_text(extra=CONFIG))

    def route(self, what, dest, caller, allowed, rule):
        status, out, error = self.lab.run("gateway", [self.daemon.postern, "route", "--from", caller, dest, "--socket", scene.CONTROL])
        problems = [] if status == (0 if allowed else 1) else [f"status {status}: {out}{error}"]
        if rule not in out:
            problems.append(f"nothing of '{rule}': {out}")
        self.tap.result(f"route: {what}", problems)

    def place(self, host, dest):
        """A call's exit status, and what it said."""
        status, out, error = self.lab.run(host, [self.daemon.postern, "call", dest, "--duration", "1"], timeout=30)
        return status, out + error

    def refused(self, what, host, dest, why):
        status, said = self.place(host, dest)
        problems = [] if status else [f"it came up: {said}"]
        newest = max(self.daemon.calls(), key=lambda c: c["id"])
        ladder = self.daemon.ask("calls", str(newest["id"]))["ladder"]
        if not any(why in line["text"] for line in ladder):
            problems.append(f"no line of the ladder says '{why}': {[line['text'] for line in ladder]}; the caller said: {said}")
        self.tap.result(what, problems)

    def stands(self):
        return self.daemon.status()["calls"]["active"] == 1

    def call(self, what, caller, callee, dial, seconds=1):
        ends = [End(caller, HOSTS[caller], 500, True, True, seconds=seconds), End(callee, HOSTS[callee], 1500, True, True)]
        call = common.Call(self.lab, self.build, what.replace(" ", "-").replace(",", ""), *ends, dial).answer().place()
        return call

    def waits(self, host):
        """Whether a connection of HOST to the gateway is neither answered nor closed."""
        with self.lab.within(host):
            client = socket.create_connection((GATEWAY_OUT, 1720), timeout=10)
        with client:
            client.settimeout(1)
            client.sendall(b"no TPKT")
            try:
                return client.recv(1) == b"?"
            except socket.timeout:
                return True
            except ConnectionError:
                return False


def main(lab):
    tap = common.Tap()
    wall = Scene(lab, tap, common.build_folder())
    wall.route("by name from outside", f"anna@{GATEWAY_OUT}", OUT1, True, "anna")
    wall.route("nobody by name", GATEWAY_OUT, OUT1, False, "strangers: matches")
    wall.route("from inside", OUT1, IN1, True, "at most 1 calls at once")
    wall.route("from outside to outside", f"olga@{GATEWAY_OUT}", OUT1, False, "do not pass through")
    first = wall.call("out", "inside1", "outside1", OUT1, seconds=60)
    tap.result("a call stands", [] if common.eventually(wall.stands, 20) else ["there is none"])
    wall.refused("one call more than the rule allows", "inside2", OUT2, "as many calls as the rule allows")
    tap.result("the first goes on", [] if wall.stands() else ["it does not"])
    tap.result("with media", [] if common.eventually(lambda: wall.daemon.calls()[0]["packets"] > 100, 20) else ["none came"])
    first.calling.signal(signal.SIGINT)
    tap.result("and is heard", first.end() + first.audio_problems())
    named = wall.call("by name", "outside2", "inside1", f"anna@{GATEWAY_OUT}")
    tap.result("by name from outside", named.end() + named.audio_problems())
    tap.result("who was not refused is heard at once", [] if not wall.waits("outside1") else ["it waits"])
    wall.refused("nobody by name", "outside1", GATEWAY_OUT, "a rule of the policy refuses it")
    wall.refused("nobody by name, again", "outside1", GATEWAY_OUT, "a rule of the policy refuses it")
    wall.refused("from outside to outside", "outside1", f"olga@{GATEWAY_OUT}", "do not get out again")
    tap.result("who was refused three times waits", [] if wall.waits("outside1") else ["it was let go"])
    tap.result("others do not", [] if not wall.waits("outside2") else ["outside2 waits too"])
    named = wall.call("by name again", "outside2", "inside1", f"anna@{GATEWAY_OUT}")
    tap.result("nor are they refused", named.end() + named.audio_problems())
    tap.result("all is gone 1 s after", common.gone_problems(wall.daemon, 1))
    tap.result("posternd ends cleanly", common.stop_problems(wall.daemon))
    return tap.end()


if __name__ == "__main__":
    sys.exit(common.run(main, __file__))
