/**
 * One telephone in this browser: it hears and speaks through the sandbox's sound process.
 *
 * The rule of this file: what goes wrong is told within three seconds, and a cut connection is taken up again by
 * itself. A customer's call goes on then. A softphone's does not: the provider ends the leg, and the hub calls again.
 * Words without sound are spoken by this browser. `channels/sandbox/README.md` has every message.
 */
import { Audio } from './audio'
import { NUMBERS, packFrame, parseFrame, SAMPLES } from './frames'
import { LineQuality, type Quality } from './quality'
import { speakWords, stopSpeaking } from './speech'

const LOOK_MS = 250
const ONE_WAY_MS = 1500 // so long without a frame, while messages come
const LOST_MS = 2200 // so long without anything
const PING_MS = 1000
const AGAIN_MS = [300, 700, 1500, 2500, 4000] as const
const REFUSED = 4401
const REPLACED = 4001

export type Incoming = { call: string; from: string; parameters: Record<string, string> }

/** What the owner of a line is told. Each may be left out. */
export type LineEvents = {
  ringing: (call: Incoming) => void
  /** A call is heard from here on. */
  connected: (call: string) => void
  ended: (call: string, reason: string) => void
  /** The connection is cut, and is tried again. */
  lost: () => void
  /** It is there again. `call`: the call that goes on; empty if none does. */
  restored: (call: string) => void
  /** `in`: nothing is heard although the line stands; `out`: nothing of ours arrives. */
  oneWay: (direction: 'in' | 'out') => void
  /** What `oneWay` told is over. */
  bothWays: () => void
  /** The same person's telephone was opened elsewhere, and that one rings. */
  replaced: () => void
  /** The token has ended; `renew` brings another. */
  expired: () => void
  /** Something asked for was not done. */
  problem: (code: string, detail: string) => void
  microphoneLost: () => void
}

/** The sandbox does not take the line: `code` is its word for why. */
export class LineRefused extends Error {
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail)
  }
}

type Options = { microphone?: boolean | string; events?: Partial<LineEvents> }

/**
 * Opens a softphone (`<sound url>/client`, with its access token) or a customer's page (the whole address of its call,
 * with no token). Throws LineRefused, or the browser's DOMException if the microphone is refused.
 */
export async function openSoundLine(url: string, token: string, options: Options = {}): Promise<SoundLine> {
  const audio = await Audio.open()
  const line = new SoundLine(url, token, audio, options.events ?? {})
  try {
    if (options.microphone) await audio.openMicrophone(options.microphone)
    await line.connect()
  } catch (error) {
    line.close()
    throw error
  }
  return line
}

export class SoundLine {
  /** The call that is heard; empty: none. */
  call = ''
  #socket: WebSocket | null = null
  #isMuted = false
  #isClosed = false
  #tries = 0
  #number = Math.floor(Math.random() * NUMBERS)
  #quality = new LineQuality()
  #roundTripMs = 0
  #frameAt = 0
  #messageAt = 0
  #unheard = 0 // reports in a row that say that nothing of ours arrives
  #oneWay: 'in' | 'out' | '' = ''
  #isLost = false
  #timers: ReturnType<typeof setInterval>[] = []

  constructor(
    private readonly url: string,
    private token: string,
    private readonly audio: Audio,
    private readonly events: Partial<LineEvents>,
  ) {
    audio.onframe = (samples) => this.#send(samples)
    audio.onmicrophonelost = () => this.events.microphoneLost?.()
    this.#timers = [
      setInterval(() => this.#look(performance.now()), LOOK_MS),
      setInterval(() => this.#tell('ping', { at: performance.now() }), PING_MS),
    ]
  }

  /** Resolves once the sandbox has taken the line. */
  connect(): Promise<void> {
    const address = this.token ? `${this.url}?token=${encodeURIComponent(this.token)}` : this.url
    const socket = new WebSocket(address)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    this.#messageAt = performance.now()
    return new Promise((resolve, reject) => {
      socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
        this.#messageAt = performance.now()
        if (data instanceof ArrayBuffer) return this.#hear(data)
        const message = JSON.parse(data) as Message
        if (message.kind === 'refused') reject(new LineRefused(message.code, message.detail))
        if (message.kind === 'registered' || message.kind === 'connected') resolve()
        this.#on(message)
      }
      socket.onclose = ({ code }) => {
        reject(new LineRefused('unreachable', 'The sandbox cannot be reached.'))
        if (socket === this.#socket) this.#onClose(code)
      }
    })
  }

  accept(call: string): void {
    this.#tell('accept', { call })
  }

  reject(call: string): void {
    this.#tell('reject', { call })
  }

  /** Calls the application that the token names. */
  callApplication(parameters: Record<string, string> = {}): void {
    this.#tell('connect', { parameters })
  }

  hangUp(): void {
    if (this.call) this.#tell('hang_up', { call: this.call })
  }

  /** Presses keys, `0-9*#`. False: no call is heard, or the connection is cut. */
  tones(keys: string): boolean {
    return this.call !== '' && this.#tell('tones', { call: this.call, keys })
  }

  /** While muted, silence is sent. */
  mute(on: boolean): void {
    this.#isMuted = on
  }

  /** How loud the others are heard: 0 is silence, 1 as it comes. */
  setVolume(share: number): void {
    this.audio.setVolume(share)
  }

  /** Opens the microphone, or another one, or closes it. Throws the browser's DOMException. */
  async setMicrophone(which: boolean | string): Promise<void> {
    if (which) await this.audio.openMicrophone(which)
    else this.audio.closeMicrophone()
    this.#unheard = 0
  }

  get hasMicrophone(): boolean {
    return this.audio.hasMicrophone
  }

  /** Another token for the same person, before the first ends. */
  renew(token: string): void {
    this.token = token
    this.#tell('renew', { token })
  }

  /** What came in and what went out in the last 100 ms, from 0 to 1. */
  levels(): { in: number; out: number } {
    const levels = this.audio.levels()
    return this.#isMuted ? { ...levels, out: 0 } : levels
  }

  quality(): Quality {
    const delayMs = Math.round(this.#roundTripMs / 2 + this.audio.delay())
    return { lossShare: this.#quality.lossShare, jitterMs: Math.round(this.#quality.jitterMs), delayMs }
  }

  close(): void {
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    stopSpeaking()
    this.#socket?.close(1000)
    void this.audio.close()
  }

  #on(message: Message): void {
    switch (message.kind) {
      case 'incoming':
        return this.events.ringing?.(message)
      case 'connected':
      case 'accepted': {
        const wasLost = this.#isLost
        this.#begin(message.call)
        return wasLost ? this.events.restored?.(message.call) : this.events.connected?.(message.call)
      }
      case 'registered':
        return this.#onRegistered()
      case 'ended':
        if (message.call === this.call) {
          this.call = ''
          stopSpeaking()
          this.audio.restart()
        }
        return this.events.ended?.(message.call, message.reason)
      case 'report':
        return this.#onReport(message.received)
      case 'words':
        return speakWords(message.text, message.language)
      case 'pong':
        this.#roundTripMs = performance.now() - message.at
        return
      case 'refused':
        return this.#isLost ? this.events.problem?.(message.code, message.detail) : undefined
      case 'replaced':
      case 'expired':
        return this.events[message.kind]?.()
      case 'problem':
        return this.events.problem?.(message.code, message.detail)
    }
  }

  #onRegistered(): void {
    if (!this.#isLost) return
    this.#isLost = false
    const { call } = this
    this.call = ''
    if (call) this.events.ended?.(call, 'completed')
    this.events.restored?.('')
  }

  #begin(call: string): void {
    this.call = call
    this.audio.restart()
    this.#quality = new LineQuality()
    this.#frameAt = performance.now()
    this.#unheard = 0
    this.#isLost = false
  }

  #hear(data: ArrayBuffer): void {
    const frame = parseFrame(data)
    if (!frame || !this.call) return
    this.#frameAt = performance.now()
    this.#quality.put(frame.number, this.#frameAt)
    this.audio.play(frame)
  }

  #send(samples: Float32Array): void {
    if (!this.call || this.#socket?.readyState !== WebSocket.OPEN) return
    this.#number = (this.#number + 1) % NUMBERS
    this.#socket.send(packFrame(this.#number, this.#isMuted ? new Float32Array(SAMPLES) : samples))
  }

  #tell(kind: string, more: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(JSON.stringify({ kind, ...more }))
    return true
  }

  #onReport(received: number): void {
    this.#unheard = received === 0 && this.audio.hasMicrophone ? this.#unheard + 1 : 0
  }

  /** Says what is wrong, once, and when it is over. */
  #look(now: number): void {
    if (!this.call || this.#isLost) return
    if (now - this.#messageAt > LOST_MS) {
      this.#socket?.close() // takes long on a dead network
      return this.#onClose(1006)
    }
    const oneWay = now - this.#frameAt > ONE_WAY_MS ? 'in' : this.#unheard > 1 ? 'out' : ''
    if (oneWay === this.#oneWay) return
    this.#oneWay = oneWay
    if (oneWay) this.events.oneWay?.(oneWay)
    else this.events.bothWays?.()
  }

  #onClose(code: number): void {
    const socket = this.#socket
    if (socket) socket.onclose = null
    this.#socket = null
    if (this.#isClosed || code === REFUSED) return
    if (code === 1000 || code === REPLACED) {
      const { call } = this
      this.call = ''
      if (call) this.events.ended?.(call, 'completed')
      return
    }
    if (!this.#isLost) {
      this.#isLost = true
      this.#tries = 0
      this.events.lost?.()
    }
    const wait = AGAIN_MS[Math.min(this.#tries, AGAIN_MS.length - 1)]
    this.#tries += 1
    setTimeout(() => {
      if (!this.#isClosed) this.connect().catch(() => {})
    }, wait)
  }
}

type Message =
  | ({ kind: 'incoming' } & Incoming)
  | { kind: 'connected' | 'accepted'; call: string }
  | { kind: 'registered'; identity: string }
  | { kind: 'ended'; call: string; reason: string }
  | { kind: 'report'; received: number; lost: number; jitter_ms: number }
  | { kind: 'words'; text: string; language: string }
  | { kind: 'pong'; at: number }
  | { kind: 'replaced' | 'expired' | 'renewed' }
  | { kind: 'problem' | 'refused'; code: string; detail: string }
