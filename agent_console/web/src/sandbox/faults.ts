/** The faults that the sandbox's providers can have, as listed in `channels/sandbox/README.md`. */
import type { Fault } from './wire'

const SLOW_SECONDS = 5

export const FAULTS = {
  text: ['undelivered', 'failed'],
  leg: ['busy', 'no-answer', 'failed'],
  rest: ['429', '503', '500', 'slow', 'drop', 'drop_after', 'timeout_after', 'nonsense'],
  smtp: ['451', '550', 'slow', 'drop_after'],
  sound: ['loss', 'jitter', 'one-way', 'unheard', 'silence'],
} as const satisfies Record<Fault['where'], readonly string[]>

export type FaultPlace = keyof typeof FAULTS
export const PLACES = Object.keys(FAULTS) as FaultPlace[]

export function faultOf(where: FaultPlace, kind: string): Fault {
  return { where, kind, count: 1, seconds: kind === 'slow' ? SLOW_SECONDS : 0 }
}

/** How often each kind of fault is still to come. The sandbox lists equal faults separately. */
export function countFaults(faults: readonly Fault[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { where, kind, count } of faults) {
    const name = `${where}.${kind}`
    counts.set(name, (counts.get(name) ?? 0) + count)
  }
  return counts
}
