/**
 * How well a line is heard, from the frames that arrive.
 *
 * The rule of this file: times are arguments, in milliseconds. Shares are of the last five seconds.
 */
import { FRAME_MS, NUMBERS } from './frames'

const WINDOW_MS = 5000

export type Quality = { lossShare: number; jitterMs: number; delayMs: number }

export class LineQuality {
  #arrived: { at: number; skipped: number }[] = []
  #last: number | null = null
  #transit: number | null = null
  #wide = 0
  jitterMs = 0

  put(number: number, at: number): void {
    const ahead = this.#last === null ? 1 : (((number - this.#last) % NUMBERS) + NUMBERS) % NUMBERS
    if (ahead === 0 || ahead > NUMBERS / 2) return // doubled, or late
    this.#last = number
    this.#wide += ahead
    this.#arrived.push({ at, skipped: ahead - 1 })
    while ((this.#arrived[0]?.at ?? at) < at - WINDOW_MS) this.#arrived.shift()
    const transit = at - this.#wide * FRAME_MS
    if (this.#transit !== null) this.jitterMs += (Math.abs(transit - this.#transit) - this.jitterMs) / 16 // RFC 3550
    this.#transit = transit
  }

  get lossShare(): number {
    const skipped = this.#arrived.reduce((sum, { skipped }) => sum + skipped, 0)
    return skipped / Math.max(1, skipped + this.#arrived.length)
  }
}
