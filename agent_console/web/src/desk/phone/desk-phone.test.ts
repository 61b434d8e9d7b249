/** The desk's telephone: opened, answered by itself, renewed in a call, and closed with the agent's session. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { DeskSnapshot, InteractionView, SoftphoneToken } from '../../generated/wire'
import { ApiError } from '../../shared/api'
import { memoryStorage, type TextStorage } from '../../shared/storage'
import { snapshot } from '../model/cast'
import { DeskPhone } from './desk-phone.svelte'
import { PhoneRefused, type Softphone, type SoftphoneEvents } from './softphone'

const TOKEN: SoftphoneToken = {
  token: 't1',
  identity: 'ada',
  seconds: 600,
  is_called: true,
  driver: 'sandbox',
  url: 'ws://127.0.0.1:9',
  edge: '',
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function open(prepare: () => Promise<void> = () => Promise.resolve(), storage: TextStorage = memoryStorage()) {
  let events!: SoftphoneEvents
  const softphone = {
    prepare: vi.fn(prepare),
    connect: vi.fn(),
    accept: vi.fn(),
    mute: vi.fn(),
    setVolume: vi.fn(),
    tones: vi.fn(() => true),
    hang_up: vi.fn(),
    levels: () => ({ in: 0.3, out: 0.4 }),
    quality: () => ({ lossShare: 0, jitterMs: 0, delayMs: 0 }),
    silence: () => ({ in: false, out: false }),
    packets: () => null,
    renew: vi.fn(),
    setMicrophone: vi.fn(),
    close: vi.fn(),
  } satisfies Softphone
  const fetchToken = vi.fn(() => Promise.resolve(TOKEN))
  const report = vi.fn(() => Promise.resolve())
  const rejoin = vi.fn(() => Promise.resolve(true))
  const beat = vi.fn()
  const phone = new DeskPhone({
    fetchToken,
    open: (_, told) => {
      events = told
      return Promise.resolve(softphone)
    },
    report,
    rejoin,
    beat,
    now: () => Date.now(),
    isOnline: () => true,
    storage,
  })
  return { phone, softphone, fetchToken, report, rejoin, beat, tell: () => events }
}

function holds(state: string, id = 'i1') {
  const held = { id, state: 'active', call: { state, since: 0, number: '' } } as unknown as InteractionView
  return snapshot({ interactions: [held] })
}

it('a leg that rings for an accepted call is answered by itself, whichever is heard of first', async () => {
  for (const isRungFirst of [true, false]) {
    const { phone, softphone, tell } = open()
    await phone.start()
    if (!isRungFirst) phone.follow(holds('connecting'))
    tell().ringing({ call: 'CA1', from: '+46' })
    if (isRungFirst) {
      expect(phone.ringing).not.toBeNull()
      phone.follow(holds('connecting'))
    }
    expect(softphone.accept).toHaveBeenCalledExactlyOnceWith('CA1')
    expect(phone.ringing).toBeNull()
    tell().connected('CA1')
    expect(phone.state).toBe('talking')
    vi.advanceTimersByTime(100)
    expect(phone.levels).toEqual({ in: 0.3, out: 0.4 })
    tell().ended('CA1')
    expect(phone.state).toBe('ready')
  }
})

it('a leg is answered by itself for who calls out, has agreed to be consulted, or has asked to listen in', async () => {
  const consulted = snapshot({ consults: [{ state: 'calling' }] as unknown as DeskSnapshot['consults'] })
  const listens = snapshot({ listening: [{ state: 'calling' }] as unknown as DeskSnapshot['listening'] })
  for (const desk of [holds('reaching'), holds('dialling'), consulted, listens]) {
    const { phone, softphone, tell } = open()
    await phone.start()
    phone.follow(desk)
    tell().ringing({ call: 'CA1', from: '+46' })
    expect(softphone.accept).toHaveBeenCalledExactlyOnceWith('CA1')
  }
})

it('a page in which a call is heard says every second that it moves, and that it hears a call that counts as lost', async () => {
  const { phone, tell, beat } = open()
  await phone.start()
  phone.follow(holds('talking'))
  vi.advanceTimersByTime(3000)
  expect(beat).not.toHaveBeenCalled()
  tell().connected('CA1')
  vi.advanceTimersByTime(3050)
  expect(beat.mock.calls).toEqual(Array.from({ length: 3 }, () => ['i1', false]))
  phone.follow(holds('agent_lost'))
  vi.advanceTimersByTime(1000)
  expect(beat).toHaveBeenLastCalledWith('i1', true)
  tell().ended('CA1')
  expect(beat).toHaveBeenLastCalledWith('', false)
  vi.advanceTimersByTime(3000)
  expect(beat).toHaveBeenCalledTimes(5)
})

it('a leg that belongs to no accepted call rings until the agent answers', async () => {
  const { phone, softphone, tell } = open()
  await phone.start()
  phone.follow(snapshot())
  tell().ringing({ call: 'CA9', from: '+46' })
  expect(softphone.accept).not.toHaveBeenCalled()
  phone.accept()
  expect(softphone.accept).toHaveBeenCalledWith('CA9')
})

it('the token is renewed before it ends, in a call too, and again if the hub is away', async () => {
  const { phone, softphone, fetchToken, tell } = open()
  await phone.start()
  tell().connected('CA1')
  fetchToken.mockRejectedValueOnce(new ApiError(0, ''))
  await vi.advanceTimersByTimeAsync(480_000)
  expect(softphone.renew).not.toHaveBeenCalled()
  fetchToken.mockResolvedValue({ ...TOKEN, token: 't2' })
  await vi.advanceTimersByTimeAsync(5000)
  expect(softphone.renew).toHaveBeenCalledExactlyOnceWith('t2')
  await vi.advanceTimersByTimeAsync(480_000)
  expect(softphone.renew).toHaveBeenCalledTimes(2)
  expect(phone.state).toBe('talking')
})

it.each([401, 403])('a person who gets no token any more (%i) has no telephone', async (status) => {
  const { phone, softphone, fetchToken } = open()
  await phone.start()
  fetchToken.mockRejectedValue(new ApiError(status, 'signed_out'))
  await vi.advanceTimersByTimeAsync(480_000)
  expect(softphone.close).toHaveBeenCalledOnce()
  expect(phone.state).toBe('off')
})

it('a second telephone of the same agent rings, and this one says so until it is opened again', async () => {
  const { phone, softphone, tell } = open()
  await phone.start()
  tell().replaced()
  expect(phone.state).toBe('elsewhere')
  expect(softphone.close).toHaveBeenCalledOnce()
  await phone.start()
  expect(phone.state).toBe('ready')
})

it('the hub is told whether this browser can be a telephone', async () => {
  const denied = open(() => Promise.reject(new PhoneRefused('microphone_denied')))
  await denied.phone.start()
  expect([denied.phone.state, denied.phone.problem]).toEqual(['failed', 'microphone_denied'])
  expect(denied.report).toHaveBeenCalledExactlyOnceWith(false)
  const works = open()
  await works.phone.start()
  expect(works.report).toHaveBeenCalledExactlyOnceWith(true)
})

it('without a token nothing is opened', async () => {
  const { phone, softphone, fetchToken } = open()
  fetchToken.mockResolvedValue({ ...TOKEN, token: '' })
  await phone.start()
  expect([phone.state, softphone.prepare.mock.calls.length]).toEqual(['off', 0])
})

it('a telephone that is closed while it opens is closed when it has opened', async () => {
  let ready!: () => void
  const { phone, softphone } = open(() => new Promise((resolve) => (ready = resolve)))
  const opening = phone.start()
  await vi.advanceTimersByTimeAsync(0)
  phone.stop()
  ready()
  await opening
  expect(softphone.close).toHaveBeenCalledOnce()
  expect(phone.state).toBe('off')
})

it('a trouble of the call is told, and gone with it', async () => {
  const { phone, tell } = open()
  await phone.start()
  tell().connected('CA1')
  tell().lost()
  vi.advanceTimersByTime(200)
  expect(phone.trouble).toBe('lost')
  tell().restored('CA1')
  vi.advanceTimersByTime(200)
  expect(phone.trouble).toBeNull()
  tell().device_changed(false)
  vi.advanceTimersByTime(200)
  expect(phone.trouble).toBe('microphone_gone')
  tell().ended('CA1')
  expect(phone.trouble).toBeNull()
})

it('a key is pressed in a call that is heard, and the answer says why it was not', async () => {
  const { phone, softphone, tell } = open()
  await phone.start()
  expect(phone.press('1')).toBe('over')
  tell().connected('CA1')
  expect(phone.press('1')).toBe('')
  tell().lost()
  expect(phone.press('2')).toBe('lost')
  tell().restored('CA1')
  softphone.tones.mockReturnValueOnce(false)
  expect(phone.press('3')).toBe('lost')
  tell().ended('CA1')
  expect(phone.press('#')).toBe('over')
  expect(softphone.tones.mock.calls).toEqual([['1'], ['3']])
})

it('an agent who is muted stays so when the page is loaded again, and is heard in the next call', async () => {
  const storage = memoryStorage()
  const first = open(undefined, storage)
  await first.phone.start()
  first.phone.follow(holds('talking'))
  first.tell().connected('CA1')
  first.phone.mute(true)
  for (const isFollowedFirst of [true, false]) {
    const again = open(undefined, storage)
    await again.phone.start()
    if (isFollowedFirst) again.phone.follow(holds('held'))
    again.tell().connected('CA2')
    if (!isFollowedFirst) again.phone.follow(holds('held'))
    expect(again.phone.isMuted).toBe(true)
    expect(again.softphone.mute).toHaveBeenLastCalledWith(true)
  }
  first.phone.follow(snapshot())
  expect(first.phone.isMuted).toBe(false)
  const next = open(undefined, storage)
  await next.phone.start()
  next.phone.follow(holds('talking', 'i2'))
  next.tell().connected('CA3')
  expect(next.softphone.mute).toHaveBeenLastCalledWith(false)
})

it('somebody who is muted while they are consulted stays so when the call is handed to them', async () => {
  const { phone, tell } = open()
  await phone.start()
  phone.follow(
    snapshot({ consults: [{ state: 'present', interaction_id: 'i1' }] as unknown as DeskSnapshot['consults'] }),
  )
  tell().connected('CA1')
  phone.mute(true)
  phone.follow(holds('talking'))
  expect(phone.isMuted).toBe(true)
})

it('a desk that was loaded again in a call asks to be called into it, once', async () => {
  const { phone, softphone, rejoin, tell } = open()
  phone.follow(holds('talking'))
  await phone.start()
  await vi.advanceTimersByTimeAsync(100)
  expect(rejoin).toHaveBeenCalledOnce()
  phone.follow(holds('agent_lost'))
  await vi.advanceTimersByTimeAsync(1000)
  tell().ringing({ call: 'CA2', from: '+46' })
  expect(softphone.accept).toHaveBeenCalledExactlyOnceWith('CA2')
  tell().connected('CA2')
  phone.follow(holds('talking'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(rejoin).toHaveBeenCalledOnce()
  expect(phone.state).toBe('talking')
})

it('a telephone that has lost its call asks again once the hub knows, and every few seconds', async () => {
  const { phone, rejoin, tell } = open()
  await phone.start()
  phone.follow(holds('talking'))
  tell().ringing({ call: 'CA1', from: '+46' })
  tell().connected('CA1')
  tell().ended('CA1')
  await vi.advanceTimersByTimeAsync(5000)
  expect(rejoin).not.toHaveBeenCalled() // the customer may have hung up, and the hub hears of it in a moment
  phone.follow(holds('agent_lost_held'))
  await vi.advanceTimersByTimeAsync(1700)
  expect(rejoin).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(5100)
  expect(rejoin).toHaveBeenCalledTimes(2)
  phone.follow(snapshot())
  await vi.advanceTimersByTimeAsync(20_000)
  expect(rejoin).toHaveBeenCalledTimes(2)
})

it('a call that ends in the ordinary way, or rings for the first time, is not asked for', async () => {
  const { phone, rejoin, tell } = open()
  await phone.start()
  await vi.advanceTimersByTimeAsync(10_000)
  phone.follow(holds('connecting'))
  await vi.advanceTimersByTimeAsync(10_000)
  tell().ringing({ call: 'CA1', from: '+46' })
  phone.follow(holds('talking')) // told before the telephone itself has heard anything
  await vi.advanceTimersByTimeAsync(10_000)
  tell().connected('CA1')
  tell().ended('CA1')
  phone.follow(holds('agent_lost'))
  await vi.advanceTimersByTimeAsync(1000)
  phone.follow(holds('over'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(rejoin).not.toHaveBeenCalled()
})

it('a telephone that was cut off and is there again asks for its call, and again if the hub refused', async () => {
  const { phone, rejoin, tell } = open()
  await phone.start()
  phone.follow(holds('talking'))
  tell().connected('CA1')
  tell().lost()
  tell().ended('CA1')
  await vi.advanceTimersByTimeAsync(3000)
  expect(rejoin).not.toHaveBeenCalled() // it would ring for nobody
  rejoin.mockResolvedValueOnce(false)
  tell().restored('')
  await vi.advanceTimersByTimeAsync(100)
  expect(rejoin).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(5000)
  expect(rejoin).toHaveBeenCalledTimes(2)
})

it('a supervisor hears what they listen in on as loud as they like, and their own calls as they come', async () => {
  const storage = memoryStorage()
  const { phone, softphone, tell } = open(undefined, storage)
  await phone.start()
  phone.follow(
    snapshot({ listening: [{ channel: 'phone', state: 'present' }] as unknown as DeskSnapshot['listening'] }),
  )
  tell().connected('CA1')
  phone.setVolume(0.5)
  expect(softphone.setVolume).toHaveBeenLastCalledWith(0.5)
  phone.follow(snapshot({}))
  expect(softphone.setVolume).toHaveBeenLastCalledWith(1)
  expect(open(undefined, storage).phone.volume).toBe(0.5)
})

it('the end of a leg is no end of the one that has taken its place', async () => {
  const { phone, tell } = open()
  await phone.start()
  phone.follow(
    snapshot({ listening: [{ channel: 'phone', state: 'calling' }] as unknown as DeskSnapshot['listening'] }),
  )
  tell().connected('CA1')
  tell().ringing({ call: 'CA2', from: '+46' })
  tell().connected('CA2')
  tell().ended('CA1')
  expect(phone.state).toBe('talking')
  tell().ended('CA2')
  expect(phone.state).toBe('ready')
})
