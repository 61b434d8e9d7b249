/**
 * The buffer between frames that come unevenly and a loudspeaker that takes them evenly.
 *
 * The rule of this file: no clock and no browser. Each `take` is 20 ms. It begins with two frames in hand, waits for
 * one more each time it runs dry, and gives the delay back in calm times, as the sandbox's own buffer does.
 */
import { NUMBERS, type Frame } from './frames'

const LEAST = 2
const MOST = 12
const SPARE = 3
const CALM_TAKES = 250

export class Playout {
  #frames = new Map<number, Float32Array>()
  #next: number | null = null
  #highest = -1
  #wanted = LEAST
  #calm = 0
  #leastInHand = MOST

  /** Frames in hand, each 20 ms of delay. */
  get depth(): number {
    return this.#frames.size
  }

  put({ number, samples }: Frame): void {
    const wide = this.#widen(number)
    if (this.#next !== null && wide < this.#next) return
    this.#frames.set(wide, samples)
    while (this.#frames.size > this.#wanted + SPARE) this.#dropOldest()
  }

  /** The samples of the next 20 ms. Null is silence. */
  take(): Float32Array | null {
    if (this.#next === null) {
      if (this.#frames.size < this.#wanted) return null
      this.#next = this.#oldest()
    }
    this.#giveDelayBack()
    if (this.#frames.size === 0) {
      this.#next = null
      this.#wanted = Math.min(this.#wanted + 1, MOST)
      this.#calm = 0
      return null
    }
    const samples = this.#frames.get(this.#next) ?? null
    this.#frames.delete(this.#next)
    this.#next += 1
    return samples
  }

  #widen(number: number): number {
    if (this.#highest < 0) return (this.#highest = number)
    const ahead = (((number - this.#highest) % NUMBERS) + NUMBERS) % NUMBERS
    const wide = this.#highest + (ahead < NUMBERS / 2 ? ahead : ahead - NUMBERS)
    this.#highest = Math.max(this.#highest, wide)
    return wide
  }

  #oldest(): number {
    return Math.min(...this.#frames.keys())
  }

  #dropOldest(): void {
    this.#frames.delete(this.#oldest())
    if (this.#next !== null) this.#next = this.#oldest()
  }

  #giveDelayBack(): void {
    this.#leastInHand = Math.min(this.#leastInHand, this.#frames.size)
    this.#calm += 1
    if (this.#calm < CALM_TAKES) return
    if (this.#leastInHand > LEAST) {
      this.#wanted = Math.max(this.#wanted - 1, LEAST)
      this.#dropOldest()
    }
    this.#calm = 0
    this.#leastInHand = MOST
  }
}
