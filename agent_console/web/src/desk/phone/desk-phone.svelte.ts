/**
 * The telephone of this desk: opened with a token of the hub, renewed before the token ends, and listened to.
 *
 * The rule of this file: one telephone per desk, and no sound of the browser's own: drivers have that. A leg that rings
 * for a call which the agent has accepted, or has asked to hear, is answered by itself; nobody accepts twice. A call in
 * hand of which nothing is heard here, since the page was loaded again or the line was lost, is asked for: the hub calls
 * this telephone into it.
 */
import type { CallView, DeskSnapshot, InteractionView, SoftphoneToken } from '../../generated/wire'
import { ApiError } from '../../shared/api'
import { traitsOf } from '../../shared/channels.svelte'
import type { TextStorage } from '../../shared/storage'
import { PhoneRefused, type OpenSoftphone, type PhoneProblem, type Quality, type Ringing } from './softphone'
import type { Softphone, SoftphoneEvents } from './softphone'
import { TroubleFinder, type Trouble } from './trouble'

const LOOK_MS = 100
const RENEWED_AT = 0.8 // of a token's time
const AGAIN_MS = 5000
const BEAT_MS = 1000
const MUTED_IN = 'hub.muted-in' // the call in which the agent is muted, so that a page that is loaded again knows it
const LISTENED_AT = 'hub.listened-at' // how loud this supervisor hears the calls on which they listen in
const ENDED_MS = 1500 // so long the hub may take to hear that the customer has ended the call

export const LOUDEST = 2

export type PhoneState = 'off' | 'opening' | 'ready' | 'talking' | 'elsewhere' | 'failed'

export type Needs = {
  fetchToken(): Promise<SoftphoneToken>
  open: OpenSoftphone
  /** Tells the hub whether this browser can be a telephone. */
  report(isUsable: boolean): Promise<unknown>
  /** Has the hub call this telephone into a call in hand. Resolves with whether it does. */
  rejoin(held: InteractionView): Promise<boolean>
  /** Tells the hub that this page moves and hears the call of an interaction; "": none any more. `isLost`: the hub says
   * that the line is lost. */
  beat(interactionId: string, isLost: boolean): void
  now(): number
  isOnline(): boolean
  /** Of this tab. */
  storage: TextStorage
}

const QUIET = { in: 0, out: 0 }
const PERFECT: Quality = { lossShare: 0, jitterMs: 0, delayMs: 0 }

/** States of a call in hand in which the leg that rings here is the one that the agent asked for. */
const RINGS_THE_AGENT = new Set<CallView['state'] | undefined>([
  'reaching',
  'dialling',
  'connecting',
  'talking',
  'held',
  'agent_lost',
  'agent_lost_held',
])

/** States of a call whose agent's line is lost, as the hub knows. */
const IS_LOST = new Set<CallView['state'] | undefined>(['agent_lost', 'agent_lost_held'])

/** States of a call in hand that is heard in this telephone, or should be. */
const IS_HEARD = new Set<CallView['state'] | undefined>(['talking', 'held', ...IS_LOST])

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
  /** How loud a supervisor hears a call on which they listen in: 0 is silence, 1 as it comes. */
  volume = $state(1)
  /** A leg that rings and belongs to no call that the agent has accepted. */
  ringing = $state.raw<Ringing | null>(null)
  #softphone: Softphone | undefined
  #finder = new TroubleFinder()
  #isConnected = true
  #hasMicrophone = true
  #oneWay: 'in' | 'out' | '' = ''
  #expects = false
  #isCustomerHeld = false
  #isTalking = false // as the hub knows: with the customer
  #isListening = false
  #callId = '' // the interaction whose call the agent is in
  #heard = '' // the leg that is heard here
  #inHand: InteractionView | undefined // the call that is heard here, or should be
  #isFresh = false // registered, and nothing has rung since: whatever call is in hand is not heard
  #lostAt: number | null = null // when the hub was seen to know that the line is lost
  #askedAt = -Infinity
  #beatAt = -Infinity
  #round = 0 // of opening: what an older one brings is closed
  #timers: ReturnType<typeof setInterval>[] = []

  constructor(private readonly needs: Needs) {
    const kept = Number(needs.storage.getItem(LISTENED_AT) ?? 1)
    if (kept >= 0 && kept <= LOUDEST) this.volume = kept
  }

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
      this.#isConnected = this.#hasMicrophone = this.#isFresh = true
      this.#askedAt = -Infinity
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

  stop(state: 'off' | 'elsewhere' | 'failed' = 'off'): void {
    this.#round += 1
    this.#endBeats()
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
    const active = desk.interactions.filter(({ state }) => state === 'active')
    const calls = active.map(({ call }) => call?.state)
    this.#inHand = active.find(({ call }) => IS_HEARD.has(call?.state))
    const isAnsweringConsult = desk.consults.some(({ state }) => state !== 'asked')
    const isListening = desk.listening.some(({ state }) => state === 'calling')
    this.#expects = isAnsweringConsult || isListening || calls.some((state) => RINGS_THE_AGENT.has(state))
    if (calls.includes('talking') !== this.#isTalking) this.#finder = new TroubleFinder() // another sound than before
    const isListeningIn = desk.listening.some(({ channel }) => traitsOf(channel).is_call)
    if (isListeningIn !== this.#isListening) {
      this.#isListening = isListeningIn
      this.#applyVolume()
    }
    this.#isTalking = calls.includes('talking')
    this.#isCustomerHeld = calls.includes('held') || calls.includes('agent_lost_held')
    this.#enter(findCall(desk))
    if (this.ringing && this.#expects) this.accept()
    if (this.state === 'talking') this.#beat() // at once, as a call begins: timers of hidden pages are slow
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

  /** For calls on which this supervisor listens in: their own calls are heard as they come. */
  setVolume(share: number): void {
    this.volume = share
    this.needs.storage.setItem(LISTENED_AT, String(share))
    this.#applyVolume()
  }

  #applyVolume(): void {
    this.#softphone?.setVolume(this.#isListening ? this.volume : 1)
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
        this.#isFresh = false
        this.ringing = ringing
        if (this.#expects) this.accept()
      },
      connected: (call) => this.#begin(call),
      ended: (call) => {
        if (this.ringing?.call === call) this.ringing = null
        if (this.state === 'talking' && call !== this.#heard) return // another is heard already
        this.#endBeats()
        if (this.state === 'talking') this.state = 'ready'
        this.trouble = null
        this.levels = QUIET
      },
      lost: () => (this.#isConnected = false),
      restored: (call) => {
        this.#isConnected = true
        if (call !== '') this.#begin(call)
        else this.#isFresh = true
      },
      oneWay: (direction) => (this.#oneWay = direction),
      replaced: () => this.stop('elsewhere'),
      tokenEnds: () => void this.#renew(),
      device_changed: (hasMicrophone) => (this.#hasMicrophone = hasMicrophone),
      failed: (problem) => {
        this.stop('failed')
        this.problem = problem
        void this.needs.report(false).catch(() => {})
      },
    }
  }

  #begin(call: string): void {
    this.state = 'talking'
    this.#heard = call
    this.#isFresh = false
    this.#finder = new TroubleFinder()
    this.#oneWay = ''
    this.#softphone?.mute(this.isMuted)
    this.#applyVolume()
  }

  #look(): void {
    const softphone = this.#softphone
    this.#askForCall()
    if (!softphone || this.state !== 'talking') return
    this.#beat()
    this.levels = softphone.levels()
    this.quality = softphone.quality()
    this.trouble = this.#finder.read({
      at: this.needs.now(),
      levels: this.levels,
      silence: softphone.silence(),
      packets: softphone.packets(),
      oneWay: this.#oneWay,
      isConnected: this.#isConnected,
      isOnline: this.needs.isOnline(),
      hasMicrophone: this.#hasMicrophone,
      isMuted: this.isMuted || this.#isCustomerHeld,
    })
  }

  /** Every second, so that the hub misses a page that stands still. */
  #beat(): void {
    const held = this.#inHand
    const at = this.needs.now()
    if (held === undefined || at - this.#beatAt < BEAT_MS) return
    this.#beatAt = at
    this.needs.beat(held.id, IS_LOST.has(held.call?.state))
  }

  #endBeats(): void {
    if (this.#beatAt > -Infinity) this.needs.beat('', false)
    this.#beatAt = -Infinity
  }

  /** A telephone that has just registered hears no call, so one in hand is asked for at once. Otherwise the hub has to
   * say that the line is lost, and not for a moment alone: a call that the customer has ended is not asked for. */
  #askForCall(): void {
    const held = this.#inHand
    const at = this.needs.now()
    if (held === undefined || this.state !== 'ready' || this.ringing !== null || !this.#isConnected) {
      this.#lostAt = null
      return
    }
    this.#lostAt = IS_LOST.has(held.call?.state) ? (this.#lostAt ?? at) : null
    const isLost = this.#lostAt !== null && at - this.#lostAt > ENDED_MS
    if ((!this.#isFresh && !isLost) || at - this.#askedAt < AGAIN_MS) return
    this.#askedAt = at
    this.#isFresh = false
    void this.needs.rejoin(held).then((isTaken) => (this.#isFresh ||= !isTaken))
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
