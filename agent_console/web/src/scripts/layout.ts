/** Asks the worker for a layout. A newer question makes an older one void. */
import type { Placed, Shape } from './graph'

export class Layout {
  #worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' })
  #number = 0

  constructor(tell: (placed: Placed) => void) {
    this.#worker.addEventListener('message', (event: MessageEvent<{ number: number; placed: Placed }>) => {
      if (event.data.number === this.#number) tell(event.data.placed)
    })
  }

  ask(shape: Shape): void {
    this.#number += 1
    this.#worker.postMessage({ number: this.#number, shape })
  }

  end(): void {
    this.#worker.terminate()
  }
}
