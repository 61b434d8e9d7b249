/**
 * The telephone of this desk: opened with a token of the hub, renewed before the token ends, and listened to.
 *
 * The rule of this file: one telephone per desk, and no sound of the browser's own: drivers have that. A leg that rings
 * for a call which the agent has accepted, or has asked to hear, is answered by itself; nobody accepts twice.
 */
import type { DeskSnapshot, SoftphoneToken } from '../../generated/wire'
import { ApiError } from '../../shared/api'
import type { TextStorage } from '../../shared/storage'
import { PhoneRefused, type OpenSoftphone, type PhoneProblem, type Quality, type Ringing } from './softphone'
import type { Softphone, SoftphoneEvents } from './softphone'
import { TroubleFinder, type Trouble } from './trouble'

const LOOK_MS = 100
const RENEWED_AT = 0.8 // of a token's time
const AGAIN_MS = 5000
const MUTED_IN = 'hub.muted-in' // the call in which the agent is muted, so that a page that is loaded again knows it

export type PhoneState = 'off' | 'opening' | 'ready' | 'talking' | 'elsewhere' | 'failed'

export type Needs = {
  fetchToken(): Promise<SoftphoneToken>
  open: OpenSoftphone
  /** Tells the hub whether this browser can be a telephone. */
  report(isUsable: boolean): Promise<unknown>
  now(): number
  isOnline(): boolean
  /** Of this tab. */
  storage: TextStorage
}

const QUIET = { in: 0, out: 0 }
const PERFECT: Quality = { lossShare: 0, jitterMs: 0, delayMs: 0 }

/** States of a call in hand in which the leg that rings here is the one that the agent asked for. */
const RINGS_THE_AGENT = new Set<string>(['reaching', 'dialling', 'connecting', 'talking', 'held'])

/** The interaction whose call this agent is in, as its holder or as somebody who is consulted. "" if none is. */
function findCall(desk: DeskSnapshot): string {
  const held = desk.interactions.find(
    ({ state, call }) => state === 'active' && call && RINGS_THE_AGENT.has(call.state),
  )
  return held?.id ?? desk.consults.find(({ state }) => state !== 'asked')?.interaction_id ?? ''
}

export class DeskPhone {
  state = $state<PhoneState>('off')
  problem = $state<PhoneProblem | ''>('')
  trouble = $state<Trouble | null>(null)
  levels = $state.raw(QUIET)
  quality = $state.raw(PERFECT)
  isMuted = $state(false)
  /** A leg that rings and belongs to no call that the agent has accepted. */
  ringing = $state.raw<Ringing | null>(null)
  #softphone: Softphone | undefined
  #finder = new TroubleFinder()
  #isConnected = true
  #hasMicrophone = true
  #oneWay: 'in' | 'out' | '' = ''
  #expects = false
  #isCustomerHeld = false
  #callId = '' // the interaction whose call the agent is in
  #round = 0 // of opening: what an older one brings is closed
  #timers: ReturnType<typeof setInterval>[] = []

  constructor(private readonly needs: Needs) {}

  /** Opens the telephone, unless it is open or the agent has none here. */
  async start(): Promise<void> {
    if (!['off', 'failed', 'elsewhere'].includes(this.state)) return
    const round = ++this.#round
    this.state = 'opening'
    this.problem = ''
    try {
      const token = await this.needs.fetchToken()
      if (round !== this.#round) return
      if (token.token === '') {
        this.state = 'off'
        return
      }
      const softphone = await this.needs.open(token, this.#events())
      await softphone.prepare()
      if (round !== this.#round) return softphone.close()
      this.#softphone = softphone
      this.#isConnected = this.#hasMicrophone = true
      this.state = this.state === 'opening' ? 'ready' : this.state // a call that went on may be heard by now
      this.#timers = [setInterval(() => this.#look(), LOOK_MS)]
      this.#renewLater(token)
      void this.needs.report(true).catch(() => {})
    } catch (error) {
      if (round !== this.#round) return
      this.state = 'failed'
      this.problem = error instanceof PhoneRefused ? error.problem : 'unreachable'
      if (error instanceof PhoneRefused) void this.needs.report(false).catch(() => {})
    }
  }

  stop(state: 'off' | 'elsewhere' = 'off'): void {
    this.#round += 1
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    this.#softphone?.close()
    this.#softphone = undefined
    this.state = state
    this.trouble = this.ringing = null
    this.levels = QUIET
  }

  /** The work in hand has changed. */
  follow(desk: DeskSnapshot): void {
    const calls = desk.interactions.filter(({ state }) => state === 'active').map(({ call }) => call?.state)
    const isAnsweringConsult = desk.consults.some(({ state }) => state !== 'asked')
    const isListening = desk.listening.some(({ state }) => state === 'calling')
    const isOwn = calls.some((state) => state !== undefined && RINGS_THE_AGENT.has(state))
    this.#expects = isOwn || isAnsweringConsult || isListening
    this.#isCustomerHeld = calls.includes('held')
    this.#enter(findCall(desk))
    if (this.ringing && this.#expects) this.accept()
  }

  accept(): void {
    if (this.ringing) this.#softphone?.accept(this.ringing.call)
    this.ringing = null
  }

  /** For this call alone: in the next one the agent is heard. */
  mute(on: boolean): void {
    this.isMuted = on
    if (on) this.needs.storage.setItem(MUTED_IN, this.#callId)
    else this.needs.storage.removeItem(MUTED_IN)
    this.#softphone?.mute(on)
  }

  #enter(callId: string): void {
    if (callId === this.#callId) return
    this.#callId = callId
    const isMuted = callId !== '' && this.needs.storage.getItem(MUTED_IN) === callId
    if (isMuted !== this.isMuted) this.mute(isMuted)
  }

  /** Presses keys in the call. The answer says why they were not sent; empty: they were. */
  press(keys: string): '' | 'over' | 'lost' {
    if (this.state !== 'talking') return 'over'
    return this.#isConnected && this.#softphone?.tones(keys) ? '' : 'lost'
  }

  async setMicrophone(deviceId: string): Promise<void> {
    await this.#softphone?.setMicrophone(deviceId)
  }

  #events(): SoftphoneEvents {
    return {
      ringing: (ringing) => {
        this.ringing = ringing
        if (this.#expects) this.accept()
      },
      connected: () => this.#begin(),
      ended: () => {
        this.ringing = null
        if (this.state === 'talking') this.state = 'ready'
        this.trouble = null
        this.levels = QUIET
      },
      lost: () => (this.#isConnected = false),
      restored: (call) => {
        this.#isConnected = true
        if (call !== '') this.#begin()
      },
      oneWay: (direction) => (this.#oneWay = direction),
      replaced: () => this.stop('elsewhere'),
      tokenEnds: () => void this.#renew(),
      device_changed: (hasMicrophone) => (this.#hasMicrophone = hasMicrophone),
    }
  }

  #begin(): void {
    this.state = 'talking'
    this.#finder = new TroubleFinder()
    this.#oneWay = ''
    this.#softphone?.mute(this.isMuted)
  }

  #look(): void {
    const softphone = this.#softphone
    if (!softphone || this.state !== 'talking') return
    this.levels = softphone.levels()
    this.quality = softphone.quality()
    this.trouble = this.#finder.read({
      at: this.needs.now(),
      levels: this.levels,
      isLevelExact: softphone.hasExactLevels,
      packets: softphone.packets(),
      oneWay: this.#oneWay,
      isConnected: this.#isConnected,
      isOnline: this.needs.isOnline(),
      hasMicrophone: this.#hasMicrophone,
      isMuted: this.isMuted || this.#isCustomerHeld,
    })
  }

  #renewLater(token: SoftphoneToken): void {
    this.#timers.push(setTimeout(() => void this.#renew(), token.seconds * 1000 * RENEWED_AT))
  }

  /** Also in a call. Who may have no token any more has no telephone. */
  async #renew(): Promise<void> {
    const round = this.#round
    try {
      const token = await this.needs.fetchToken()
      if (round !== this.#round) return
      if (token.token === '') return this.stop()
      this.#softphone?.renew(token.token)
      this.#renewLater(token)
    } catch (error) {
      if (round !== this.#round) return
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return this.stop()
      this.#timers.push(setTimeout(() => void this.#renew(), AGAIN_MS))
    }
  }
}
