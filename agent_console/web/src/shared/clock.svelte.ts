/**
 * The hub's time on this screen. It ticks once a second, and every counter follows it.
 *
 * The rule of this file: nothing else on a screen asks for the time. The hub sends its time with each snapshot
 * (`at`), so that a wrong clock on this machine shifts no countdown.
 */
import { wall } from './wall'

export class HubClock {
  #offset = 0
  #local = $state(Date.now())
  #ahead = $state(0)

  /** The hub's time in milliseconds at the last tick. A component that reads it updates with every tick. */
  get now(): number {
    return this.#local + this.#offset
  }

  /** How many milliseconds people's clocks are ahead of hub time. Hub time never jumps; a clock on the wall may be
   * set. */
  get ahead(): number {
    return this.#ahead
  }

  set ahead(milliseconds: number) {
    this.#ahead = milliseconds
  }

  /** Sets the clock. `at` is the hub's time when it wrote the answer that just arrived. */
  heard(at: number, local = Date.now()): void {
    this.#offset = at - local
    this.#local = local
  }

  tick(local = Date.now()): void {
    this.#local = local
  }

  /** Ticks at each whole second of hub time. Returns a function that stops it. */
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
