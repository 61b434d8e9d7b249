/**
 * What is wrong with a call's sound, found from readings of the telephone.
 *
 * The rule of this file: pure; each reading has its own time. A customer who is silent still sends packets, so silence
 * alone is never a trouble. A microphone that works always has some noise: only perfect silence of ours is one.
 */

/** One look at the telephone, several times a second. Times in milliseconds on a clock that nobody sets. */
export type Reading = {
  at: number
  levels: { in: number; out: number } // 0 to 1
  isLevelExact: boolean // 0 is perfect silence, which no microphone gives that works
  packets: { in: number; out: number } | null // since the call began; null: `oneWay` tells it
  oneWay: 'in' | 'out' | '' // what the driver has found
  isConnected: boolean // to the provider
  isOnline: boolean // what the browser says of its network
  hasMicrophone: boolean
  isMuted: boolean
}

/** In the order in which they are told if there are several. */
export type Trouble = 'microphone_gone' | 'lost' | 'frozen' | 'not_heard' | 'not_hearing' | 'microphone_silent'

const STOPPED_MS = 1700 // without a packet. A driver may count only once a second
const SILENT_MS = 2000 // of nothing at all from the microphone
const FROZEN_MS = 2000 // between two readings
const TOLD_MS = 8000 // so long the agent is told that the page stood still

export class TroubleFinder {
  #at: number | null = null
  #packets = { in: -1, out: -1 }
  #movedAt = { in: 0, out: 0 }
  #noiseAt = 0
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
    if (reading.levels.out > 0 || reading.isMuted || !reading.isLevelExact) this.#noiseAt = at
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
    return at - this.#noiseAt > SILENT_MS ? 'microphone_silent' : null
  }
}
