import { describe, expect, test } from 'vitest'
import { NOON, snapshot } from './cast'
import { figuresOf } from './today'

const MINUTE = 60_000
const agent = snapshot().agent
const today = { handled: 4, in_time: 3, handle_seconds: 600, available_seconds: 120 }

describe('my figures of today', () => {
  test('are shares and averages of the interactions that I handled', () => {
    expect(figuresOf({ today, agent }, NOON)).toMatchObject({ handled: 4, inTime: 0.75, handle: 150_000 })
  })

  test('are empty before anything was handled', () => {
    const none = { handled: 0, in_time: 0, handle_seconds: 0, available_seconds: 0 }
    expect(figuresOf({ today: none, agent }, NOON)).toEqual({ available: 0, handled: 0, inTime: null, handle: null })
  })

  test('include the time in the present state only if it is available', () => {
    expect(figuresOf({ today, agent }, NOON + MINUTE).available).toBe(3 * MINUTE)
    const away = { ...agent, state: 'unavailable' as const }
    expect(figuresOf({ today, agent: away }, NOON + MINUTE).available).toBe(2 * MINUTE)
  })

  test('begin at midnight, also for a state that began yesterday', () => {
    const early = new Date(NOON).setHours(0, 5, 0, 0)
    const since = early - 60 * MINUTE
    expect(figuresOf({ today, agent: { ...agent, since } }, early).available).toBe(7 * MINUTE)
  })
})
