"""Reports of a long run: size and time, from nothing but the journal.

Ten SLIs at one reading a second, 50 requests a second; each report in a process of its own, the best of
five. "Read" is the journal with its hash chain, "in all" all that a fresh interpreter does until the text is
finished, its imports among it. The page of an hour is to stay below 1 MB and 2 s.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 5
MEASURE = """
import json, resource, sys, time
begin, cpu = time.monotonic(), time.process_time
from pathlib import Path
from seatrial.journal.reader import read_journal
from seatrial.pack import load_packs
from seatrial.record import record_of
report = load_packs().reports[sys.argv[2]]()
loaded, loaded_cpu = time.monotonic(), cpu()
record = record_of(read_journal(Path(sys.argv[1])))
read = time.monotonic()
record.verdict
judged = time.monotonic()
text = report.render(record)
end = time.monotonic()
print(json.dumps({
    "read": read - loaded, "judge": judged - read, "render": end - judged, "all": end - begin,
    "cpu": cpu() - loaded_cpu, "bytes": len(text.encode()),
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def main() -> str:
    lines = [
        "| run | report | size | read | judge | lay out | from the journal, CPU | in all | memory |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for minutes in (10, 60):
            journal = _journal(Path(folder) / str(minutes), minutes)
            size = f"{minutes} min, journal {journal.stat().st_size / 1e6:.1f} MB"
            lines += [_line(size, report, journal) for report in ("html", "markdown", "json", "junit")]
    return "\n".join(lines)


def _journal(folder: Path, minutes: int) -> Path:
    from seatrial.testing.journals import Story, make_journal

    folder.mkdir()
    return make_journal(folder, minutes=minutes, slis=10, outcome=Story.FAILED)


def _line(run: str, report: str, journal: Path) -> str:
    command = [sys.executable, "-c", MEASURE, str(journal), report]
    rounds = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(ROUNDS)
    ]
    best = min(rounds, key=lambda figures: float(figures["all"]))
    times = " | ".join(f"{best[part]:.2f} s" for part in ("read", "judge", "render", "cpu", "all"))
    return f"| {run} | {report} | {best['bytes'] / 1000:,.0f} kB | {times} | {best['memory']:.0f} MB |"


if __name__ == "__main__":
    print(main())
