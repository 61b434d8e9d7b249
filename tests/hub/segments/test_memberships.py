"""The segments of a customer, as one person may see them."""

from hub.policies.attributes import AttributePolicy
from hub.policies.stored_versions import get_newest_book
from hub.segments.memberships import list_memberships
from hub.storage import inbox
from hub.storage.documents import CustomersChanged
from tests.hub.rules.bureau import NAMES, Bureau


async def _list(bureau: Bureau, *roles: str) -> dict[str, str]:
    async with bureau.db.read() as connection:
        book = await get_newest_book(connection)
        found = await list_memberships(connection, book, "sam", book.see_as(roles))
    return {one.segment_id: one.clause for one in found}


async def test_a_customer_has_their_segments_with_the_clause_and_nobody_learns_from_them_what_is_hidden(
    bureau: Bureau,
) -> None:
    await bureau.apply(attributes={"debt": AttributePolicy(type="money", names=NAMES, seen_by=("supervisor",))})
    await bureau.make("english", 'customer.language == "en"')
    await bureau.make("kiruna", 'customer.city == "Kiruna"')
    await bureau.make("owes", "customer.debt > 100")
    await bureau.make("both", 'in_segment("owes") && in_segment("kiruna")')
    await bureau.step()
    bureau.clock.at += 1
    await bureau.learn("sam", "city", "Kiruna")
    await bureau.learn("sam", "debt", 500)
    await bureau.step()
    whole = await _list(bureau, "supervisor")
    assert set(whole) - {"english"} == {"kiruna", "owes", "both"} and whole["kiruna"] == 'customer.city == "Kiruna"'
    assert set(await _list(bureau, "agent")) - {"english"} == {"kiruna"}


async def test_open_pages_hear_of_it(bureau: Bureau) -> None:
    await bureau.make("kiruna", 'customer.city == "Kiruna"')
    await bureau.step()
    await bureau.learn("sam", "city", "Kiruna")
    await bureau.step()
    async with bureau.db.read() as connection:
        kinds = [one.kind for one in await inbox.take_pending(connection, 10)]
    assert kinds == [CustomersChanged.__name__]
