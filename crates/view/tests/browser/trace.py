"""The text trace of the command, line by line: an account of the run that is not the page's."""

import re
from collections import Counter
from dataclasses import dataclass

ROLES = {"F": 1, "P": 2, "C": 3, "L": 4}


@dataclass
class Line:
    """One record: when, on which server (0: the world), what, and each server's role and term."""

    time: str
    server: int
    text: str
    columns: list


def read(printed):
    """The records of a trace."""
    servers = len(re.findall(r"\bn\d+\b", printed.split("\n")[1]))
    columns = re.compile(r"^\s*([0-9.]+)s((?:\s*\[?(?:--|[FPCL?]\d+)\]?){%d})\s+(.*)$" % servers)
    lines = []
    for row in printed.split("\n")[2:]:
        match = columns.match(row)
        if match is None:
            break
        states = match.group(2).split()
        server = next((at + 1 for at, state in enumerate(states) if state.startswith("[")), 0)
        lines.append(
            Line(match.group(1), server, match.group(3), [state.strip("[]") for state in states])
        )
    return lines


def fates(lines):
    """How many messages met each fate, and how many copies arrived or were missed."""
    counts = Counter()
    for line in lines:
        if line.text.startswith("-> "):
            counts[
                "duplicate" if re.search(r" and again \+[0-9.]+s$", line.text) else "delivered"
            ] += 1
        elif line.text.startswith("x> "):
            counts[re.search(r"\(([^()]*)\)$", line.text).group(1)] += 1
        elif line.text.startswith("<- "):
            counts["arrivals"] += 1
        elif re.match(r"x< n\d+ #", line.text):
            counts["missed"] += 1
    return counts
