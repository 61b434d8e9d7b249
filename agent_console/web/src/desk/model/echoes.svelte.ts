/**
 * A message that was just sent, shown before the hub's own line of it arrives.
 *
 * The rule of this file: an echo ends when its line is in the transcript, or when it is refused; never two of one message.
 */
import type { MessageView } from '../../generated/wire'
import type { Command } from './line'

export interface Echo {
  id: string // of the command
  interactionId: string
  kind: 'agent' | 'note'
  text: string
  at: number
}

const KEPT_AFTER_ANSWER_MS = 5000

export class Echoes {
  #shown = $state.raw<readonly Echo[]>([])

  of(interactionId: string): readonly Echo[] {
    return this.#shown.filter((echo) => echo.interactionId === interactionId)
  }

  add(command: Command, at: number): void {
    if (command.kind !== 'send_message' && command.kind !== 'add_note') return
    const kind = command.kind === 'add_note' ? 'note' : 'agent'
    const echo: Echo = { id: command.id, interactionId: command.interaction_id, kind, text: command.text, at }
    this.#shown = [...this.#shown.filter(({ id }) => id !== echo.id), echo]
  }

  /** A line came into the transcript: the oldest echo that says the same is done. */
  heard(interactionId: string, message: MessageView): void {
    const done = this.#shown.find(
      (echo) => echo.interactionId === interactionId && echo.kind === message.kind && echo.text === message.text,
    )
    if (done) this.drop(done.id)
  }

  /** The command was done: its line is on the way, or was in a snapshot. */
  answered(commandId: string): void {
    setTimeout(() => this.drop(commandId), KEPT_AFTER_ANSWER_MS)
  }

  drop(commandId: string): void {
    if (this.#shown.some(({ id }) => id === commandId)) this.#shown = this.#shown.filter(({ id }) => id !== commandId)
  }
}
