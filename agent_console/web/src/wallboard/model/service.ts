/**
 * How well queues and tiers are served: which are late, by how much, and in which order they are shown.
 *
 * The rule of this file: pure. Tones are decided only here. Lateness is relative to the threshold of the queue and the
 * channel, so that a mail that waits two hours does not hide a call that waits two minutes.
 */
import type { AgentLine, QueueBoard, ServiceLine, WallboardView } from '../../generated/wire'

export type Tone = 'ok' | 'warn' | 'bad'

/** One queue, or one tier of it. */
export type QueueOrTier = { queue: QueueBoard; tier: string | null; line: ServiceLine }

const FAR_BELOW = 0.05
const FAR_OVER = 6

export function toneOfShare(share: number | null, target: number): Tone {
  if (share === null || share >= target) return 'ok'
  return share > target - FAR_BELOW ? 'warn' : 'bad'
}

/** The longest wait as a multiple of the threshold. 0 if nobody waits. */
export function lateness({ line }: QueueOrTier, now: number): number {
  if (line.oldest_at === null || line.threshold_seconds === null) return 0
  return Math.max(0, now - line.oldest_at) / 1000 / line.threshold_seconds
}

export function toneOfWait(place: QueueOrTier, now: number): Tone {
  const late = lateness(place, now)
  return late <= 1 ? 'ok' : late <= FAR_OVER ? 'warn' : 'bad'
}

export function toneOf(place: QueueOrTier, now: number): Tone {
  const tones = [toneOfWait(place, now), toneOfShare(place.line.share_in_time_half_hour, place.queue.target)]
  return tones.includes('bad') ? 'bad' : tones.includes('warn') ? 'warn' : 'ok'
}

export function wholeOf(queue: QueueBoard): QueueOrTier {
  return { queue, tier: null, line: queue.line }
}

/** The tiers of a queue, or the queue itself if it has none. */
export function tiersOf(queue: QueueBoard): QueueOrTier[] {
  if (queue.tiers.length === 0) return [wholeOf(queue)]
  return queue.tiers.map(({ tier, line }) => ({ queue, tier, line }))
}

/** The worst tone among a queue and its tiers. */
export function toneOfQueue(queue: QueueBoard, now: number): Tone {
  const tones = [wholeOf(queue), ...tiersOf(queue)].map((place) => toneOf(place, now))
  return tones.includes('bad') ? 'bad' : tones.includes('warn') ? 'warn' : 'ok'
}

/** Whether somebody waits in this queue while no agent of it is at work. */
export function isUnserved(board: WallboardView, queue: QueueBoard): boolean {
  const serves = ({ doing, queues }: AgentLine) => doing !== 'offline' && queues.includes(queue.queue)
  return queue.line.waiting > 0 && !board.agents.some(serves)
}

/** Sorts the queues, the worst first. Equals keep the order of the policy, so that rows do not jump. */
export function sortQueues(board: WallboardView, now: number): QueueBoard[] {
  const order: Tone[] = ['bad', 'warn', 'ok']
  const keyed = board.queues.map((queue, index) => {
    const tone = isUnserved(board, queue) ? -1 : order.indexOf(toneOfQueue(queue, now))
    return { queue, index, tone }
  })
  return keyed.sort((a, b) => a.tone - b.tone || a.index - b.index).map(({ queue }) => queue)
}

/** The queue or tier with the longest wait relative to its threshold. Null if nobody waits. */
export function findLatest(board: WallboardView, now: number): QueueOrTier | null {
  const waiting = board.queues.flatMap(tiersOf).filter(({ line }) => line.oldest_at !== null)
  return waiting.reduce<QueueOrTier | null>(
    (worst, place) => (worst === null || lateness(place, now) > lateness(worst, now) ? place : worst),
    null,
  )
}

/** The target of all queues together: their targets, weighed by what each has answered. */
export function targetOfAll(board: WallboardView): number {
  const weights = board.queues.map(({ line }) => line.answered)
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  if (board.queues.length === 0) return 0
  const weigh = (index: number) => (all > 0 ? (weights[index] ?? 0) / all : 1 / board.queues.length)
  return board.queues.reduce((sum, queue, index) => sum + queue.target * weigh(index), 0)
}

/** The share of customers who abandoned, of all who abandoned or were answered. Null if there are none. */
export function shareAbandoned(line: ServiceLine): number | null {
  const came = line.answered + line.abandoned
  return came === 0 ? null : line.abandoned / came
}
