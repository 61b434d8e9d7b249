import { describe, expect, it } from 'vitest'
import { axisOf, placeOn, points } from './comparison'

describe('the interval of a comparison', () => {
  it('has room for both ends and for the smallest difference', () => {
    for (const [low, high, smallest] of [[-10_000, 10_000, 500], [120, 480, 500], [-3, 3, 10], [-900, 5100, 200]] as const) {
      const axis = axisOf({ low, high, smallest })
      expect(axis.most).toBeGreaterThanOrEqual(Math.min(10_000, Math.max(-low, high, smallest)))
      expect(axis.ticks).toContain(0)
      expect(axis.ticks.length).toBeLessThanOrEqual(11)
      expect(placeOn(axis, 200, 0)).toBe(100)
      expect(placeOn(axis, 200, axis.most)).toBe(200)
    }
  })
  it('is said in points', () => {
    expect([0, 150, -149, 5, 10_000].map((one) => points(one))).toEqual(['0', '1.5', '−1.5', '0.1', '100'])
    expect([points(150, true), points(-150, true), points(0, true)]).toEqual(['+1.5', '−1.5', '0'])
  })
})
