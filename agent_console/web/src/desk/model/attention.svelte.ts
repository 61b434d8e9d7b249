/**
 * Which messages the agent has not seen, and which customers wait for an answer.
 *
 * The rule of this file: a message is seen once the agent looked at it or answered after it. The times are kept in the
 * tab's storage, so they survive a reload.
 */
import { traitsOf } from '../../shared/channels.svelte'
import type { InteractionView, MessageView } from '../../generated/wire'
import type { TextStorage } from '../../shared/storage'

const KEY = 'hub.seen'

export class Attention {
  #seenAt = $state<Record<string, number>>({})

  constructor(private readonly storage: TextStorage) {
    this.#seenAt = JSON.parse(storage.getItem(KEY) ?? '{}') as Record<string, number>
  }

  unread(held: InteractionView): number {
    const answeredAt = held.messages.findLast((message) => message.kind === 'agent' && !message.is_automatic)?.at ?? 0
    const seenAt = Math.max(this.#seenAt[held.id] ?? 0, answeredAt) // an agent who answered has read what came before
    return held.messages.filter((message) => isIncoming(message) && message.at > seenAt).length
  }

  look(held: InteractionView): void {
    const latest = held.messages.findLast(isIncoming)?.at ?? 0
    if (latest <= (this.#seenAt[held.id] ?? 0)) return
    this.#seenAt[held.id] = latest
    this.#keep()
  }

  keepOnly(interactionIds: readonly string[]): void {
    const wanted = new Set(interactionIds)
    for (const id of Object.keys(this.#seenAt)) if (!wanted.has(id)) delete this.#seenAt[id]
    this.#keep()
  }

  #keep(): void {
    this.storage.setItem(KEY, JSON.stringify(this.#seenAt))
  }
}

/** True for a message from the customer or from another participant. */
function isIncoming({ kind }: MessageView): boolean {
  return kind === 'customer' || kind === 'participant'
}

/** The time of the first incoming message that no agent has answered. Null if every one is answered. */
export function waitingSince(messages: readonly MessageView[]): number | null {
  const answered = messages.findLastIndex((message) => message.kind === 'agent' && !message.is_automatic)
  return messages.slice(answered + 1).find(isIncoming)?.at ?? null
}

/** The interactions whose customer waits for an answer, the longest wait first. */
export function awaitingAnswer(held: readonly InteractionView[]): InteractionView[] {
  const since = new Map<InteractionView, number>()
  for (const one of held) {
    const at = one.state === 'active' && !one.is_customer_gone ? waitingSince(one.messages) : null
    if (at !== null) since.set(one, at)
  }
  return [...since.keys()].sort((one, other) => (since.get(one) ?? 0) - (since.get(other) ?? 0))
}

/** How urgent a wait for an answer is, by the channel's own limits: 'soon' is shown in amber, 'late' in red. */
export function urgency(channel: InteractionView['channel'], waitedMs: number): 'calm' | 'soon' | 'late' {
  const { soon_seconds, late_seconds } = traitsOf(channel)
  return waitedMs < soon_seconds * 1000 ? 'calm' : waitedMs < late_seconds * 1000 ? 'soon' : 'late'
}

/** The last message from or to the customer; the list of work in hand shows it. */
export function lastWords(messages: readonly MessageView[]): MessageView | undefined {
  return messages.findLast((message) => isIncoming(message) || message.kind === 'agent')
}

/** A message in one line: its text, else its subject, else the names of its files. */
export function gist({ text, subject, media }: Pick<MessageView, 'text' | 'subject' | 'media'>): string {
  return text || subject || media.map(({ name }) => name).join(', ')
}
