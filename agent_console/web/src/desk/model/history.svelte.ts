/**
 * The earlier conversation with a customer, page by page, over all channels.
 *
 * The rule of this file: a history is fetched when the agent looks at it, and kept while the desk holds work of the
 * customer. A page that failed says so; the agent can ask again, and the desk asks by itself once the line is back.
 */
import type { ConversationView, MessageView } from '../../generated/wire'

export type FetchPage = (customerId: string, before?: number) => Promise<ConversationView>

export class CustomerHistory {
  messages = $state.raw<readonly MessageView[]>([])
  counts = $state.raw<Readonly<Record<string, number>>>({})
  hasMore = $state(false)
  state = $state<'new' | 'loading' | 'loaded' | 'failed'>('new')

  constructor(
    private readonly customerId: string,
    private readonly fetchPage: FetchPage,
  ) {}

  /** Loads the newest page at first, then the page before the earliest loaded message. */
  async load(): Promise<void> {
    if (this.state === 'loading') return
    const isFirst = this.messages.length === 0
    this.state = 'loading'
    try {
      const page = await this.fetchPage(this.customerId, isFirst ? undefined : this.messages[0]?.at)
      this.messages = [...page.messages, ...this.messages]
      this.counts = page.counts
      this.hasMore = page.has_more
      this.state = 'loaded'
    } catch {
      this.state = 'failed'
    }
  }
}

export class Histories {
  readonly #byCustomer = new Map<string, CustomerHistory>()

  constructor(private readonly fetchPage: FetchPage) {}

  of(customerId: string): CustomerHistory {
    const known = this.#byCustomer.get(customerId)
    if (known) return known
    const history = new CustomerHistory(customerId, this.fetchPage)
    this.#byCustomer.set(customerId, history)
    return history
  }

  /** Loads every failed page again. Called when the line is back. */
  again(): void {
    for (const history of this.#byCustomer.values()) if (history.state === 'failed') void history.load()
  }

  keepOnly(customerIds: readonly string[]): void {
    const wanted = new Set(customerIds)
    for (const id of this.#byCustomer.keys()) if (!wanted.has(id)) this.#byCustomer.delete(id)
  }
}
