/**
 * Enter pressed twice by somebody who meant it once: the first took work, the second would act on what has the focus
 * by the time that the work is here.
 *
 * The rule of this file: only two Enters with nothing between them are a double press. Who uses the mouse or another
 * key in between means the next Enter.
 */
import { PRESSED_TWICE_MS } from './agent-commands'

export class DoublePress {
  #enteredAt = -Infinity
  #arrivedAt = -Infinity

  /** Work that this desk asked for is here. Times are those of `performance.now`. */
  arrived(at: number): void {
    this.#arrivedAt = at
  }

  /** The agent used the mouse or another key. */
  acted(): void {
    this.#enteredAt = -Infinity
  }

  /** The agent pressed Enter. True if it is the second of a double press, which must do nothing. */
  entered(at: number): boolean {
    const isSecond = this.#enteredAt < this.#arrivedAt && at - this.#enteredAt < PRESSED_TWICE_MS
    this.#enteredAt = at
    return isSecond
  }
}
