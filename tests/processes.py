"""Programs that are run by a Python of their own, for what is done once in a process: imports, mappings, its end."""

import subprocess
import sys


def printed(program: str) -> list[str]:
    """Run a program, which must end well and without a word on stderr, and return the lines that it printed."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.splitlines()
