import { expect, test } from 'vitest'
import { countFaults, faultOf } from './faults'

test('a fault happens once, and a slow one has its seconds', () => {
  expect(faultOf('leg', 'busy')).toEqual({ where: 'leg', kind: 'busy', count: 1, seconds: 0 })
  expect(faultOf('smtp', 'slow').seconds).toBe(5)
})

test('faults that have not happened yet are counted by their kind', () => {
  const waiting = [faultOf('leg', 'busy'), { ...faultOf('leg', 'busy'), count: 2 }, faultOf('text', 'failed')]
  expect([...countFaults(waiting)]).toEqual([
    ['leg.busy', 3],
    ['text.failed', 1],
  ])
})
