/**
 * The desk's line to the hub: the interface that the models use, and the Socket.IO line behind it.
 *
 * The rule of this file: it carries messages and decides nothing. A request ends with an answer or with `LineLost`; the
 * caller decides what to do then.
 */
import type { CommandAnswer, Everything, NumberedEvent, QueueLine, ResumeAnswer } from '../../generated/wire'
import { openSocket } from '../../shared/socket'

export type Command = Everything['command']

export class LineLost extends Error {}

export interface Line {
  resume(number: number | null): Promise<ResumeAnswer>
  command(command: Command): Promise<CommandAnswer>
  typing(interactionId: string): void
  /** The page in which this call is heard moves. Empty: no call is heard any more. */
  beat(interactionId: string, isLost: boolean): void
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

/** Opens `/desk` as the desk with this id. The listener hears everything in the order of arrival. */
export function openLine(listener: LineListener, desk: string): Line {
  const socket = openSocket('/desk', { desk })
  socket.on('connect', () => listener.onUp())
  socket.on('disconnect', (reason) => {
    listener.onDown()
    if (reason === 'io server disconnect') socket.connect() // in this one case the client does not reconnect by itself
  })
  socket.on('connect_error', (error) => {
    // While `active`, the client tries again by itself. Otherwise the hub has refused this person.
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
      listener.onSignedOut(answer.code) // the command is kept, and sent after the next sign-in
      throw new LineLost()
    }
    return answer as Answer
  }

  return {
    async resume(number) {
      const answer = await ask<ResumeAnswer>('resume', { number })
      if ('code' in answer) throw new LineLost() // the hub cannot answer yet; the feed asks again
      return answer
    },
    command: (command) => ask('command', command),
    typing: (interactionId) => void socket.volatile.emit('typing', { interaction_id: interactionId }),
    beat: (interactionId, isLost) =>
      void socket.volatile.emit('beat', { interaction_id: interactionId, is_lost: isLost }),
  }
}
