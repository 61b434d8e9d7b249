"""asyncio's debug mode in these tests: it is on, and writes down one line for each thing that is created."""

import asyncio


async def test_it_keeps_who_created_a_task_and_no_more_of_the_stack() -> None:
    """The whole stack of each future took up to a third of the processor time of a test."""
    loop = asyncio.get_running_loop()
    assert loop.get_debug()
    task = loop.create_task(asyncio.sleep(0))
    made = [frame.name for frame in task._source_traceback]
    await task
    assert made == ["test_it_keeps_who_created_a_task_and_no_more_of_the_stack"]
    assert len(loop.create_future()._source_traceback) == 2
