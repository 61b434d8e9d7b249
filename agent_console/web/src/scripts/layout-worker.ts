/** Lays a graph out beside the page, so that typing is never held up. */
import { place, type Shape } from './graph'

addEventListener('message', (event: MessageEvent<{ number: number; shape: Shape }>) => {
  postMessage({ number: event.data.number, placed: place(event.data.shape) })
})
