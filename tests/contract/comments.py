"""Comments to ask questions about: small entities with text, a number and others of their kind, all of it optional."""

from unitofwork import Condition

from .model import Comment, NewUnit


def keep(accounts: NewUnit, *comments: Comment) -> None:
    """Commit comments, with those that they are related to."""
    with accounts() as uow:
        uow.comments.add_all(comments)
        uow.commit()


def texts(accounts: NewUnit, *conditions: Condition) -> list[str | None]:
    """The texts of the comments that the conditions hold for, sorted."""
    with accounts() as uow:
        return sorted((comment.text for comment in uow.comments.find(*conditions)), key=lambda text: text or "")


def scores(accounts: NewUnit, *conditions: Condition) -> list[int | None]:
    """The scores of the comments that the conditions hold for, sorted, None first."""
    with accounts() as uow:
        found = [comment.score for comment in uow.comments.find(*conditions)]
    return sorted(found, key=lambda score: (score is not None, score))
