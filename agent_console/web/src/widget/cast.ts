/** The hub that the widget's tests use. It can refuse, fail to answer, or forget a chat. */
import type { ChatMessage } from './wire'

type Asked = { event: string; data: Record<string, unknown> }

/** Keeps messages by id, as the real hub does. `refuse` holds refusals and errors for the next requests. */
export class FakeHub {
  asked: Asked[] = []
  messages: ChatMessage[] = []
  refuse: (unknown | Error)[] = []
  state = ''
  token = 'token'
  opened = 0
  page = 200
  meanwhile: () => void = () => undefined // runs after the answer was read and before it arrives

  ask(event: string, data: object): unknown {
    this.asked.push({ event, data: data as Asked['data'] })
    const refusal = this.refuse.shift()
    if (refusal instanceof Error) throw refusal
    if (refusal) return refusal
    const given = data as Record<string, string & number>
    if (event === 'open') {
      if (given.chat_id && given.token !== this.token) return { code: 'unknown_chat' }
      if (!given.chat_id) this.opened += 1
      const rest = this.messages.filter((message) => message.number > (given.after ?? 0))
      this.meanwhile()
      return {
        chat_id: given.chat_id || `chat${this.opened}`,
        token: this.token,
        state: this.state,
        position: this.state === 'waiting' ? 2 : null,
        minutes: this.state === 'waiting' ? 4 : null,
        messages: rest.slice(0, this.page),
        has_more: rest.length > this.page,
      }
    }
    if (event === 'say' && !this.messages.some((message) => message.message_id === given.id)) {
      this.add('customer', given.text ?? '', given.id)
    }
    return { ok: true }
  }

  add(author: ChatMessage['author'], text: string, id = `out${this.messages.length}`): ChatMessage {
    const number = this.messages.length + 1
    this.messages.push({ number, message_id: id, author, author_name: author === 'agent' ? 'Ada' : '', text, at: 0 })
    return this.messages[number - 1]!
  }

  said(event: string): Asked['data'][] {
    return this.asked.filter((one) => one.event === event).map((one) => one.data)
  }
}
