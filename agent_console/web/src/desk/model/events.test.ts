import { describe, expect, test } from 'vitest'
import type { DeskSnapshot, NumberedEvent, PartyView } from '../../generated/wire'
import { GUS, held, message, numbered, offer, PIA, SAM, snapshot, step } from './cast'
import { applyEvent, type DeskEvent } from './events'

const all = (desk: DeskSnapshot, events: NumberedEvent[]) => events.reduce(applyEvent, desk)
const one = (desk: DeskSnapshot, event: DeskEvent) => applyEvent(desk, { number: desk.number + 1, event })
const first = (desk: DeskSnapshot) => desk.interactions[0]

describe('one event', () => {
  const desk = snapshot({
    interactions: [held('i1', PIA, [message('m1', 'agent', 'Good day')]), held('i2', SAM)],
    offers: [offer('o1', GUS)],
  })

  test('moves the number and leaves the old snapshot unchanged', () => {
    const before = structuredClone(desk)
    const after = one(desk, { kind: 'offer_ended', offer_id: 'o1', end: 'declined' })
    expect(after.number).toBe(11)
    expect(after.offers).toEqual([])
    expect(desk).toEqual(before)
  })

  test('keeps the same objects for what it does not name', () => {
    const after = one(desk, { kind: 'script_changed', interaction_id: 'i1', script: step('identify') })
    expect(after.interactions[1]).toBe(desk.interactions[1])
    expect(after.policy).toBe(desk.policy)
    expect(first(after)?.script?.step_id).toBe('identify')
  })

  test('shows a question of a colleague once, in the order of asking, and takes it away', () => {
    const hand_over = { giver: 'Ben', queue: 'cards', note: '', answers: [], statements: [], messages: [] }
    const consult = {
      party_id: 'p2',
      interaction_id: 'i9',
      channel: 'phone',
      state: 'asked' as const,
      since: 5,
      asked_at: 5,
      deadline_at: 25,
      takes_over: false,
      customer_id: 'sam',
      customer_name: 'Sam',
      tier: 'gold',
      hand_over,
    }
    const earlier = { ...consult, party_id: 'p1', asked_at: 4 }
    const shown = [consult, earlier, { ...consult, state: 'present' as const }].map(
      (each) => ({ kind: 'consult_shown', consult: each }) as const,
    )
    const after = shown.reduce(one, desk)
    expect(after.consults.map(({ party_id, state }) => [party_id, state])).toEqual([
      ['p1', 'asked'],
      ['p2', 'present'],
    ])
    expect(one(after, { kind: 'consult_gone', party_id: 'p1' }).consults).toHaveLength(1)
  })

  test('that changes an interaction keeps its call and customer if the event has null', () => {
    const call = {
      state: 'talking' as const,
      since: 5,
      number: '+46 70 555 01 82',
      deadline_at: null,
      parties: [],
      recording: null,
    }
    const changed = {
      kind: 'interaction_changed',
      interaction_id: 'i1',
      version: 2,
      state: 'active',
      state_since: 7,
      wrap_up_deadline_at: null,
      customer: null,
      is_customer_gone: false,
      listeners: [] as PartyView[],
      queue: null,
      tier: null,
      customer_tier: null,
    } as const
    const talking = one(desk, { ...changed, call })
    const wrapping = one(talking, { ...changed, call: null, version: 3, state: 'wrap_up', wrap_up_deadline_at: 99 })
    expect(first(wrapping)).toMatchObject({
      version: 3,
      state: 'wrap_up',
      call,
      customer: PIA,
      wrap_up_deadline_at: 99,
    })
    const again = one(wrapping, { ...changed, call: null, version: 4 })
    expect(first(again)?.wrap_up_deadline_at).toBeNull()
  })

  test('that a new policy causes changes the queue and both tiers', () => {
    const moved = one(desk, {
      kind: 'interaction_changed',
      interaction_id: 'i1',
      version: 2,
      state: 'active',
      state_since: 7,
      wrap_up_deadline_at: null,
      call: null,
      customer: null,
      is_customer_gone: false,
      listeners: [] as PartyView[],
      queue: 'cards',
      tier: 'gold',
      customer_tier: 'gold',
    })
    expect(first(moved)).toMatchObject({ queue: 'cards', tier: 'gold', customer: { ...PIA, tier: 'gold' } })
  })

  test('that adds a message again shows it once', () => {
    const after = one(desk, {
      kind: 'message_added',
      interaction_id: 'i1',
      message: message('m1', 'agent', 'Good day'),
    })
    expect(first(after)?.messages).toHaveLength(1)
  })

  test('that changes a delivery changes that message alone', () => {
    const after = one(desk, {
      kind: 'message_changed',
      interaction_id: 'i1',
      message_id: 'm1',
      delivery: 'failed',
      error: '30003',
      data: null,
    })
    expect(first(after)?.messages[0]).toMatchObject({ delivery: 'failed', error: '30003', text: 'Good day' })
  })

  test('that adds another mailbox to a mail keeps the rest of the mail', () => {
    const data = { cc: 'cards@nordpost.example', delivered_to: 'hello@nordpost.example, cards@nordpost.example' }
    const after = one(desk, {
      kind: 'message_changed',
      interaction_id: 'i1',
      message_id: 'm1',
      delivery: null,
      error: '',
      data,
    })
    expect(first(after)?.messages[0]).toMatchObject({ data, text: 'Good day' })
  })

  test("that removes an interaction updates today's figures", () => {
    const today = { handled: 4, in_time: 3, handle_seconds: 840, available_seconds: 60 }
    const after = one(desk, { kind: 'interaction_removed', interaction_id: 'i1', closed_as: 'handled', today })
    expect(after.interactions.map(({ id }) => id)).toEqual(['i2'])
    expect(after.today).toEqual(today)
  })

  test('about an interaction that is not in hand changes the number alone', () => {
    const after = one(desk, {
      kind: 'message_added',
      interaction_id: 'gone',
      message: message('m9', 'customer', '?'),
    })
    expect({ ...after, number: 10 }).toEqual(desk)
  })
})

test('figures of the day are replaced', () => {
  const today = { handled: 0, in_time: 0, handle_seconds: 0, available_seconds: 90 }
  expect(all(snapshot(), numbered(11, { kind: 'today_changed', today })).today).toEqual(today)
})

test('an old snapshot and the events of a whole interaction give the fresh snapshot', () => {
  const accepted = held('i-o1', GUS, [message('m1', 'customer', '……那手续费呢？')])
  const today = { handled: 1, in_time: 1, handle_seconds: 0, available_seconds: 0 }
  const agent = { ...snapshot().agent, load: 40 }
  const policy = { ...snapshot().policy, version: 2 }
  const events = numbered(
    11,
    { kind: 'agent_changed', agent },
    { kind: 'offer_made', offer: offer('o1', GUS) },
    { kind: 'offer_ended', offer_id: 'o1', end: 'accepted' },
    { kind: 'interaction_added', interaction: accepted },
    { kind: 'message_added', interaction_id: 'i-o1', message: message('m2', 'agent', '没有手续费。') },
    { kind: 'message_changed', interaction_id: 'i-o1', message_id: 'm2', delivery: 'read', error: '', data: null },
    { kind: 'policy_changed', policy },
    { kind: 'offer_made', offer: offer('o2', SAM) },
  )
  expect(all(snapshot(), events)).toEqual(
    snapshot({
      number: 18,
      agent,
      policy,
      offers: [offer('o2', SAM)],
      interactions: [
        {
          ...accepted,
          messages: [...accepted.messages, { ...message('m2', 'agent', '没有手续费。'), delivery: 'read' }],
        },
      ],
    }),
  )
  const end = numbered(19, { kind: 'interaction_removed', interaction_id: 'i-o1', closed_as: 'handled', today })
  expect(all(snapshot(), [...events, ...end])).toEqual(
    snapshot({ number: 19, agent, policy, today, offers: [offer('o2', SAM)] }),
  )
})
