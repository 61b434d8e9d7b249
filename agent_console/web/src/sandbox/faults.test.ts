import { expect, test } from 'vitest'
import { countFaults, faultOf } from './faults'

test('a fault is met once, and a slow one takes its time', () => {
  expect(faultOf('leg', 'busy')).toEqual({ where: 'leg', kind: 'busy', count: 1, seconds: 0 })
  expect(faultOf('smtp', 'slow').seconds).toBe(5)
})

test('what waits is counted by its kind', () => {
  const waiting = [faultOf('leg', 'busy'), { ...faultOf('leg', 'busy'), count: 2 }, faultOf('text', 'failed')]
  expect([...countFaults(waiting)]).toEqual([
    ['leg.busy', 3],
    ['text.failed', 1],
  ])
})
