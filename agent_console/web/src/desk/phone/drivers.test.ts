/** The two drivers of the softphone: each against a stand-in of what it speaks to, typed by the real thing's types. */
import type { Call, Device } from '@twilio/voice-sdk'
import { beforeEach, expect, it, vi } from 'vitest'
import type { SoftphoneToken } from '../../generated/wire'
import { LineRefused, type LineEvents, type SoundLine } from '../../shared/sound/sound-line'
import { openSandbox } from './sandbox'
import { PhoneRefused, type SoftphoneEvents } from './softphone'
import { openTwilio, type Sdk } from './twilio'

const TOKEN: SoftphoneToken = {
  token: 't1',
  identity: 'ada',
  seconds: 600,
  is_called: true,
  driver: 'twilio',
  url: 'ws://127.0.0.1:9',
  edge: '',
}

type Told = { [Name in keyof SoftphoneEvents]: ReturnType<typeof vi.fn<SoftphoneEvents[Name]>> }

function hear(): Told {
  return {
    ringing: vi.fn(),
    connected: vi.fn(),
    ended: vi.fn(),
    lost: vi.fn(),
    restored: vi.fn(),
    oneWay: vi.fn(),
    replaced: vi.fn(),
    tokenEnds: vi.fn(),
    device_changed: vi.fn(),
  }
}

class Emitter {
  #heard = new Map<string, ((...values: never[]) => void)[]>()

  on(name: string, listener: (...values: never[]) => void): this {
    this.#heard.set(name, [...(this.#heard.get(name) ?? []), listener])
    return this
  }

  emit(name: string, ...values: unknown[]): void {
    for (const listener of this.#heard.get(name) ?? []) (listener as (...all: unknown[]) => void)(...values)
  }
}

type UsedOfCall = Pick<Call, 'parameters' | 'accept' | 'mute' | 'sendDigits' | 'disconnect' | 'getLocalStream'>

class FakeCall extends Emitter implements UsedOfCall {
  parameters = { CallSid: 'CA1', From: '+46850005000' }
  did: unknown[] = []
  track = { muted: false, readyState: 'live' }
  getLocalStream = () => ({ getAudioTracks: () => [this.track] }) as unknown as MediaStream
  accept = () => {
    this.did.push('accept')
    this.emit('accept')
  }
  mute = (on?: boolean) => void this.did.push(['mute', on])
  sendDigits = (keys: string) => void this.did.push(['tones', keys])
  disconnect = () => this.emit('disconnect')
}

type UsedOfDevice = Pick<Device, 'register' | 'updateToken' | 'destroy'>

class FakeDevice extends Emitter implements UsedOfDevice {
  static isSupported = true
  static made: FakeDevice[] = []
  static register: () => Promise<void> = () => Promise.resolve()
  static outgoing = new FakeCall()
  audio = Object.assign(new Emitter(), {
    incoming: vi.fn(),
    setInputDevice: vi.fn(() => Promise.resolve()),
    addProcessor: vi.fn(() => Promise.resolve()),
  })
  register = vi.fn(() => FakeDevice.register())
  updateToken = vi.fn()
  destroy = vi.fn()
  connect = vi.fn((_: Device.ConnectOptions) => Promise.resolve(FakeDevice.outgoing))

  constructor(
    readonly token: string,
    readonly options: Device.Options,
  ) {
    super()
    FakeDevice.made.push(this)
  }
}

const load = () => Promise.resolve({ Device: FakeDevice } as unknown as Sdk)
const stop = vi.fn()

beforeEach(() => {
  FakeDevice.made = []
  FakeDevice.isSupported = true
  FakeDevice.register = () => Promise.resolve()
  FakeDevice.outgoing = new FakeCall()
  giveMicrophone(() => Promise.resolve({ getTracks: () => [{ stop }] }))
})

function giveMicrophone(getUserMedia: () => Promise<unknown>) {
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } })
}

async function openLive(token = TOKEN) {
  const told = hear()
  const phone = await openTwilio(token, told, load)
  await phone.prepare()
  return { phone, told, device: FakeDevice.made[0]! }
}

async function ring() {
  const opened = await openLive()
  const call = new FakeCall()
  opened.device.emit('incoming', call)
  return { ...opened, call }
}

it('a live telephone registers with the token, gives the microphone back, and makes no sound of its own', async () => {
  const { device, phone } = await openLive({ ...TOKEN, edge: 'dublin' })
  expect(device.token).toBe('t1')
  expect(device.options.edge).toBe('dublin')
  expect(device.register).toHaveBeenCalledOnce()
  expect(stop).toHaveBeenCalled()
  expect(device.audio.incoming).toHaveBeenCalledWith(false)
  phone.renew('t2')
  expect(device.updateToken).toHaveBeenCalledWith('t2')
  phone.close()
  expect(device.destroy).toHaveBeenCalledOnce()
})

it('a live call rings, is accepted, muted, typed into and ended', async () => {
  const { phone, told, call } = await ring()
  expect(told.ringing).toHaveBeenCalledWith({ call: 'CA1', from: '+46850005000' })
  phone.accept('CA1')
  expect(told.connected).toHaveBeenCalledWith('CA1')
  phone.mute(true)
  phone.tones('12#')
  expect(call.did).toEqual(['accept', ['mute', true], ['tones', '12#']])
  call.emit('volume', 0.25, 0.5)
  expect(phone.levels()).toEqual({ in: 0.5, out: 0.25 })
  const sample = { packetsLostFraction: 2, jitter: 11.6, rtt: 90, totals: { packetsReceived: 50, packetsSent: 49 } }
  call.emit('sample', sample satisfies Partial<Omit<Call.CallMetrics, 'totals'>> & { totals: object })
  expect(phone.quality()).toEqual({ lossShare: 0.02, jitterMs: 12, delayMs: 45 })
  expect(phone.packets()).toEqual({ in: 50, out: 49 })
  phone.hang_up()
  expect(told.ended).toHaveBeenCalledWith('CA1')
  expect(phone.levels()).toEqual({ in: 0, out: 0 })
})

it('a live call that is accepted takes the place of the one that is heard', async () => {
  const { phone, told, call, device } = await ring()
  expect(device.options.allowIncomingWhileBusy).toBe(true)
  phone.accept('CA1')
  const next = new FakeCall()
  next.parameters = { ...next.parameters, CallSid: 'CA2' }
  device.emit('incoming', next)
  expect(told.ringing).toHaveBeenLastCalledWith({ call: 'CA2', from: '+46850005000' })
  phone.accept('CA2')
  expect(told.ended).toHaveBeenCalledExactlyOnceWith('CA1')
  expect(told.connected).toHaveBeenLastCalledWith('CA2')
  phone.mute(true)
  expect([call.did, next.did]).toEqual([['accept'], ['accept', ['mute', true]]])
})

it('a live call is heard through a volume of ours once somebody changes it', async () => {
  const { phone, device } = await openLive()
  phone.setVolume(1)
  expect(device.audio.addProcessor).not.toHaveBeenCalled()
  phone.setVolume(0.4)
  phone.setVolume(0.5)
  expect(device.audio.addProcessor).toHaveBeenCalledExactlyOnceWith(expect.anything(), true)
})

it('keys that are pressed quickly wait for each other, and end with the call', async () => {
  vi.useFakeTimers()
  try {
    const { phone, call } = await ring()
    expect(phone.tones('1')).toBe(false)
    phone.accept('CA1')
    for (const key of '4711') expect(phone.tones(key)).toBe(true)
    expect(call.did).toEqual(['accept', ['tones', '4']])
    vi.advanceTimersByTime(300)
    expect(call.did.at(-1)).toEqual(['tones', '711'])
    phone.tones('#')
    call.emit('disconnect')
    vi.advanceTimersByTime(5000)
    expect(call.did.at(-1)).toEqual(['tones', '711'])
    expect(phone.tones('#')).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})

it('what a live call suffers is told', async () => {
  const { phone, told, device, call } = await ring()
  phone.accept('CA1')
  call.emit('reconnecting')
  expect(told.lost).toHaveBeenCalledOnce()
  call.emit('reconnected')
  expect(told.restored).toHaveBeenCalledWith('CA1')
  call.emit('warning', 'low-bytes-received')
  expect(told.oneWay).toHaveBeenLastCalledWith('in')
  call.emit('warning-cleared', 'low-bytes-received')
  expect(told.oneWay).toHaveBeenLastCalledWith('')
  call.emit('warning', 'high-rtt')
  expect(told.oneWay).toHaveBeenCalledTimes(2)
  device.audio.emit('deviceChange', [{ kind: 'audiooutput' }])
  expect(told.device_changed).not.toHaveBeenCalled()
  device.audio.emit('deviceChange', [{ kind: 'audioinput' }])
  expect(told.device_changed).toHaveBeenCalledWith(false)
  device.emit('tokenWillExpire')
  expect(told.tokenEnds).toHaveBeenCalledOnce()
})

it('a microphone that is switched off in a live call is told, and that it is on again', async () => {
  const { phone, told, call } = await ring()
  phone.accept('CA1')
  const sample = { packetsLostFraction: 0, jitter: 1, rtt: 20, totals: { packetsReceived: 50, packetsSent: 49 } }
  for (const muted of [false, true, true, false]) {
    call.track.muted = muted
    call.emit('sample', sample)
  }
  expect(told.device_changed.mock.calls).toEqual([[false], [true]])
})

it('a call that the caller gives up rings no longer', async () => {
  const { told, call } = await ring()
  call.emit('cancel')
  expect(told.ended).toHaveBeenCalledWith('CA1')
})

it('with the token of a check one calls and registers nothing', async () => {
  const { phone, told, device } = await openLive({ ...TOKEN, is_called: false })
  expect(device.register).not.toHaveBeenCalled()
  await phone.connect({ language: 'zh-CN' })
  expect(device.connect).toHaveBeenCalledWith({ params: { language: 'zh-CN' } })
  FakeDevice.outgoing.emit('accept')
  expect(told.connected).toHaveBeenCalledWith('CA1')
})

it.each([
  ['NotAllowedError', 'microphone_denied'],
  ['NotFoundError', 'no_microphone'],
  ['NotReadableError', 'no_microphone'],
])('%s is told as %s', async (name, problem) => {
  giveMicrophone(() => Promise.reject(new DOMException('no', name)))
  await expect(openLive()).rejects.toEqual(new PhoneRefused(problem as 'no_microphone'))
})

it('who cannot load the library, be supported or register is told so', async () => {
  const missing = await openTwilio(TOKEN, hear(), () => Promise.reject(new TypeError('no network')))
  await expect(missing.prepare()).rejects.toEqual(new PhoneRefused('unreachable'))
  FakeDevice.isSupported = false
  await expect(openLive()).rejects.toEqual(new PhoneRefused('unsupported'))
  FakeDevice.isSupported = true
  FakeDevice.register = () => Promise.reject(new Error('20101'))
  await expect(openLive()).rejects.toEqual(new PhoneRefused('unreachable'))
  expect(FakeDevice.made.at(-1)!.destroy).toHaveBeenCalledOnce()
})

it('the SDK has every name that the driver uses', async () => {
  vi.stubGlobal('window', globalThis) // it looks for a browser as it is loaded
  const real = (await import('@twilio/voice-sdk')) as unknown as {
    Device: { prototype: object }
    Call: { prototype: object }
  }
  for (const name of ['register', 'updateToken', 'destroy', 'connect'])
    expect(real.Device.prototype).toHaveProperty(name)
  for (const name of ['accept', 'mute', 'sendDigits', 'disconnect']) expect(real.Call.prototype).toHaveProperty(name)
})

// ---- the sandbox

type UsedOfLine = Pick<
  SoundLine,
  | 'accept'
  | 'mute'
  | 'tones'
  | 'hangUp'
  | 'callApplication'
  | 'levels'
  | 'quality'
  | 'renew'
  | 'setMicrophone'
  | 'close'
>

function fakeLine() {
  return {
    accept: vi.fn(),
    mute: vi.fn(),
    tones: vi.fn(() => true),
    hangUp: vi.fn(),
    callApplication: vi.fn(),
    levels: () => ({ in: 0.1, out: 0.2 }),
    quality: () => ({ lossShare: 0, jitterMs: 3, delayMs: 40 }),
    renew: vi.fn(),
    setMicrophone: vi.fn(() => Promise.resolve()),
    close: vi.fn(),
  } satisfies UsedOfLine
}

it("the sandbox's line is opened with the token, and what it tells is told on", async () => {
  const told = hear()
  const line = fakeLine()
  let events: Partial<LineEvents> = {}
  const open = vi.fn((_url: string, _token: string, options: { events?: Partial<LineEvents> } = {}) => {
    events = options.events ?? {}
    return Promise.resolve(line as unknown as SoundLine)
  })
  const phone = await openSandbox(TOKEN, told, open)
  expect(phone.levels()).toEqual({ in: 0, out: 0 })
  expect(phone.tones('1')).toBe(false)
  await phone.prepare()
  expect(open).toHaveBeenCalledWith('ws://127.0.0.1:9/client', 't1', expect.objectContaining({ microphone: true }))
  events.ringing!({ call: 'CA1', from: '+46850005000', parameters: {} })
  expect(told.ringing).toHaveBeenCalledWith({ call: 'CA1', from: '+46850005000' })
  phone.accept('CA1')
  expect(line.accept).toHaveBeenCalledWith('CA1')
  events.connected!('CA1')
  events.oneWay!('out')
  events.bothWays!()
  expect(told.oneWay.mock.calls).toEqual([['out'], ['']])
  expect(phone.tones('12#')).toBe(true)
  expect(line.tones).toHaveBeenCalledExactlyOnceWith('12#')
  events.lost!()
  events.restored!('CA1')
  expect(told.restored).toHaveBeenCalledWith('CA1')
  events.microphoneLost!()
  await phone.setMicrophone('usb')
  expect(told.device_changed.mock.calls).toEqual([[false], [true]])
  events.replaced!()
  expect(told.replaced).toHaveBeenCalledOnce()
  expect(phone.packets()).toBeNull()
})

it.each([
  [new LineRefused('bad_token', ''), 'unreachable'],
  [new DOMException('no', 'NotAllowedError'), 'microphone_denied'],
])('a line that is not opened is a reason', async (error, problem) => {
  const phone = await openSandbox(TOKEN, hear(), () => Promise.reject(error))
  await expect(phone.prepare()).rejects.toEqual(new PhoneRefused(problem as 'unreachable'))
})
