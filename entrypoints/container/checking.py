"""The self-check of a container: all mistakes at once."""

from dependency_injector import containers

from unitofwork.entrypoints.container.checks.providers import mistakes_of_providers
from unitofwork.entrypoints.container.checks.wiring import mistakes_of_wiring
from unitofwork.entrypoints.errors import ContainerError


def check(container: containers.Container) -> None:
    """Look for all mistakes.

    Raises:
        ContainerError: there are some.
    """
    findings = [*mistakes_of_providers(container), *mistakes_of_wiring(container)]
    if findings:
        raise ContainerError(findings)
