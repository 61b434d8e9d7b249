"""What the page of a chat asks its visitor to agree to, and their answer.

The rule of this file: an answer counts for the address that the hub knows of the chat, whatever the page says, and
only once the chat has begun: an open page alone writes nothing.
"""

from channels.channel import ConsentAnswered, Hub, IdentityLevel
from channels.webchat.chat_wire import Answer, AnswerConsent, EventRefused


class AskedConsents:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def list_questions(self, channel: str, address: str, level: IdentityLevel, language: str) -> Answer:
        found = await self._hub.list_consent_questions(channel, address, level, language)
        questions = [
            {"purpose": one.purpose, "version": one.version, "language": one.language, "text": one.text}
            for one in found
        ]
        return {"questions": questions}

    async def answer(self, chat_id: str, is_begun: bool, event: AnswerConsent) -> Answer:
        if not is_begun:
            raise EventRefused("bad_request")
        answered = ConsentAnswered(
            key=f"webchat:{chat_id}:consent:{event.id}",
            chat_id=chat_id,
            purpose=event.purpose,
            version=event.version,
            language=event.language,
            is_given=event.is_given,
        )
        await self._hub.accept([answered])
        return {"ok": True}
