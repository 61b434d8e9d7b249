/** The names of queues, tiers, reasons and waits on the wallboard. */
import type { ListenerLine, PolicyView, QueueBoard } from '../generated/wire'
import { counter, spell } from '../shared/format'
import { language, nameIn } from '../shared/i18n/language.svelte'
import { findTier } from '../shared/tiers'
import type { QueueOrTier } from './model/service'
import { t } from './words'

export const queueName = (queue: QueueBoard) => nameIn(queue.names, queue.queue)

export function placeName({ queue, tier }: QueueOrTier, policy: PolicyView): string {
  if (tier === null) return queueName(queue)
  return `${queueName(queue)} · ${nameIn(findTier(policy, tier)?.names, tier)}`
}

/** A wait as a running time up to an hour, then in rounded units: `1:48`, `2 h 10`. */
export function waitName(milliseconds: number): string {
  return milliseconds < 3_600_000 ? counter(milliseconds) : spell(milliseconds / 1000, t)
}

/** An average duration: `0:31`, and from ten minutes on rounded: `48 min`. */
export function averageName(seconds: number): string {
  return seconds < 600 ? counter(seconds * 1000) : spell(seconds, t)
}

export const countName = (count: number) => new Intl.NumberFormat(language.current).format(count)

export function reasonName(policy: PolicyView, code: string): string {
  if (code === 'phone_failed') return t('phone.failed')
  if (code === 'line_lost') return t('phone.lost')
  const known = policy.unavailable_reasons.find((reason) => reason.code === code)
  return known ? nameIn(known.names, code) : code
}

/** A supervisor who listens in: `Mia Chen whispers`. */
export function sayListener({ name, way, state }: ListenerLine): string {
  return t(state === 'calling' ? 'listeners.calling' : `listeners.${way}`, { name })
}

export function queueNames(policy: PolicyView, ids: string[]): string {
  return ids.map((id) => nameIn(policy.queues.find((queue) => queue.id === id)?.names, id)).join(' · ')
}
