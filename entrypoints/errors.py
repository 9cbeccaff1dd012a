"""What keeps an application from starting: found before anything is kept, and told without a password."""

from collections.abc import Sequence


class ConfigurationError(ValueError):
    """The configuration lacks something, or says something that cannot be.

    The text is one sentence that names the option, and holds no value of the configuration.
    """


class ContainerError(ValueError):
    """A container has mistakes: ``self_check`` found them all.

    Attributes:
        findings: for each mistake one sentence, which says where it is, what it does, and the cure.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(["the container cannot be used as it is:", *(f"- {each}" for each in findings)]))
        self.findings = tuple(findings)

    def __reduce__(self) -> tuple[type["ContainerError"], tuple[tuple[str, ...]]]:
        return type(self), (self.findings,)
