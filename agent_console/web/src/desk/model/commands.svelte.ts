/**
 * The commands that this desk has given and the hub has not answered.
 *
 * The rule of this file: a command keeps its id until it is answered. It is kept in the tab's storage, and sent again
 * under the same id after a reconnect or a reload, in the order of giving. The hub does each id once.
 */
import type { CommandAnswer } from '../../generated/wire'
import type { TextStorage } from '../../shared/storage'
import type { Command } from './line'

/** A command before `give` adds its id. */
export type NewCommand = Command extends infer One ? (One extends Command ? Omit<One, 'id'> : never) : never

/** A command about an interaction, before `AgentCommands.about` adds its id, the interaction's id and the version. */
export type NewCommandAbout = NewCommand extends infer One
  ? One extends { interaction_id: string }
    ? Omit<One, 'interaction_id' | 'version'>
    : never
  : never

const KEY = 'hub.commands'
const TRY_AGAIN_MS = 1500
const NOT_NOW = new Set(['unavailable', 'too_fast'])

export class Commands {
  #pending = $state.raw<readonly Command[]>([])
  readonly #waiters = new Map<string, (answer: CommandAnswer) => void>()
  #isUp = false
  #owner: string // the staff member whose commands these are

  constructor(
    private readonly send: (command: Command) => Promise<CommandAnswer>,
    private readonly storage: TextStorage,
    private readonly onRefused: (command: Command, answer: CommandAnswer) => void,
  ) {
    const kept = JSON.parse(storage.getItem(KEY) ?? 'null') as { owner: string; commands: Command[] } | null
    this.#owner = kept?.owner ?? ''
    this.#pending = kept?.commands ?? []
  }

  get pending(): readonly Command[] {
    return this.#pending
  }

  /** Gives a command. Returns it with its id, and the hub's answer, which waits until the line is up. `onRefused`
   * hears a refusal too. */
  give(newCommand: NewCommand): { command: Command; answer: Promise<CommandAnswer> } {
    const command = { ...newCommand, id: crypto.randomUUID() } as Command
    this.#keep([...this.#pending, command])
    const answer = new Promise<CommandAnswer>((resolve) => this.#waiters.set(command.id, resolve))
    if (this.#isUp) void this.#try(command)
    return { command, answer }
  }

  /** Whether a command of this kind is unanswered, about this offer or interaction if one is named. Buttons use it
   * to prevent a second press. */
  isBusy(kind: Command['kind'], about?: string): boolean {
    return this.#pending.some(
      (command) =>
        command.kind === kind &&
        (about === undefined ||
          ('offer_id' in command && command.offer_id === about) ||
          ('interaction_id' in command && command.interaction_id === about)),
    )
  }

  /** Sends the unanswered commands, once the desk is up to date after a connect. Drops those that another person
   * left in this tab. */
  lineUp(staffId: string): void {
    if (this.#owner !== staffId) this.#keep([])
    this.#owner = staffId
    this.#isUp = true
    for (const command of this.#pending) void this.#try(command)
  }

  /** As `lineUp`, but sends one command before the kept ones. Resolves with the answer to it. */
  lineUpWith(staffId: string, newCommand: NewCommand): Promise<CommandAnswer> {
    const first = { ...newCommand, id: crypto.randomUUID() } as Command
    const kept = this.#owner === staffId ? this.#pending.filter(({ kind }) => kind !== first.kind) : []
    this.#owner = staffId
    this.#keep([first, ...kept])
    const answer = new Promise<CommandAnswer>((resolve) => this.#waiters.set(first.id, resolve))
    this.lineUp(staffId)
    return answer
  }

  lineDown(): void {
    this.#isUp = false
  }

  async #try(command: Command): Promise<void> {
    let answer: CommandAnswer
    try {
      answer = await this.send(command)
    } catch {
      this.#tryLater(command) // without an answer it may have been done: the same id makes a repeat safe
      return
    }
    if (NOT_NOW.has(answer.code)) this.#tryLater(command)
    else this.#settle(command, answer)
  }

  #tryLater(command: Command): void {
    setTimeout(() => {
      if (this.#isUp && this.#pending.some(({ id }) => id === command.id)) void this.#try(command)
    }, TRY_AGAIN_MS)
  }

  #settle(command: Command, answer: CommandAnswer): void {
    if (!this.#pending.some(({ id }) => id === command.id)) return
    this.#keep(this.#pending.filter(({ id }) => id !== command.id))
    if (answer.code !== '') this.onRefused(command, answer)
    this.#waiters.get(command.id)?.(answer)
    this.#waiters.delete(command.id)
  }

  #keep(pending: readonly Command[]): void {
    this.#pending = pending
    if (pending.length > 0) this.storage.setItem(KEY, JSON.stringify({ owner: this.#owner, commands: pending }))
    else this.storage.removeItem(KEY)
  }
}
