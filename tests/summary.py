# SPDX-License-Identifier: LGPL-2.1-or-later
"""The closing line of `./dev test`: what the tests of all builds came to, from meson's testlog.json files.

Cases count where a test tells of them (TAP lines, cmocka's lines); a test that tells of none is one case. A test that
failed counts at least one failure, whatever it printed. Skips are shown with their reason.
"""

import json
import re
import sys

TAP = re.compile(r"^(not )?ok\b(?:\s+\d+)?\s*(.*)$")
CMOCKA = re.compile(r"^\[\s*(OK|FAILED|ERROR|SKIPPED)\s*\] (\w+)\s*$")
PASSES = ("OK", "EXPECTEDFAIL")


def cases_of(test):
    """(passed, failed, [reason of each skip]) of one test of the log."""
    passed, failed, skips = 0, set(), []
    for line in (test.get("stdout", "") + "\n" + test.get("stderr", "")).splitlines():
        tap, cmocka = TAP.match(line), CMOCKA.match(line)
        if tap:
            bad, rest = tap.groups()
            skip = re.search(r"#\s*SKIP\b\s*(.*)", rest, re.IGNORECASE)
            if skip:
                skips.append(rest.replace("# SKIP", "").lstrip("- "))
            elif bad:
                failed.add(rest)
            else:
                passed += 1
        elif cmocka:
            what, name = cmocka.groups()
            if what == "OK":
                passed += 1
            elif what == "SKIPPED":
                skips.append(name)
            else:
                failed.add(name)  # a failure is listed twice: where it happens and at the end
    result = test["result"]
    if result == "SKIP" and not skips:
        said = [line for line in test.get("stdout", "").splitlines() if line.strip()]
        skips.append(said[-1] if said else "says no reason")
    if result not in PASSES + ("SKIP",) and not failed:
        failed.add(result)
    if result in PASSES and not passed and not skips:
        passed = 1
    return passed, len(failed), skips


def main():
    passed = failed = skipped = 0
    failures, notices = [], {}
    for path in sys.argv[1:]:
        build = path.split("/", 1)[0]
        try:
            with open(path, encoding="utf-8", errors="replace") as log:
                tests = [json.loads(line) for line in log]
        except FileNotFoundError:
            tests = []  # none of the suites asked for is in this build
        for test in tests:
            good, bad, skips = cases_of(test)
            passed, failed, skipped = passed + good, failed + bad, skipped + len(skips)
            name = test["name"].split(" / ")[-1]
            if bad:
                failures.append(f"{build}: {name}: {test['result']}, {bad} failed")
            for reason in skips:
                notices.setdefault(f"{name}: {reason}", []).append(build)
    for notice, builds in notices.items():
        print(f"skipped ({', '.join(builds)}): {notice}")
    for failure in failures:
        print(f"FAILED {failure}")
    if not passed + failed + skipped:
        print("no test ran")
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
