# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a test of the lab says: TAP lines, with everything that is wrong before the line that fails."""


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, problems):
        """One case: it passed when PROBLEMS is empty."""
        self.count += 1
        problems = [line for problem in problems for line in str(problem).splitlines()]
        for line in problems:
            print(f"# {line}")
        print(f"{'not ' if problems else ''}ok {self.count} - {name}", flush=True)
        self.failed += bool(problems)
        return not problems

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def end(self):
        """The exit status; a test that checked nothing failed."""
        print(f"1..{self.count}")
        return 1 if self.failed or not self.count else 0
