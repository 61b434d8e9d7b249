import { expect, test } from 'vitest'
import type { DeskSnapshot } from '../../generated/wire'
import { isUnreachable } from './reach'

function desk(has_phone: boolean, channels: string[], mine: string[]): DeskSnapshot {
  const queues = mine.map((queue) => ({ queue, waiting: 0, oldest_at: null, expected_minutes: null }))
  return {
    agent: { has_phone },
    queues,
    policy: { queues: [{ id: 'service', channels }] },
  } as unknown as DeskSnapshot
}

test('an agent is unreachable if they have no telephone and work in a queue that takes calls', () => {
  expect(isUnreachable(desk(false, ['phone', 'sms'], ['service']))).toBe(true)
  expect(isUnreachable(desk(true, ['phone', 'sms'], ['service']))).toBe(false)
  expect(isUnreachable(desk(false, ['sms'], ['service']))).toBe(false)
  expect(isUnreachable(desk(false, ['phone'], ['other']))).toBe(false)
})
