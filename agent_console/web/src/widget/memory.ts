/**
 * The part of a chat that the browser stores: the token that proves the chat is its own, and the unacknowledged
 * messages.
 *
 * The rule of this file: every change reads, changes and writes at once, because two pages of one browser share the
 * storage. The conversation itself is stored only in the hub.
 */
import type { TextStorage } from '../shared/storage'

export type Unsent = { id: string; text: string; at: number }

export type Kept = {
  chatId: string
  token: string
  name: string
  isClosed: boolean
  delivered: number // the agent's messages up to this number are reported as delivered
  read: number
  unsent: Unsent[]
}

const NOTHING: Kept = { chatId: '', token: '', name: '', isClosed: false, delivered: 0, read: 0, unsent: [] }

export class Memory {
  constructor(
    private readonly storage: TextStorage,
    private readonly key: string,
  ) {}

  read(): Kept {
    try {
      const kept: unknown = JSON.parse(this.storage.getItem(this.key) ?? '{}')
      return isKept({ ...NOTHING, ...(kept as Kept) }) ? { ...NOTHING, ...(kept as Kept) } : { ...NOTHING }
    } catch {
      return { ...NOTHING }
    }
  }

  change(change: Partial<Kept>): void {
    this.storage.setItem(this.key, JSON.stringify({ ...this.read(), ...change }))
  }

  addUnsent(message: Unsent): void {
    this.change({ unsent: [...this.read().unsent, message] })
  }

  dropUnsent(id: string): void {
    this.change({ unsent: this.read().unsent.filter((message) => message.id !== id) })
  }

  /** Forgets a chat that is over or lost. Keeps the unacknowledged messages for the next chat. */
  forgetChat(): void {
    const { name, unsent } = this.read()
    this.storage.setItem(this.key, JSON.stringify({ ...NOTHING, name, unsent }))
  }
}

function isKept(kept: Kept): boolean {
  const isText = [kept.chatId, kept.token, kept.name].every((text) => typeof text === 'string')
  const isCount = [kept.delivered, kept.read].every((count) => Number.isInteger(count))
  const isMessages = Array.isArray(kept.unsent) && kept.unsent.every((message) => typeof message?.text === 'string')
  return isText && isCount && isMessages
}
