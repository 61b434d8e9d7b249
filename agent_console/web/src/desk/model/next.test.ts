import { expect, test } from 'vitest'
import { held, NOON, numbered, openDesk, PIA, SAM, settled, snapshot } from './cast'
import { canTakeNext } from './next'

const policy = {
  ...snapshot().policy,
  queues: [
    { id: 'cards', names: {}, channels: [], agents_may_take: true },
    { id: 'loans', names: {}, channels: [], agents_may_take: false },
  ],
}
const line = (queue: string, waiting: number) => ({ queue, waiting, oldest_at: NOON, expected_minutes: null })

test('the next is taken where something waits in a queue that allows it, by who is not gone', () => {
  const agent = snapshot().agent
  expect(canTakeNext(snapshot({ policy, queues: [line('cards', 1)] }))).toBe(true)
  expect(canTakeNext(snapshot({ policy, queues: [line('cards', 0), line('loans', 3)] }))).toBe(false)
  expect(canTakeNext(snapshot({ policy, queues: [line('cards', 1)], agent: { ...agent, state: 'offline' } }))).toBe(
    false,
  )
})

test('what I took myself is shown as soon as it comes; what is given to me is not', async () => {
  const reason = {
    chosen_by: 'pulled',
    eligible: 0,
    waited_seconds: 1,
    head_start_seconds: 0,
    boost_seconds: 0,
    policy_version: 1,
  }
  const { model, line, listener } = await openDesk(snapshot({ interactions: [held('i1', PIA)] }))
  model.acts.takeNext()
  await settled()
  expect(line.asked.map(({ kind }) => kind)).toEqual(['take_next'])
  const [event] = numbered(11, { kind: 'interaction_added', interaction: { ...held('i2', SAM), reason } })
  listener.onEvent(event!)
  expect(model.selected?.id).toBe('i2')
  expect(model.acts.isTaking).toBe(false)
})
