"""Work on parts of the customers on several threads, a few parts at a time and in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def in_turn(pool: ThreadPoolExecutor, at_once: int, tasks: Iterator[Callable[[], Result]]) -> Iterator[Result]:
    """Do tasks in a pool, never more than so many begun and not yet handed on, and give their results in order.

    Parameters
    ----------
    pool : ThreadPoolExecutor
        Does them.
    at_once : int
        How many there are memory for.
    tasks : iterator of callable
        A task is taken, with the part that it holds, when there is room for it.

    Examples
    --------
    >>> with ThreadPoolExecutor(2) as pool:
    ...     list(in_turn(pool, 2, ((lambda number=number: number**2) for number in range(5))))
    [0, 1, 4, 9, 16]
    """
    begun: deque[Future[Result]] = deque()
    for task in tasks:
        begun.append(pool.submit(task))
        del task  # its part is not held any longer than it is worked on
        if len(begun) >= at_once:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
