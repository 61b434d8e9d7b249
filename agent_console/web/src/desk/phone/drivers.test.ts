/** The softphone of a live account against a stand-in of the provider's SDK, typed by the SDK's own types. */
import type { Call, Device } from '@twilio/voice-sdk'
import { beforeEach, expect, it, vi } from 'vitest'
import { PhoneRefused } from './softphone'
import { hear, TOKEN } from './told'
import { openTwilio, type Sdk } from './twilio'

class Emitter {
  #heard = new Map<string, ((...values: never[]) => void)[]>()

  on(name: string, listener: (...values: never[]) => void): this {
    this.#heard.set(name, [...(this.#heard.get(name) ?? []), listener])
    return this
  }

  /** As the SDK's: an error that nobody listens to is raised where it is told. */
  emit(name: string, ...values: unknown[]): void {
    if (name === 'error' && !this.#heard.has(name)) throw values[0]
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

type UsedOfDevice = Pick<Device, 'register' | 'updateToken' | 'destroy' | 'state'>

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
  state = 'registered' as Device.State
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

it('a token that the provider does not take is told at once, with what it is', async () => {
  FakeDevice.register = () => new Promise(() => setTimeout(() => FakeDevice.made[0]!.emit('error', { code: 20101 })))
  await expect(openLive()).rejects.toEqual(new PhoneRefused('refused'))
  expect(FakeDevice.made[0]!.destroy).toHaveBeenCalledOnce()
})

it('a token that has expired meanwhile is asked for once, and not in a circle', async () => {
  vi.useFakeTimers()
  try {
    const { told, device } = await openLive()
    for (let time = 0; time < 20; time++) device.emit('error', { code: 20104 })
    expect(told.tokenEnds).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(6000)
    device.emit('error', { code: 31205 })
    expect(told.tokenEnds).toHaveBeenCalledTimes(2)
    device.emit('error', { code: 31005 }) // the network
    expect(told.failed).not.toHaveBeenCalled()
  } finally {
    vi.useRealTimers()
  }
})

it('a telephone that has lost its registration registers again until it has it', async () => {
  vi.useFakeTimers()
  try {
    const { phone, told, device } = await openLive()
    device.state = 'unregistered' as Device.State
    device.emit('unregistered')
    expect(told.lost).toHaveBeenCalledOnce()
    FakeDevice.register = () => Promise.reject(new Error('no network yet'))
    await vi.advanceTimersByTimeAsync(15_000)
    expect(device.register).toHaveBeenCalledTimes(1 + 3)
    device.state = 'registering' as Device.State // the SDK does it by itself
    await vi.advanceTimersByTimeAsync(15_000)
    expect(device.register).toHaveBeenCalledTimes(4)
    device.state = 'registered' as Device.State
    device.emit('registered')
    expect(told.restored).toHaveBeenLastCalledWith('')
    device.state = 'unregistered' as Device.State
    device.emit('unregistered')
    phone.close()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(device.register).toHaveBeenCalledTimes(4)
  } finally {
    vi.useRealTimers()
  }
})

it.each([
  [31401, 'microphone_denied'],
  [31402, 'no_microphone'],
])('a call that gets no microphone (%i) is told as %s', async (code, problem) => {
  const { phone, told, call } = await ring()
  phone.accept('CA1')
  call.emit('disconnect')
  call.emit('error', { code })
  expect(told.failed).toHaveBeenCalledExactlyOnceWith(problem)
})

it('the token of a check that is not taken is told', async () => {
  const { told, device } = await openLive({ ...TOKEN, is_called: false })
  device.emit('error', { code: 31204 })
  expect(told.failed).toHaveBeenCalledExactlyOnceWith('refused')
})

it('the codes of the driver are those of the SDK', async () => {
  vi.stubGlobal('window', globalThis)
  const { TwilioError } = await import('@twilio/voice-sdk')
  const { AuthorizationErrors: auth, UserMediaErrors: media } = TwilioError
  const codeOf = (Made: new () => { code: number }) => new Made().code
  expect([auth.AccessTokenInvalid, auth.AccessTokenExpired, auth.AuthenticationFailed].map(codeOf)).toEqual([
    20101, 20104, 20151,
  ])
  expect([media.PermissionDeniedError, media.AcquisitionFailedError].map(codeOf)).toEqual([31401, 31402])
})

it('the SDK raises an error that nobody listens to, and the driver listens', async () => {
  vi.stubGlobal('window', globalThis)
  const { Device: Real } = await import('@twilio/voice-sdk')
  const emit = (device: object) => Real.prototype.emit.call(device as Device, 'error', new Error('31005'))
  expect(() => emit(Object.create(Real.prototype) as object)).toThrow('31005')
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
