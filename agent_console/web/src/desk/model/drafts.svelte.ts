/**
 * The drafts: unsent text per interaction, kept in the tab's storage until it is sent or the interaction is gone.
 *
 * The rule of this file: a draft survives a reload, a switch to another interaction, and a refused command.
 */
import type { TextStorage } from '../../shared/storage'

const KEY = 'hub.drafts'

const EMPTY = {
  tab: 'reply' as 'reply' | 'note',
  reply: '',
  note: '',
  subject: '',
  disposition: '',
  wrapUpNote: '',
  callbackAt: '',
}
export type DraftText = typeof EMPTY

/** The draft of one interaction. Every change is stored at once. */
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

  /** Puts a text back that could not be sent, unless the field holds something else by then. */
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

  constructor(private readonly storage: TextStorage) {
    this.#kept = JSON.parse(storage.getItem(KEY) ?? '{}') as Record<string, Partial<DraftText>>
  }

  of(interactionId: string): Draft {
    const known = this.#drafts.get(interactionId)
    if (known) return known
    const draft = new Draft(this.#kept[interactionId] ?? {}, () => this.#keep())
    this.#drafts.set(interactionId, draft)
    return draft
  }

  /** Drops the drafts of all other interactions. */
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
    this.storage.setItem(KEY, JSON.stringify(all))
  }
}
