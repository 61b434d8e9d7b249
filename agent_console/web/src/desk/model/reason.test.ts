import { expect, test } from 'vitest'
import { offer, PIA, snapshot } from './cast'
import { sayReason } from './reason'

const { policy } = snapshot()
const { reason } = offer('o1', PIA)

test('says how the agent was chosen, and how far the tier is ahead of the lowest', () => {
  expect(sayReason(reason, policy, 'platinum', 'webchat')).toEqual([
    { key: 'why.longest_idle', values: { eligible: 3 } },
    { key: 'why.head_start', seconds: 300 },
  ])
})

test('says nothing of a tier that is level with the lowest', () => {
  const plain = { ...reason, head_start_seconds: 86_400, chosen_by: 'only_one' }
  expect(sayReason(plain, policy, 'standard', 'webchat')).toEqual([{ key: 'why.only_one' }])
})

test('says that a tier always goes first if the policy says so, and that a supervisor moved the interaction ahead', () => {
  const moved = { ...reason, head_start_seconds: 0, boost_seconds: 60, chosen_by: 'reserved' }
  expect(sayReason(moved, policy, 'platinum', 'phone')).toEqual([
    { key: 'why.reserved' },
    { key: 'why.always_first' },
    { key: 'why.boost', seconds: 60 },
  ])
})

test('shows an unknown code as it is', () => {
  expect(sayReason({ ...reason, chosen_by: 'by_hand' }, policy, 'standard', 'sms')[0]).toEqual({
    key: 'why.other',
    values: { code: 'by_hand' },
  })
})
