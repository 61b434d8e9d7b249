/**
 * What the hub answers about one customer, asked anew whenever it may have changed.
 *
 * The rule of this file: an answer belongs to the customer of whom it was asked. One that comes when the screen shows
 * somebody else is dropped; if it was a refusal, a notice says so.
 */
import { ApiError } from '../../shared/api'
import { toasts } from '../../shared/toasts.svelte'
import { sayRefusal } from './words'

const GONE = 404 // somebody else was faster: what is there is shown

export class AboutCustomer<Answer> {
  shown = $state.raw<Answer>()
  problem = $state('') // in words
  #asked = 0
  #id = ''

  /** In a component. `about`: a customer's id, or '' if there is nothing to ask; `changes`: another value whenever the
   * answer may be another one. */
  constructor(
    about: () => string,
    changes: () => unknown,
    private readonly read: (customerId: string) => Promise<Answer>,
  ) {
    $effect(() => {
      void changes()
      const id = about()
      if (id !== this.#id) {
        this.shown = undefined
        this.problem = ''
      }
      this.#id = id
      void this.load()
    })
  }

  async load(): Promise<void> {
    const number = ++this.#asked
    if (this.#id === '') {
      this.shown = undefined
      return
    }
    try {
      const answer = await this.read(this.#id)
      if (number === this.#asked) this.shown = answer
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (number === this.#asked) this.shown = undefined
    }
  }

  /** Carries out a change whose answer is what is shown from then on. False: it was refused. */
  async change(act: () => Promise<Answer>): Promise<boolean> {
    const id = this.#id
    this.problem = ''
    try {
      const answer = await act()
      if (id === this.#id) {
        this.#asked += 1 // an older answer would bring back what was there before
        this.shown = answer
      }
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const said = error.status === GONE ? '' : sayRefusal(error.code)
      if (id === this.#id) {
        this.problem = said
        void this.load()
      } else if (said !== '') toasts.say('bad', said)
      return false
    }
  }
}
