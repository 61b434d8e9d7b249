import { expect, test, vi } from 'vitest'
import { PRESSED_TWICE_MS } from './agent-commands'
import { held, NOON, numbered, openDesk, PIA, SAM, settled, snapshot } from './cast'
import { canTakeNext } from './take-next'

const policy = {
  ...snapshot().policy,
  queues: [
    { id: 'cards', names: {}, channels: [], agents_may_take: true },
    { id: 'loans', names: {}, channels: [], agents_may_take: false },
  ],
}
const line = (queue: string, waiting: number) => ({ queue, waiting, oldest_at: NOON, expected_minutes: null })

test('an agent can take the next if a queue allows it and has work waiting, and the agent is here and gets no offers', () => {
  const agent = { ...snapshot().agent, state: 'unavailable' as const }
  const one = [line('cards', 1)]
  expect(canTakeNext(snapshot({ policy, agent, queues: one }))).toBe(true)
  expect(canTakeNext(snapshot({ policy, agent, queues: [line('cards', 0), line('loans', 3)] }))).toBe(false)
  expect(canTakeNext(snapshot({ policy, agent: { ...agent, state: 'offline' }, queues: one }))).toBe(false)
  expect(canTakeNext(snapshot({ policy, agent: { ...agent, state: 'available' }, queues: one }))).toBe(false)
  const leaving = { ...agent, state: 'available' as const, wish: 'unavailable' as const }
  expect(canTakeNext(snapshot({ policy, agent: leaving, queues: one }))).toBe(true)
})

test('the interaction that the agent took is selected as soon as it arrives, and a double press takes one', async () => {
  const reason = {
    chosen_by: 'pulled',
    eligible: 0,
    waited_seconds: 1,
    head_start_seconds: 0,
    boost_seconds: 0,
    policy_version: 1,
  }
  const { model, line, listener } = await openDesk(snapshot({ interactions: [held('i1', PIA)] }))
  vi.useFakeTimers({ toFake: ['performance'] })
  model.acts.takeNext()
  await settled()
  expect(line.asked.map(({ kind }) => kind)).toEqual(['take_next'])
  const [event] = numbered(11, { kind: 'interaction_added', interaction: { ...held('i2', SAM), reason } })
  listener.onEvent(event!)
  expect(model.selected?.id).toBe('i2')
  expect(model.acts.isTaking).toBe(false)
  model.acts.takeNext() // the key was pressed twice
  await settled()
  expect(line.asked).toHaveLength(1)
  vi.advanceTimersByTime(PRESSED_TWICE_MS)
  model.acts.takeNext()
  await settled()
  expect(line.asked).toHaveLength(2)
  vi.useRealTimers()
})
