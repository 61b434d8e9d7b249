/**
 * The interval of a comparison as it is drawn, and differences in points.
 *
 * The rule of this file: no DOM, so all of it is tested in plain node. The hub counts in hundredths of a per cent.
 */
import type { ComparisonView } from '../generated/wire'

export interface Axis {
  most: number // at its right end, and to the left as much below zero
  ticks: number[]
}

const STEPS = [100, 200, 500, 1000, 2000, 5000]

/** An axis on which the interval and the smallest difference have room. */
export function axisOf({ low, high, smallest }: Pick<ComparisonView, 'low' | 'high' | 'smallest'>): Axis {
  const far = Math.max(Math.abs(low), Math.abs(high), smallest * 1.5)
  const step = STEPS.find((one) => far / one <= 4) ?? 5000
  const most = Math.min(10_000, Math.ceil(far / step) * step)
  const ticks = []
  for (let tick = -Math.floor(most / step) * step; tick <= most; tick += step) ticks.push(tick)
  return { most, ticks }
}

/** Where a value stands on an axis of this width. */
export const placeOn = (axis: Axis, width: number, value: number) => ((value + axis.most) / (2 * axis.most)) * width

/** Points with at most one digit behind the point: +1.5. */
export function points(value: number, isSigned = false): string {
  const rounded = Math.round(value / 10) / 10
  const said = String(Math.abs(rounded))
  if (rounded < 0) return `−${said}`
  return isSigned && rounded > 0 ? `+${said}` : said
}
