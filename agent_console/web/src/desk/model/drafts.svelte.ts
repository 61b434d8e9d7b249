/**
 * What is being written and is not sent: per interaction, kept in the tab until it is sent or the interaction is gone.
 *
 * The rule of this file: a draft is never lost to a reload, a switch of interactions or a refused command.
 */
import type { Keeper } from '../../shared/storage'

const KEY = 'hub.drafts'

const EMPTY = {
  tab: 'reply' as 'reply' | 'note',
  reply: '',
  note: '',
  subject: '',
  disposition: '',
  wrapUpNote: '',
}
export type DraftText = typeof EMPTY

/** One interaction's draft: fields to bind to; each change is kept. */
export class Draft {
  #text = $state<DraftText>({ ...EMPTY })

  constructor(
    kept: Partial<DraftText>,
    private readonly changed: () => void,
  ) {
    Object.assign(this.#text, kept)
  }

  get<Name extends keyof DraftText>(name: Name): DraftText[Name] {
    return this.#text[name]
  }

  set<Name extends keyof DraftText>(name: Name, value: DraftText[Name]): void {
    this.#text[name] = value
    this.changed()
  }

  /** Gives a text back that could not be sent, unless something else has been written since. */
  giveBack(name: 'reply' | 'note', text: string): void {
    if (this.#text[name].trim() === '') this.set(name, text)
  }

  get isEmpty(): boolean {
    return Object.entries(EMPTY).every(
      ([name, value]) => name === 'tab' || this.#text[name as keyof DraftText] === value,
    )
  }

  toJSON(): DraftText {
    return { ...this.#text }
  }
}

export class Drafts {
  readonly #drafts = new Map<string, Draft>()
  readonly #kept: Record<string, Partial<DraftText>>

  constructor(private readonly keeper: Keeper) {
    this.#kept = JSON.parse(keeper.getItem(KEY) ?? '{}') as Record<string, Partial<DraftText>>
  }

  of(interactionId: string): Draft {
    const known = this.#drafts.get(interactionId)
    if (known) return known
    const draft = new Draft(this.#kept[interactionId] ?? {}, () => this.#keep())
    this.#drafts.set(interactionId, draft)
    return draft
  }

  /** Forgets what belongs to none of these interactions. */
  keepOnly(interactionIds: readonly string[]): void {
    const wanted = new Set(interactionIds)
    for (const id of this.#drafts.keys()) if (!wanted.has(id)) this.#drafts.delete(id)
    for (const id of Object.keys(this.#kept)) if (!wanted.has(id)) delete this.#kept[id]
    this.#keep()
  }

  #keep(): void {
    const all: Record<string, unknown> = { ...this.#kept }
    for (const [id, draft] of this.#drafts) {
      if (draft.isEmpty) delete all[id]
      else all[id] = draft
    }
    this.keeper.setItem(KEY, JSON.stringify(all))
  }
}
