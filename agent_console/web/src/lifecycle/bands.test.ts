import { expect, test } from 'vitest'
import { draw } from './bands'

const FLOWS = [
  { old: 'new', new: 'lapsed', count: 1 },
  { old: 'new', new: 'established', count: 3 },
  { old: 'established', new: 'lapsed', count: 4 },
]

test('bars are as high as what moved, and bands fill them without a gap', () => {
  const { left, right, bands } = draw(FLOWS, ['new', 'established', 'lapsed'], 80)
  expect(left.map(({ id, height }) => [id, height])).toEqual([['new', 40], ['established', 40]])
  expect(right.map(({ id, height }) => [id, height])).toEqual([['established', 30], ['lapsed', 50]])
  const into = bands.filter((band) => band.new === 'lapsed').sort((a, b) => a.right - b.right)
  expect(into.map(({ old, height }) => [old, height])).toEqual([['new', 10], ['established', 40]])
  expect((into[1]?.right ?? 0) - (into[0]?.right ?? 0)).toBe(10)
})

test('nothing that moved is nothing to draw', () => {
  expect(draw([], ['new'], 80)).toEqual({ left: [], right: [], bands: [], height: 0 })
})
