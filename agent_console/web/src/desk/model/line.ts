/**
 * The desk's line to the hub: what the models ask of a socket, and the socket that does it.
 *
 * The rule of this file: it carries and never decides. A request ends with an answer or as `LineLost`; what to do then
 * is for the one who asked.
 */
import type { CommandAnswer, Everything, NumberedEvent, QueueLine, ResumeAnswer } from '../../generated/wire'
import { openSocket } from '../../shared/socket'

export type Command = Everything['command']

export class LineLost extends Error {}

export interface Line {
  resume(number: number | null): Promise<ResumeAnswer>
  command(command: Command): Promise<CommandAnswer>
  typing(interactionId: string): void
}

export interface LineListener {
  onUp(): void
  onDown(): void
  onEvent(event: NumberedEvent): void
  onQueues(queues: QueueLine[]): void
  onTyping(interactionId: string): void
  onSignedOut(reason: string): void
  onMoving(): void
}

const ANSWER_WITHIN_MS = 10_000

/** Opens `/desk` as the desk of this id. The listener hears everything in the order in which it came. */
export function openLine(listener: LineListener, desk: string): Line {
  const socket = openSocket('/desk', { desk })
  socket.on('connect', () => listener.onUp())
  socket.on('disconnect', (reason) => {
    listener.onDown()
    if (reason === 'io server disconnect') socket.connect() // the one case in which the client does not by itself
  })
  socket.on('connect_error', (error) => {
    // With `active`, the client tries again by itself; without, the hub refused who is asking.
    if (!socket.active) listener.onSignedOut(error.message)
  })
  socket.on('events', (events: NumberedEvent[]) => events.forEach((event) => listener.onEvent(event)))
  socket.on('queues', (queues: QueueLine[]) => listener.onQueues(queues))
  socket.on('typing', ({ interaction_id }: { interaction_id: string }) => listener.onTyping(interaction_id))
  socket.on('moving', () => listener.onMoving())
  socket.on('signed_out', ({ reason }: { reason: string }) => {
    socket.disconnect()
    listener.onSignedOut(reason)
  })

  async function ask<Answer extends object>(name: string, body: unknown): Promise<Answer> {
    if (!socket.connected) throw new LineLost()
    const answer = (await socket
      .timeout(ANSWER_WITHIN_MS)
      .emitWithAck(name, body)
      .catch(() => {
        throw new LineLost()
      })) as Answer | CommandAnswer
    if ('code' in answer && answer.code === 'signed_out') {
      listener.onSignedOut(answer.code) // what was asked is kept, and goes out after signing in
      throw new LineLost()
    }
    return answer as Answer
  }

  return {
    async resume(number) {
      const answer = await ask<ResumeAnswer>('resume', { number })
      if ('code' in answer) throw new LineLost() // not just now
      return answer
    },
    command: (command) => ask('command', command),
    typing: (interactionId) => void socket.volatile.emit('typing', { interaction_id: interactionId }),
  }
}
