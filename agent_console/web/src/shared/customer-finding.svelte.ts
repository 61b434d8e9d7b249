/**
 * The customers who fit what is being typed. The hub is asked at each pause, and an answer that comes late is dropped.
 *
 * The rule of this file: it keeps the hub's order, and nothing is asked for that fits half the base.
 */
import type { FoundCustomersView, FoundCustomerView, TierView } from '../generated/wire'
import { ApiError, findCustomers } from './api'
import { tongue } from './format'
import { language } from './i18n/language.svelte'

const PAUSE_MS = 120
const NOBODY: FoundCustomersView = { customers: [], tiers: [], has_more: false, may_export: false }

/** One letter fits every tenth customer; one Chinese character is a family name. */
export function isEnough(typed: string): boolean {
  const asked = typed.trim()
  return asked.length > 1 || /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(asked)
}

/** What stands beside a name: the address that fits, and what tells people of one name apart. */
export function sayFound(one: FoundCustomerView): string {
  const parts = [one.address || one.number, one.account, one.city, one.birthday && sayDay(one.birthday)]
  return parts.filter((part) => part).join(' · ')
}

function sayDay(day: string): string {
  const at = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(at.getTime())) return day
  return new Intl.DateTimeFormat(tongue(language.current), { dateStyle: 'medium', timeZone: 'UTC' }).format(at)
}

export class CustomerFinding {
  customers = $state.raw<readonly FoundCustomerView[]>([])
  tiers = $state.raw<TierView[]>([])
  hasMore = $state(false)
  mayExport = $state(false)
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
    this.mayExport = found.may_export
    this.problem = problem
    this.answered = answered
    this.isBusy = false
  }
}
