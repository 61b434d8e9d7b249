"""A machine has answered a callback, as turns out while the agent listens."""

from routing.effects import InputRejected, InteractionMoved, RejectionCode
from routing.inputs import CallbackAnswered, CallbackUnanswered, PolicyChanged
from tests.routing.cast import ADA, MINUTE, SERVICE, Morning, with_queue
from tests.routing.test_callbacks import SAM, ask_back, dialled
from tests.routing.test_callbacks import morning as morning


def test_a_machine_that_turns_out_while_the_agent_listens_is_no_answer(morning: Morning) -> None:
    ask_back(morning)
    rank = morning.row("Sam").rank
    morning.staff(ADA)
    morning.tell(CallbackAnswered(SAM, 1))
    assert morning.tell(CallbackUnanswered(SAM, 2)) == [InputRejected(RejectionCode.WRONG_STATE, "Sam")]
    morning.tell(CallbackUnanswered(SAM, 1))
    assert (morning.state("Sam"), morning.row("Sam").rank, morning.router.load_of(ADA)) == ("waiting", rank, 0)
    assert dialled(morning.wait(5 * MINUTE - 1)) == []
    assert dialled(morning.wait(1)) == [("Sam", ADA, 2)]
    morning.tell(CallbackAnswered(SAM, 2))
    (closed,) = morning.tell(CallbackUnanswered(SAM, 2))
    assert isinstance(closed, InteractionMoved)
    assert (closed.state, closed.closed_as, morning.router.load_of(ADA)) == ("closed", "failed", 0)


def test_a_machine_in_a_queue_that_calls_nobody_is_the_last_try(morning: Morning) -> None:
    ask_back(morning)
    morning.staff(ADA)
    morning.tell(CallbackAnswered(SAM, 1))
    morning.tell(PolicyChanged(with_queue(SERVICE, calls_back=False)))
    told = morning.tell(CallbackUnanswered(SAM, 1))
    assert [one.closed_as for one in told if isinstance(one, InteractionMoved)] == ["failed"]


def test_who_got_it_without_a_call_cannot_have_reached_a_machine(morning: Morning) -> None:
    ask_back(morning)
    morning.staff(ADA)
    morning.tell(CallbackAnswered(SAM, 1, by_nobody=True))
    assert morning.tell(CallbackUnanswered(SAM, 1)) == [InputRejected(RejectionCode.WRONG_STATE, "Sam")]
