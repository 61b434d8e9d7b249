/**
 * The hub's time on this screen: one tick a second for everything that counts.
 *
 * The rule of this file: nothing else on a screen asks for the time. The hub says its own with each snapshot (`at`), so
 * that a wrong clock on this machine shifts no countdown.
 */
import { wall } from './wall'

export class HubClock {
  #offset = 0
  #local = $state(Date.now())
  #ahead = $state(0)

  /** The hub's time in milliseconds as of the last tick; reading it in a component follows the tick. */
  get now(): number {
    return this.#local + this.#offset
  }

  /** Hub time never jumps, and people's clocks do: by how much what they show is ahead of it. */
  get ahead(): number {
    return this.#ahead
  }

  set ahead(milliseconds: number) {
    this.#ahead = milliseconds
  }

  /** `at` is what the hub's clock showed when it wrote the answer that just arrived. */
  heard(at: number, local = Date.now()): void {
    this.#offset = at - local
    this.#local = local
  }

  tick(local = Date.now()): void {
    this.#local = local
  }

  /** Ticks at each whole second of the hub's clock; gives the end of it. */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout>
    const next = () => {
      this.tick()
      timer = setTimeout(next, 1000 - ((((Date.now() + this.#offset) % 1000) + 1000) % 1000))
    }
    next()
    return () => clearTimeout(timer)
  }
}

export const clock = new HubClock()
wall.ahead = () => clock.ahead
