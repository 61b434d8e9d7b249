/** Asks the worker for a layout. A newer question makes an older one void. */
import type { Placed, Shape } from './graph'

const QUIET_MS = 700

export class Layout {
  #worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' })
  #number = 0
  #soon: ReturnType<typeof setTimeout> | undefined

  constructor(tell: (placed: Placed) => void) {
    this.#worker.addEventListener('message', (event: MessageEvent<{ number: number; placed: Placed }>) => {
      if (event.data.number === this.#number) tell(event.data.placed)
    })
  }

  ask(shape: Shape): void {
    clearTimeout(this.#soon)
    this.#number += 1
    this.#worker.postMessage({ number: this.#number, shape })
  }

  /** Asks once nobody has asked for a while: what is drawn is right, and could be drawn better. */
  askSoon(shape: Shape): void {
    clearTimeout(this.#soon)
    this.#number += 1 // a layout of before is void
    this.#soon = setTimeout(() => this.ask(shape), QUIET_MS)
  }

  end(): void {
    clearTimeout(this.#soon)
    this.#worker.terminate()
  }
}
