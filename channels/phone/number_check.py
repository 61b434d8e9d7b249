"""The call that checks an agent's number: it says a code, which the agent types at the desk.

The rule of this file: the call says its words and ends. It is about no customer, so it is no row of the outbox: a
code that was not said in time is worth nothing, and the agent asks for another.
"""

from channels.phone.intents import EndCall
from channels.phone.twiml import render
from channels.phone.words import say_code
from channels.twilio.client import TwilioClient, provider_errors


class NumberCheck:
    def __init__(self, client: TwilioClient, ring_seconds: int) -> None:
        self._client, self._ring_seconds = client, ring_seconds

    async def say_code(self, from_number: str, to_number: str, code: str, language: str) -> None:
        """Return once the provider has taken the call. Raises ChannelError."""
        words = say_code(code, language)
        with provider_errors():
            await self._client.account.calls.create_async(
                to=to_number,
                from_=from_number,
                twiml=render(words, words, words, EndCall()),
                timeout=self._ring_seconds,
            )
