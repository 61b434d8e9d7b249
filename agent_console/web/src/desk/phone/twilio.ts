/**
 * The softphone of a live account: the provider's Voice SDK, which is loaded when it is first used.
 *
 * The rule of this file: it translates, and names of the SDK stay in it. It listens to every `error` of a device: the
 * SDK raises one without a listener in the midst of its own work, and after a lost network it then never connects
 * again (`WSTransport._onSocketClose`, 2.18). Source: twilio.com/docs/voice/sdks/javascript.
 */
import type { Call, Device, TwilioError } from '@twilio/voice-sdk'
import type { SoftphoneToken } from '../../generated/wire'
import { PhoneRefused, readMicrophoneError, type Packets, type Quality, type Silence } from './softphone'
import type { Softphone, SoftphoneEvents } from './softphone'
import { HeardVolume } from './live-volume'

/** What is used of the SDK, for tests to stand in for. */
export type Sdk = {
  Device: Pick<typeof Device, 'isSupported'> & (new (token: string, options: Device.Options) => Device)
}

const REGISTERED_MS = 10_000
/** The SDK gives up after the second loss in a row (`Device._onSignalingOffline`), so it is asked this often. */
const AGAIN_MS = 5_000
/** The token is not taken: it has expired, or its key, account or region is wrong. */
const TOKEN_CODES = new Set([20101, 20102, 20103, 20104, 20105, 20151, 20157, 31201, 31202, 31204, 31205, 31207])
const MICROPHONE_CODES: Record<number, 'microphone_denied' | 'no_microphone'> = {
  31401: 'microphone_denied',
  31402: 'no_microphone',
}
/** How long a key sounds, and the pause after it: the SDK's own times (`Call.sendDigits`), and some for its timers. */
const KEY_MS = 250
/** Ten seconds of one and the same level: silence that is made, or a loudspeaker that hangs. */
const CONSTANT: Record<string, 'in' | 'out'> = {
  'constant-audio-input-level': 'out',
  'constant-audio-output-level': 'in',
}
const ONE_WAY: Record<string, 'in' | 'out'> = { 'low-bytes-received': 'in', 'low-bytes-sent': 'out' }

export async function openTwilio(
  token: SoftphoneToken,
  events: SoftphoneEvents,
  load: () => Promise<Sdk> = () => import('@twilio/voice-sdk'),
): Promise<Softphone> {
  let device: Device | undefined
  let call: Call | undefined
  let hasMicrophone = true // as it was told last
  let levels = { in: 0, out: 0 }
  let quality: Quality = { lossShare: 0, jitterMs: 0, delayMs: 0 }
  let packets: Packets = { in: 0, out: 0 }
  let silence: Silence = { in: false, out: false }
  let constant: Silence = { in: false, out: false }
  let keys = '' // pressed while others still sound
  let areKeysSounding = false
  const volume = new HeardVolume()
  const ringing = new Map<string, Call>()
  let refuse: ((error: PhoneRefused) => void) | undefined // as long as it registers for the first time
  let toldTokenAt = -Infinity
  let registering: ReturnType<typeof setInterval> | undefined
  const idOf = (one: Call) => one.parameters['CallSid'] ?? ''

  function take(taken: Call) {
    call = taken
    packets = { in: 0, out: 0 }
    silence = constant = { in: false, out: false }
    events.connected(idOf(taken))
  }

  function end(ended: Call) {
    ringing.delete(idOf(ended))
    if (call === ended) {
      call = undefined
      keys = ''
    }
    levels = { in: 0, out: 0 }
    events.ended(idOf(ended))
  }

  function listen(to: Call) {
    to.on('accept', () => take(to))
    for (const name of ['disconnect', 'cancel', 'reject'] as const) to.on(name, () => end(to))
    to.on('volume', (input: number, output: number) => (levels = { in: output, out: input }))
    to.on('sample', (sample: Call.CallMetrics) => {
      quality = {
        lossShare: sample.packetsLostFraction / 100, // the SDK counts in percent
        jitterMs: Math.round(sample.jitter),
        delayMs: Math.round(sample.rtt / 2),
      }
      packets = { in: sample.totals.packetsReceived, out: sample.totals.packetsSent }
      // of 32,767: a microphone in the quietest room gives more than 0
      silence = { in: sample.audioOutputLevel === 0, out: sample.audioInputLevel === 0 }
      lookAtMicrophone(to)
    })
    to.on('error', ({ code }: TwilioError.TwilioError) => {
      const problem = MICROPHONE_CODES[code]
      if (problem) events.failed(problem)
    })
    to.on('reconnecting', () => events.lost())
    to.on('reconnected', () => events.restored(idOf(to)))
    to.on('warning', (name: string) => warn(name, true))
    to.on('warning-cleared', (name: string) => warn(name, false))
  }

  function warn(name: string, isOn: boolean) {
    const way = CONSTANT[name]
    if (way) constant = { ...constant, [way]: isOn }
    else if (ONE_WAY[name]) events.oneWay(isOn ? ONE_WAY[name] : '')
  }

  function takeError({ code }: TwilioError.TwilioError) {
    if (!TOKEN_CODES.has(code)) return // a connection that is lost is told by `unregistered`
    if (refuse) refuse(new PhoneRefused('refused'))
    else if (!token.is_called) events.failed('refused')
    else if (Date.now() - toldTokenAt > AGAIN_MS) {
      toldTokenAt = Date.now()
      events.tokenEnds() // a computer that slept for longer than a token lasts
    }
  }

  function registerAgain() {
    clearInterval(registering)
    registering = setInterval(() => {
      if (device?.state === 'unregistered') device.register().catch(() => {})
    }, AGAIN_MS)
  }

  /** A track is muted if its device gives no sound, as one that is switched off (W3C Media Capture, 4.3.1). */
  function lookAtMicrophone(used: Call) {
    const track = used.getLocalStream()?.getAudioTracks()[0]
    const works = track === undefined || (!track.muted && track.readyState === 'live')
    if (works !== hasMicrophone) events.device_changed(works)
    hasMicrophone = works
  }

  /** The browser lets new keys take the place of those that have not sounded yet (W3C WebRTC, insertDTMF): so the next
   * ones wait. */
  function soundKeys() {
    areKeysSounding = keys !== ''
    if (!areKeysSounding) return
    call?.sendDigits(keys)
    setTimeout(soundKeys, keys.length * KEY_MS)
    keys = ''
  }

  async function openMicrophone(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    for (const track of stream.getTracks()) track.stop() // the SDK opens its own
  }

  /** An incoming-only token registers; the token of a check does not, and is used by `connect`. */
  async function register(made: Device): Promise<void> {
    await Promise.race([
      made.register(),
      new Promise((_, reject) => {
        refuse = reject
        setTimeout(() => reject(new PhoneRefused('unreachable')), REGISTERED_MS)
      }),
    ]).finally(() => (refuse = undefined))
  }

  return {
    async prepare() {
      let sdk: Sdk
      try {
        sdk = await load()
      } catch {
        throw new PhoneRefused('unreachable')
      }
      if (!sdk.Device.isSupported) throw new PhoneRefused('unsupported')
      try {
        await openMicrophone()
      } catch (error) {
        throw readMicrophoneError(error)
      }
      device = new sdk.Device(token.token, {
        ...(token.edge === '' ? {} : { edge: token.edge }),
        allowIncomingWhileBusy: true, // a leg that takes the place of another may ring before that one has ended
        closeProtection: true, // the browser asks before it leaves a call
        tokenRefreshMs: 30_000,
      })
      device.on('incoming', (incoming: Call) => {
        listen(incoming)
        ringing.set(idOf(incoming), incoming)
        events.ringing({ call: idOf(incoming), from: incoming.parameters['From'] ?? '' })
      })
      device.on('tokenWillExpire', () => events.tokenEnds())
      device.on('error', takeError)
      device.on('unregistered', () => {
        if (!device || refuse) return
        events.lost()
        registerAgain()
      })
      device.on('registered', () => {
        clearInterval(registering)
        events.restored(call ? idOf(call) : '')
      })
      device.audio?.incoming(false) // the desk has its own sound for an offer
      device.audio?.on('deviceChange', (lost: MediaDeviceInfo[]) => {
        if (!lost.some(({ kind }) => kind === 'audioinput')) return
        hasMicrophone = false
        events.device_changed(false)
      })
      if (token.is_called) {
        const made = device
        try {
          await register(made)
        } catch (error) {
          device = undefined
          made.destroy()
          throw error instanceof PhoneRefused ? error : new PhoneRefused('unreachable')
        }
      }
    },
    async connect(parameters) {
      if (!device) throw new PhoneRefused('unreachable')
      const outgoing = await device.connect({ params: parameters })
      listen(outgoing)
    },
    accept(id) {
      const next = ringing.get(id)
      if (next && call && call !== next) call.disconnect() // one is heard at a time
      next?.accept()
    },
    mute: (on) => call?.mute(on),
    setVolume: (share) => volume.set(share, device),
    tones(pressed) {
      if (!call) return false
      keys += pressed
      if (!areKeysSounding) soundKeys()
      return true
    },
    hang_up: () => call?.disconnect(),
    levels: () => levels,
    quality: () => quality,
    silence: () => ({ in: silence.in || constant.in, out: silence.out || constant.out }),
    packets: () => packets,
    renew: (renewed) => device?.updateToken(renewed),
    async setMicrophone(deviceId) {
      try {
        await device?.audio?.setInputDevice(deviceId || 'default')
      } catch (error) {
        throw readMicrophoneError(error)
      }
      hasMicrophone = true
      events.device_changed(true)
    },
    close() {
      const closed = device
      device = undefined // what it still says is of no interest
      clearInterval(registering)
      closed?.destroy()
    },
  }
}
