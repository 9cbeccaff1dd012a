"""What ``unitofwork --help`` costs beside an empty program of click: whole processes, started in turn."""

import argparse
import statistics
import subprocess
import sys
import time

EMPTY = "import click; click.command()(lambda: None)()"
OURS = "from unitofwork.entrypoints.cli import main; main()"


def seconds(program: str) -> float:
    """How long a process takes to print the help of a program."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, timeout=60, check=True)
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="how many processes of each kind")
    parser.add_argument("--at-most", type=float, default=1.5)
    options = parser.parse_args()
    pairs = [(seconds(EMPTY), seconds(OURS)) for _ in range(options.rounds)]
    empty, ours = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(mine / its for its, mine in pairs)
    limit = options.at_most
    print(f"unitofwork --help: {ours * 1e3:.0f} ms, an empty program of click {empty * 1e3:.0f} ms; {ratio:.2f} x")
    if ratio > limit:
        print(f"  which is above {limit:g}", file=sys.stderr)
    return 1 if ratio > limit else 0


if __name__ == "__main__":
    sys.exit(main())
