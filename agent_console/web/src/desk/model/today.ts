/**
 * The agent's own figures of today.
 *
 * The rule of this file: the hub counts the time in a state when the state ends. The time in the present state since it
 * began, or since midnight, is added here.
 */
import type { DeskSnapshot } from '../../generated/wire'
import { clock } from '../../shared/clock.svelte'

export interface MyFigures {
  available: number // milliseconds
  handled: number
  inTime: number | null // share of the handled interactions
  handle: number | null // milliseconds: the average handle time (AHT)
}

export function figuresOf({ today, agent }: Pick<DeskSnapshot, 'today' | 'agent'>, now: number): MyFigures {
  const midnight = new Date(now + clock.ahead).setHours(0, 0, 0, 0) - clock.ahead
  const running = agent.state === 'available' ? Math.max(0, now - Math.max(agent.since, midnight)) : 0
  const { handled } = today
  return {
    available: today.available_seconds * 1000 + running,
    handled,
    inTime: handled > 0 ? today.in_time / handled : null,
    handle: handled > 0 ? (today.handle_seconds * 1000) / handled : null,
  }
}
