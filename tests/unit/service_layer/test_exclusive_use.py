"""Who is refused, and by which name."""

import asyncio
import threading

import pytest

from processes import printed
from unitofwork.domain.errors import WrongThread
from unitofwork.service_layer.exclusive_use import ExclusiveUse


def test_two_tasks_of_one_thread_are_told_apart() -> None:
    """An asynchronous driver lets another task run in the middle of an operation, as is done by hand here."""

    async def main() -> None:
        loop, exclusively = asyncio.get_running_loop(), ExclusiveUse()
        asked = loop.create_future()
        other = loop.create_task(asyncio.wait_for(asked, 20), name="other")
        this = asyncio.current_task()
        assert this is not None
        this.set_name("this")

        def interrupted() -> None:
            asyncio.tasks._leave_task(loop, this)
            asyncio.tasks._enter_task(loop, other)
            try:
                exclusively(lambda: pytest.fail("both were let in"))
            finally:
                asyncio.tasks._leave_task(loop, other)
                asyncio.tasks._enter_task(loop, this)

        with pytest.raises(WrongThread, match=r"task 'other' used .* task 'this' was"):
            exclusively(interrupted)
        assert exclusively(lambda: exclusively(lambda: "again")) == "again"
        asked.set_result(None)
        await other

    asyncio.run(main())


def test_a_task_is_told_apart_from_a_thread() -> None:
    exclusively, inside, go_on = ExclusiveUse(), threading.Event(), threading.Event()

    def slow() -> None:
        inside.set()
        assert go_on.wait(20)

    thread = threading.Thread(target=lambda: exclusively(slow), name="slow one")
    thread.start()

    async def main() -> None:
        with pytest.raises(WrongThread, match=r"task 'Task-.*' used .* thread 'slow one' was"):
            exclusively(lambda: pytest.fail("both were let in"))

    assert inside.wait(20)
    asyncio.run(main())
    go_on.set()
    thread.join(20)
    assert exclusively(lambda: "free again") == "free again"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_operation_that_fails_lets_go(error: type[BaseException]) -> None:
    exclusively = ExclusiveUse()

    def fail() -> None:
        raise error

    with pytest.raises(error):
        exclusively(fail)
    thread = threading.Thread(target=lambda: exclusively(done.append, True))
    done = list[bool]()
    thread.start()
    thread.join(20)
    assert done == [True]


def test_asyncio_is_not_imported_to_find_out_who_asks() -> None:
    asked = (
        "import sys; from unitofwork.service_layer.exclusive_use import ExclusiveUse;"
        "ExclusiveUse()(print, 'asyncio' in sys.modules)"
    )
    assert printed(asked) == ["False"]


def test_tasks_are_known_if_asyncio_is_imported_after_the_first_operation() -> None:
    asked = (
        "from unitofwork.service_layer.exclusive_use import ExclusiveUse, running_task\n"
        "ExclusiveUse()(print, running_task())\n"
        "import asyncio\n"
        "async def main():\n"
        "    print(running_task() is asyncio.current_task())\n"
        "asyncio.run(main())\n"
        "print(running_task())\n"
    )
    assert printed(asked) == ["None", "True", "None"]


def test_an_operation_inside_another_does_not_let_go_of_it() -> None:
    exclusively = ExclusiveUse()
    refused = list[WrongThread]()

    def come() -> None:
        try:
            exclusively(lambda: None)
        except WrongThread as error:
            refused.append(error)

    def outer() -> None:
        exclusively(lambda: None)
        thread = threading.Thread(target=come)
        thread.start()
        thread.join(20)

    exclusively(outer)
    assert len(refused) == 1
