"""The runs that the tests look at, their pages and traces, and the data inside a page."""

import base64
import json
import os
import re
import subprocess
import zlib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
REGRESSIONS = "sim-scenarios/regressions"

RUNS = {
    "figure-8": [f"{REGRESSIONS}/figure-8.toml", "--node", "mutant:commits-earlier-terms"],
    "deposed-leaders": ["stale_leaders_return_3a", "--seed", "2", "--node", "post-2025"],
    "long-run": ["figure_8_unreliable_3c", "--seed", "1"],
    "no-agreement": [str(HERE.relative_to(ROOT) / "no-agreement.toml")],
    "every-fault": [f"{REGRESSIONS}/every-kind-of-fault.toml"],
    "named-fates": [f"{REGRESSIONS}/post-2020-unclaimed.toml"],
    "slow-disk": [f"{REGRESSIONS}/write-outlives-the-slow-disk.toml"],
    "snapshots": ["snapshot_install_unreliable_3d", "--seed", "3"],
    "twice": ["duplicate_votes_3a", "--seed", "1"],
    "seven": ["many_elections_3a", "--seed", "1"],
    "single": ["single_server_3c", "--seed", "1"],
    "panic": ["figure_8_unreliable_3c", "--seed", "1", "--node", "mutant:next-sinks"],
    "window": ["reelection_3a", "--seed", "42", "--since", "2s", "--until", "4s"],
    "before-facts": [
        f"{REGRESSIONS}/figure-8.toml",
        *("--node", "mutant:commits-earlier-terms", "--since", "0.2s", "--until", "0.21s"),
    ],
}
# Two runs as one page.
PAIRS = {
    "pair": [
        f"{REGRESSIONS}/figure-8.toml",
        "--node",
        "control",
        "--with",
        "mutant:commits-earlier-terms",
    ],
}
# The four runs that the screenshots show, and the ten whose every step is compared with the trace.
PICTURED = ["figure-8", "deposed-leaders", "long-run", "no-agreement"]
COMPARED = [
    "figure-8",
    "deposed-leaders",
    "long-run",
    "every-fault",
    "named-fates",
    "slow-disk",
    "snapshots",
    "twice",
    "seven",
    "single",
]


def command(*arguments):
    """What the command prints. `RAFTSIM` names it. A red run is no error here."""
    done = subprocess.run(
        [os.environ["RAFTSIM"], *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def write_page(name, folder):
    """The run's page, written by the command, and what the command printed."""
    path = folder / f"{name}.html"
    asked = ["diff", *PAIRS[name]] if name in PAIRS else ["replay", *RUNS[name]]
    printed = command(*asked, "--html", str(path))
    return path, printed


def data_in(path):
    """The run as data, taken out of a page."""
    return json.loads(zlib.decompress(base64.b64decode(packed_in(path.read_text())), -15))


def packed_in(text):
    return re.search(r'<script type="text/plain" id="data">([^<]*)</script>', text).group(1)


def with_data(path, data, to):
    """The same page with other data."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = base64.b64encode(packer.compress(json.dumps(data).encode()) + packer.flush()).decode()
    text = path.read_text()
    to.write_text(text.replace(packed_in(text), packed))
    return to


def status_changes(data):
    """Each row of a server's status, by its step, with what it changed."""
    rows, old = data["status"], {}
    for at, (step, on) in enumerate(zip(rows["step"], rows["on"])):
        new = {name: rows[name][at] for name in ("role", "term", "leader", "commit")}
        yield step, {name for name in new if old.get(on, {}).get(name) != new[name]}
        old[on] = new
