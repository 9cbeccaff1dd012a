"""``python -m unitofwork.entrypoints.cli``, where no script is installed."""

from unitofwork.entrypoints.cli import main

main()
