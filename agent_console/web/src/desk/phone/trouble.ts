/**
 * What is wrong with a call's sound, found from readings of the telephone.
 *
 * The rule of this file: pure; each reading has its own time. A customer who is silent still sends packets, so silence
 * alone is never a trouble. A microphone that works always has some noise, so perfect silence of ours is one. Perfect
 * silence of the customer's is one if their line has had noise in its pauses until then, and while the agent speaks:
 * many telephones send nothing at all for silence.
 */

/** One look at the telephone, several times a second. Times in milliseconds on a clock that nobody sets. */
export type Reading = {
  at: number
  levels: { in: number; out: number } // 0 to 1
  silence: { in: boolean; out: boolean } // perfect: not even noise
  packets: { in: number; out: number } | null // since the call began; null: `oneWay` tells it
  oneWay: 'in' | 'out' | '' // what the driver has found
  isConnected: boolean // to the provider
  isOnline: boolean // what the browser says of its network
  hasMicrophone: boolean
  isMuted: boolean
}

/** In the order in which they are told if there are several. */
export type Trouble =
  | 'microphone_gone'
  | 'lost'
  | 'frozen'
  | 'not_heard'
  | 'not_hearing'
  | 'microphone_silent'
  | 'customer_silent'

const STOPPED_MS = 1700 // without a packet. A driver may count only once a second
const SILENT_MS = 1700 // of nothing at all from the microphone. A live account says so once a second
const QUIET_MS = 2500 // of nothing at all from a customer whose line has noise
const NOISE_MS = 3000 // so long a line has sound without a break, before it is known to have noise in its pauses
const PAUSE_MS = 300 // of perfect silence, between two words on a line that sends nothing for silence
const QUIET_READINGS = 15 // with less than a voice, in that time
const NOISE = 0.02 // of full level: less than a voice
const VOICE = 0.05
const FROZEN_MS = 2000 // between two readings
const TOLD_MS = 8000 // so long the agent is told that the page stood still

export class TroubleFinder {
  #at: number | null = null
  #packets = { in: -1, out: -1 }
  #movedAt = { in: 0, out: 0 }
  #noiseAt = 0
  #line = new LineNoise()
  #frozenUntil = -Infinity

  /** What is wrong at this reading; null: nothing. Make another finder for another call. */
  read(reading: Reading): Trouble | null {
    const { at } = reading
    if (this.#at === null || at - this.#at > FROZEN_MS) {
      if (this.#at !== null) this.#frozenUntil = at + TOLD_MS
      this.#movedAt = { in: at, out: at } // nothing could be counted meanwhile
      this.#noiseAt = at
    }
    this.#at = at
    for (const way of ['in', 'out'] as const) {
      const count = reading.packets?.[way] ?? null
      if (count === null || count !== this.#packets[way]) this.#movedAt[way] = at
      this.#packets[way] = count ?? -1
    }
    if (reading.isMuted || !reading.silence.out) this.#noiseAt = at
    this.#line.read(reading)
    return this.#judge(reading)
  }

  #judge(reading: Reading): Trouble | null {
    const { at } = reading
    if (!reading.hasMicrophone) return 'microphone_gone'
    if (!reading.isConnected || !reading.isOnline) return 'lost'
    const hasStopped = { in: at - this.#movedAt.in > STOPPED_MS, out: at - this.#movedAt.out > STOPPED_MS }
    if (hasStopped.in && hasStopped.out) return 'lost'
    if (at < this.#frozenUntil) return 'frozen'
    if (hasStopped.out || reading.oneWay === 'out') return 'not_heard'
    if (hasStopped.in || reading.oneWay === 'in') return 'not_hearing'
    if (at - this.#noiseAt > SILENT_MS) return 'microphone_silent'
    return this.#line.isDead(at) ? 'customer_silent' : null
  }
}

/** Whether the customer's line has noise in its pauses, and whether it has gone dead. */
class LineNoise {
  #soundSince: number | null = null
  #silentSince: number | null = null
  #quiet = 0 // readings with less than a voice, since there is sound
  #hasNoise = false
  #sendsNothing = false // for silence
  #isSpokenTo = false // since the silence began

  read({ at, levels, silence, isMuted }: Reading): void {
    if (silence.in) {
      this.#soundSince = null
      this.#quiet = 0
      if (this.#silentSince === null || isMuted) this.#silentSince = at // an agent who is muted asks nothing
      this.#isSpokenTo ||= levels.out > VOICE && !isMuted
      return
    }
    if (this.#silentSince !== null && at - this.#silentSince > PAUSE_MS && !this.#hasNoise) this.#sendsNothing = true
    this.#silentSince = null
    this.#isSpokenTo = false
    this.#soundSince ??= at
    if (levels.in < NOISE) this.#quiet += 1
    if (at - this.#soundSince > NOISE_MS && this.#quiet > QUIET_READINGS) this.#hasNoise = true
  }

  isDead(at: number): boolean {
    const since = this.#silentSince
    return this.#hasNoise && !this.#sendsNothing && this.#isSpokenTo && since !== null && at - since > QUIET_MS
  }
}
