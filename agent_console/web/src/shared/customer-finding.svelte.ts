/**
 * The customers who fit what is being typed. The hub is asked at each pause, and an answer that comes late is dropped.
 *
 * The rule of this file: it keeps the hub's order, and nothing is asked for that fits half the base.
 */
import type { FoundCustomersView, FoundCustomerView, TierView } from '../generated/wire'
import { ApiError, findCustomers } from './api'

const PAUSE_MS = 120
const NOBODY: FoundCustomersView = { customers: [], tiers: [], has_more: false }

/** One letter fits every tenth customer; one Chinese character is a family name. */
export function isEnough(typed: string): boolean {
  const asked = typed.trim()
  return asked.length > 1 || /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(asked)
}

/** What stands beside a name: the address that fits, and who looks after them. */
export const sayFound = (one: FoundCustomerView) => [one.address, one.owner_name].filter((part) => part).join(' · ')

export class CustomerFinding {
  customers = $state.raw<readonly FoundCustomerView[]>([])
  tiers = $state.raw<TierView[]>([])
  hasMore = $state(false)
  problem = $state('') // the hub's code; 'away' if it cannot be reached
  isBusy = $state(false)
  /** What the customers were found by; empty before the first answer. */
  answered = $state('')

  /** In a component: it asks as long as the component is there. */
  constructor(typed: () => string) {
    $effect(() => {
      const asked = typed().trim()
      if (!isEnough(asked)) {
        this.#take(NOBODY, '', '')
        return
      }
      let isLate = false
      this.isBusy = true
      const timer = setTimeout(() => {
        findCustomers(asked).then(
          (found) => !isLate && this.#take(found, '', asked),
          (error: unknown) => {
            const code = error instanceof ApiError && error.code !== '' ? error.code : 'away'
            if (!isLate) this.#take(NOBODY, code, asked)
          },
        )
      }, PAUSE_MS)
      return () => {
        isLate = true
        clearTimeout(timer)
      }
    })
  }

  #take(found: FoundCustomersView, problem: string, answered: string) {
    this.customers = found.customers
    this.tiers = found.tiers
    this.hasMore = found.has_more
    this.problem = problem
    this.answered = answered
    this.isBusy = false
  }
}
