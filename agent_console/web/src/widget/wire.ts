/** What goes over `/webchat`, as `channels/webchat/wire.py` has it. */
export type ChatMessage = {
  number: number
  message_id: string
  author: 'customer' | 'agent' | 'system'
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

export type Refusal = { code: string }

/** The way to the hub. `ask` rejects where no answer came; whether it was done is then unknown. */
export type Line = {
  connect(): void
  close(): void
  ask(event: string, data: object): Promise<unknown>
}

/** What a line tells. `down` may come without an `up` before it. */
export type Listener = {
  up(): void
  down(): void
  heard(event: string, data: unknown): void
}
