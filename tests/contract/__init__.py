"""What an adapter promises, as tests: written once, and run on every adapter.

It is installed with the package as ``unitofwork.contract``, so that somebody's own adapter can be judged by it::

    python -m pytest --pyargs unitofwork.contract --uow-adapter mymodule:adapter

Its imports of itself are relative, because here, where it is written, it is called ``contract``.
"""
