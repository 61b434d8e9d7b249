import { describe, expect, test } from 'vitest'
import type { MarkView } from '../../generated/wire'
import { HEIGHT, moveBy, placeOf, shapeOf, spansOf } from './waveform'

const heights = (shape: string) => [...shape.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y))
const mark = (kind: MarkView['kind'], at_ms: number, until_ms: number | null = null): MarkView => ({
  kind,
  at_ms,
  until_ms,
  text: '',
})

describe('the shape of a waveform', () => {
  test('lies around the middle where there is one channel', () => {
    const shape = heights(shapeOf([127, 0], 0, 1))
    expect([Math.min(...shape), Math.max(...shape)]).toEqual([1, HEIGHT - 1])
  })

  test('stands above the middle for the customer and below it for the agent', () => {
    expect(Math.max(...heights(shapeOf([127, 60], 0, 2)))).toBe(HEIGHT / 2)
    expect(Math.min(...heights(shapeOf([127, 60], 1, 2)))).toBe(HEIGHT / 2)
  })

  test('shows silence as a thin line, and nothing of nothing', () => {
    const silence = heights(shapeOf([0, 0, 0], 0, 1))
    expect(Math.max(...silence) - Math.min(...silence)).toBe(2)
    expect(shapeOf([], 0, 1)).toBe('')
  })
})

test('a mark stands at its share of the duration, and one without an end lasts to the end', () => {
  expect(placeOf(mark('hold', 2_000, 3_000), 10_000)).toEqual({ left: 20, width: 10 })
  expect(placeOf(mark('pause', 5_000), 10_000)).toEqual({ left: 50, width: 50 })
  expect(placeOf(mark('step', 5_000), 10_000)).toEqual({ left: 50, width: 0 })
  expect(placeOf(mark('hold', 9_000, 12_000), 10_000)).toEqual({ left: 90, width: 10 })
  expect(placeOf(mark('hold', 9_000, 12_000), 0)).toEqual({ left: 0, width: 0 })
})

test('keys move by five seconds and to both ends, and never beyond them', () => {
  expect(moveBy('ArrowRight', 3, 10)).toBe(8)
  expect(moveBy('ArrowRight', 8, 10)).toBe(10)
  expect(moveBy('ArrowLeft', 3, 10)).toBe(0)
  expect([moveBy('Home', 3, 10), moveBy('End', 3, 10), moveBy('a', 3, 10)]).toEqual([0, 10, undefined])
})

test('what was played is told in whole milliseconds that leave nothing out', () => {
  const played = { length: 2, start: (n: number) => [0, 4.0004][n] ?? 0, end: (n: number) => [1.2341, 5][n] ?? 0 }
  expect(spansOf(played)).toEqual([
    [0, 1235],
    [4000, 5000],
  ])
})
