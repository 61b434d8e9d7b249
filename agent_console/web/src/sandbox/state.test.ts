/** How events change the devices, and which stage of a call the customer sees. */
import { describe, expect, test } from 'vitest'
import { applyDeviceEvent, isShown, legName, NOTHING, put, stageOf } from './state'
import type { Call, MailSummary, Spoken, Text } from './wire'

const text = (sid: string, status: Text['status'] = 'sent') => ({ sid, status }) as Text
const mail = (id: string, is_read = false) => ({ id, is_read }) as MailSummary

function call(fields: Partial<Call>): Call {
  return {
    sid: 'CA1',
    direction: 'outgoing',
    from: '',
    to: '',
    status: 'in-progress',
    is_over: false,
    is_on_hold: false,
    with: [],
    sound: '',
    started_at: 0,
    answered_at: 0,
    ended_at: null,
    transcript: [],
    ...fields,
  }
}

describe('an event', () => {
  test('with a snapshot replaces everything', () => {
    const before = applyDeviceEvent(NOTHING, { kind: 'text', data: text('SM1') })
    const customer = { id: '1', name: 'Pia', phone: '', email: '', language: 'en' }
    const after = applyDeviceEvent(before, {
      kind: 'snapshot',
      data: { customer, call: call({}), texts: [], mails: [mail('m')] },
    })
    expect(after).toEqual({ call: call({}), texts: [], mails: [mail('m')] })
  })

  test('adds a new item at the end and replaces a changed one in its place', () => {
    let state = NOTHING
    for (const sid of ['SM1', 'SM2']) state = applyDeviceEvent(state, { kind: 'text', data: text(sid) })
    state = applyDeviceEvent(state, { kind: 'text', data: text('SM1', 'delivered') })
    expect(state.texts).toEqual([text('SM1', 'delivered'), text('SM2')])
    state = applyDeviceEvent(state, { kind: 'mail', data: mail('a') })
    expect(applyDeviceEvent(state, { kind: 'mail', data: mail('a', true) }).mails).toEqual([mail('a', true)])
    expect(put([1, 2], 3, String)).toEqual([1, 2, 3])
  })
})

test('a call goes from dialling to waiting to talking', () => {
  expect(stageOf(null)).toBe('idle')
  expect(stageOf(call({ status: 'ringing' }))).toBe('dialling')
  expect(stageOf(call({ status: 'ringing', direction: 'incoming' }))).toBe('ringing')
  expect(stageOf(call({}))).toBe('waiting')
  expect(stageOf(call({ with: ['client:ada'] }))).toBe('talking')
  expect(stageOf(call({ with: ['client:ada'], is_on_hold: true }))).toBe('held')
  expect(stageOf(call({ is_over: true, status: 'completed' }))).toBe('over')
})

test("the phone shows no line for the provider's internal steps", () => {
  const kinds = ['say', 'gather', 'speech', 'record', 'ended'] as Spoken['kind'][]
  expect(kinds.filter((kind) => isShown({ kind } as Spoken))).toEqual(['say', 'speech', 'record', 'ended'])
})

test('an agent is shown by name, a number as it is', () => {
  expect([legName('client:ada'), legName('+46701740601')]).toEqual(['Ada', '+46701740601'])
})
