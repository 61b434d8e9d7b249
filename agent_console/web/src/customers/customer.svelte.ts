/**
 * One customer's page as it stands: what the hub told, and what this person changes.
 *
 * The rule of this file: it shows what the hub has kept, never what was typed. A refusal is a code, which the screen puts
 * into words.
 */
import type {
  ChangeRequest,
  CustomerPage,
  HoldingRequest,
  PastValueView,
  RelationRequest,
} from '../generated/wire'
import {
  ApiError,
  changeCustomer,
  changeRelation,
  customerHistory,
  customerMark,
  customerPage,
  goToSignIn,
  openCustomer,
  putHolding,
} from '../shared/api'
import { channels } from '../shared/channels.svelte'
import { clock } from '../shared/clock.svelte'

export type Value = CustomerPage['fields'][number]['value']
export type Refusal = { readonly code: string; readonly changes: readonly PastValueView[] }
export type Source = 'page' | 'card'

export class CustomerModel {
  page = $state.raw<CustomerPage | null>(null)
  problem = $state<'' | 'none' | 'away' | 'refused'>('')
  reason = $state('')
  #histories = $state.raw<Readonly<Record<string, readonly PastValueView[]>>>({})

  constructor(
    readonly id: string,
    readonly source: Source = 'page',
  ) {}

  async load(): Promise<void> {
    await this.#take(() => (this.reason ? openCustomer(this.id, this.reason) : customerPage(this.id)))
  }

  /** Shows the rest on a stated reason. */
  async open(reason: string): Promise<void> {
    this.reason = reason.trim()
    await this.load()
  }

  /** Gives one thing another value; null takes it away. `version`: of the page on which this person saw the value that
   * they change. The refusal, if there is one. */
  async change(name: string, value: Value, version: number): Promise<Refusal | null> {
    const request: ChangeRequest = {
      version,
      source: this.source,
      reason: this.reason,
      changes: [{ name, value }],
    }
    const refusal = await this.#carryOut(() => changeCustomer(this.id, request))
    if (refusal === null) this.forget(name)
    return refusal
  }

  /** Adds an account or product, or changes the one with its id; `version` as of `change`. The refusal, if there is one. */
  keepHolding(holding: Omit<HoldingRequest, 'reason'>): Promise<Refusal | null> {
    return this.#carryOut(() => putHolding(this.id, { ...holding, reason: this.reason }))
  }

  /** Adds a relation, or removes the one whose id is in `remove`. The refusal, if there is one. */
  keepRelation(relation: Omit<RelationRequest, 'reason'>): Promise<Refusal | null> {
    return this.#carryOut(() => changeRelation(this.id, { ...relation, reason: this.reason }))
  }

  /** Waits until something changes, and shows it. False: the hub could not say. */
  async hear(left: AbortSignal): Promise<boolean> {
    try {
      const { mark } = await customerMark(this.id, this.page?.mark ?? '', left)
      if (mark !== this.page?.mark) await this.load()
      return this.page !== null && this.problem === ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return false
    }
  }

  async #carryOut(change: () => Promise<CustomerPage>): Promise<Refusal | null> {
    try {
      this.page = await change()
      return null
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 401) goToSignIn('signed_out')
      const changes = (error.answer.changes ?? []) as PastValueView[]
      if (error.code === 'stale') await this.load()
      return { code: error.code || 'unreachable', changes }
    }
  }

  /** The value has changed elsewhere: its history is read anew when somebody looks at it. */
  forget(name: string): void {
    const { [name]: _, ...others } = this.#histories
    this.#histories = others
  }

  /** What is known of the history of one value; undefined until it was read. */
  historyOf(name: string): readonly PastValueView[] | undefined {
    return this.#histories[name]
  }

  async readHistory(name: string): Promise<void> {
    if (this.#histories[name] !== undefined) return
    try {
      const { changes } = await customerHistory(this.id, name, this.reason)
      this.#histories = { ...this.#histories, [name]: changes }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  async #take(ask: () => Promise<CustomerPage>): Promise<void> {
    try {
      const page = await ask()
      channels.learn(page.channels)
      clock.ahead = page.wall_ahead
      this.page = page
      this.problem = ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 401) goToSignIn(this.page === null ? '' : 'signed_out')
      this.problem = error.status === 404 ? 'none' : error.status === 403 ? 'refused' : 'away'
    }
  }
}
