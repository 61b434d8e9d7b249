/**
 * Echoes: messages that were just sent, shown until the hub's own copy arrives.
 *
 * The rule of this file: an echo ends when its message is in the transcript or was refused. A message has one echo at
 * most.
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

  /** A message came into the transcript: drops the oldest echo with the same text. */
  heard(interactionId: string, message: MessageView): void {
    const done = this.#shown.find(
      (echo) => echo.interactionId === interactionId && echo.kind === message.kind && echo.text === message.text,
    )
    if (done) this.drop(done.id)
  }

  /** The hub has done the command. Its message is on the way or came with a snapshot, so the echo goes after five
   * seconds. */
  answered(commandId: string): void {
    setTimeout(() => this.drop(commandId), KEPT_AFTER_ANSWER_MS)
  }

  drop(commandId: string): void {
    if (this.#shown.some(({ id }) => id === commandId)) this.#shown = this.#shown.filter(({ id }) => id !== commandId)
  }
}
