/**
 * For whom a script is shown: nobody who is known, somebody made up, or a customer who was chosen.
 *
 * The rule of this file: it only gathers what was typed. What a value means, the hub says.
 */
import type { PolicyView, PreviewRequest, RoleCardView } from '../../generated/wire'
import type { Whom } from './rehearsal.svelte'

export interface MadeUp {
  name: string
  tier: string
  language: string
  values: Record<string, string>
}

export const NOBODY: MadeUp = { name: '', tier: '', language: '', values: {} }

/** Where the customer is met. `purpose`: what they chose in a menu. */
export type Place = Pick<PreviewRequest, 'channel' | 'queue' | 'purpose'>

/** The channel and the queue with which a preview begins: calls, where there are any. */
export function placeOf(policy: PolicyView): Place {
  const queue = policy.queues[0]
  const channel = policy.channels.find((one) => one.is_call) ?? policy.channels[0]
  return { channel: channel?.name ?? '', queue: queue?.id ?? '', purpose: '' }
}

export function whomOf(
  place: Place,
  madeUp: MadeUp | null,
  chosen: { id: string; reason: string } | null,
  player: { card: string; turn: number } = { card: '', turn: 0 },
): Whom {
  return { ...place, made_up: madeUp && { ...madeUp, values: { ...madeUp.values } }, chosen, ...player }
}

/** The person of a role card, who speaks this language. */
export function personOf(card: RoleCardView, tag: string): MadeUp {
  return { name: card.names[tag] ?? card.names.en ?? '', tier: card.tier, language: tag, values: { ...card.values } }
}
