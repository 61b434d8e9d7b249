/**
 * Keeps a customer's data on the screen as it is stored.
 *
 * The rule of this file: one request waits at the hub while the page is seen. A page that nobody sees asks for nothing:
 * a browser keeps few connections to one host.
 */
import type { CustomerModel } from './customer.svelte'

const AGAIN_MS = 1500 // after the hub could not say

/** Begins at once; returns the function that ends it. */
export function follow(model: CustomerModel): () => void {
  let waiting: AbortController | null = null

  async function hear(mine: AbortController) {
    if (model.page === null) await model.load()
    while (!mine.signal.aborted && model.problem !== 'none' && model.problem !== 'refused') {
      if (await model.hear(mine.signal)) continue
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  function look() {
    waiting?.abort()
    waiting = null
    if (document.hidden) return
    waiting = new AbortController()
    void hear(waiting)
  }

  look()
  document.addEventListener('visibilitychange', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
    waiting?.abort()
  }
}
