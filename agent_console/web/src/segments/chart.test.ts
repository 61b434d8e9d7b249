import { expect, test } from 'vitest'
import { area, ceiling, line, stack } from './chart'

const BOX = { width: 100, height: 20 }

test('a scale ends at a number that people read', () => {
  expect([0, 1, 3, 7, 12, 210, 480, 501].map(ceiling)).toEqual([1, 1, 3, 8, 15, 250, 500, 600])
})

test('a line goes from edge to edge, the largest at the top', () => {
  expect(line([0, 5, 10], BOX, 0, 10)).toBe('M0 20L50 10L100 0')
  expect(line([4, 4], BOX, 4, 4)).toBe('M0 10L100 10')
  expect(line([3], BOX, 0, 3)).toBe('M0 0')
  expect(area([1], BOX, 0, 1)).toBe('')
  expect(area([0, 10], BOX, 0, 10)).toBe('M0 20L100 0L100 20L0 20Z')
})

test('bands stand one below the other and stay visible', () => {
  const bands = stack(
    [
      { clause: 'a', number: 10 },
      { clause: 'b', number: 1 },
    ],
    0.5,
    4,
  )
  expect(bands.map((band) => [band.top, band.height])).toEqual([
    [0, 5],
    [9, 2],
  ])
})
