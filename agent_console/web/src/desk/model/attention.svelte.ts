/**
 * What the agent has not looked at yet, and which customer waits for a word.
 *
 * The rule of this file: looking marks as seen, nothing else does; kept in the tab, so that a reload forgets nothing.
 */
import { traitsOf } from '../../shared/channels.svelte'
import type { InteractionView, MessageView } from '../../generated/wire'
import type { Keeper } from '../../shared/storage'

const KEY = 'hub.seen'

export class Attention {
  #seenAt = $state<Record<string, number>>({})

  constructor(private readonly keeper: Keeper) {
    this.#seenAt = JSON.parse(keeper.getItem(KEY) ?? '{}') as Record<string, number>
  }

  unread(held: InteractionView): number {
    const answeredAt = held.messages.findLast((message) => message.kind === 'agent' && !message.is_automatic)?.at ?? 0
    const seenAt = Math.max(this.#seenAt[held.id] ?? 0, answeredAt) // who answers has read
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
    this.keeper.setItem(KEY, JSON.stringify(this.#seenAt))
  }
}

/** A word from outside: of the customer, or of somebody else who takes part. */
function isIncoming({ kind }: MessageView): boolean {
  return kind === 'customer' || kind === 'participant'
}

/** The first word from outside that no agent has answered: since then they wait. Null: nobody waits. */
export function waitingSince(messages: readonly MessageView[]): number | null {
  const answered = messages.findLastIndex((message) => message.kind === 'agent' && !message.is_automatic)
  return messages.slice(answered + 1).find(isIncoming)?.at ?? null
}

/** Those whose customers wait for an answer, the longest first. */
export function whoWait(held: readonly InteractionView[]): InteractionView[] {
  const since = new Map<InteractionView, number>()
  for (const one of held) {
    const at = one.state === 'active' && !one.is_customer_gone ? waitingSince(one.messages) : null
    if (at !== null) since.set(one, at)
  }
  return [...since.keys()].sort((one, other) => (since.get(one) ?? 0) - (since.get(other) ?? 0))
}

/** Whether a wait for an answer is amber, or red: by what people expect of the channel. */
export function urgency(channel: InteractionView['channel'], waitedMs: number): 'calm' | 'soon' | 'late' {
  const { soon_seconds, late_seconds } = traitsOf(channel)
  return waitedMs < soon_seconds * 1000 ? 'calm' : waitedMs < late_seconds * 1000 ? 'soon' : 'late'
}

/** The last words between the customer and us: what the list shows of an interaction. */
export function lastWords(messages: readonly MessageView[]): MessageView | undefined {
  return messages.findLast((message) => isIncoming(message) || message.kind === 'agent')
}

/** What a message is about in one line: a picture may come without a word. */
export function gist({ text, subject, media }: Pick<MessageView, 'text' | 'subject' | 'media'>): string {
  return text || subject || media.map(({ name }) => name).join(', ')
}
