import { expect, test } from 'vitest'
import { boundOf, policyLine } from './bounds'

test('a tier overtakes by the difference of head starts and the boosts', () => {
  expect(boundOf(300, 120, 600)).toBe(780)
  expect(boundOf(0, 14_400, 600)).toBe(-13_800)
})

test('a tier that is always first has no bound, and none overtakes it', () => {
  expect(boundOf(null, 0, 600)).toBeNull()
  expect(boundOf(86_400, null, 600)).toBe('never')
  expect(boundOf(null, null, 600)).toBe(600)
})

test('the line of the policy names every channel', () => {
  expect(policyLine([['phone', 60], ['email', null]])).toBe('head_start_seconds = { phone = 60, email = "always" }')
})
