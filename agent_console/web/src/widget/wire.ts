/** The types of the messages on `/webchat`, as defined in `channels/webchat/chat_wire.py`. */
export type ChatMessage = {
  number: number
  message_id: string
  author: 'customer' | 'agent' | 'joined' | 'left' // the last two: somebody beside the agent, by `author_name`
  author_name: string
  text: string
  at: number
}

export type OpenAnswer = {
  chat_id: string
  token: string
  state: '' | 'waiting' | 'paused' | 'active' | 'closed'
  position: number | null
  minutes: number | null
  messages: ChatMessage[]
  has_more: boolean
}

export type ChatRefusal = { code: string }

/** The line to the hub. `ask` rejects if no answer comes; the hub may have done it or not. */
export type ChatLine = {
  connect(): void
  close(): void
  ask(event: string, data: object): Promise<unknown>
}

/** The listener of a line. `down` may come without an `up` before it. */
export type Listener = {
  up(): void
  down(): void
  heard(event: string, data: unknown): void
}
