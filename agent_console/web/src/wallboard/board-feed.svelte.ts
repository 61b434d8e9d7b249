/**
 * The last board that the hub sent, whether it is live, and the way to send a supervisor's commands.
 *
 * The rule of this file: each board replaces the one before. While the line is down, the last board stays, marked as
 * old. A command that gets no answer ends as "unavailable"; its version keeps a repeated command from acting twice.
 */
import type { Socket } from 'socket.io-client'
import { channels } from '../shared/channels.svelte'
import type { CommandAnswer, Everything, MessageView, ReadAlong, WallboardView } from '../generated/wire'
import { goToSignIn } from '../shared/api'
import { clock } from '../shared/clock.svelte'
import { openSocket } from '../shared/socket'

type BoardCommand = Everything['board_command']
export type NewBoardCommand = BoardCommand extends infer One
  ? One extends BoardCommand
    ? Omit<One, 'id'>
    : never
  : never

const ANSWER_WITHIN_MS = 10_000
const NO_ANSWER: CommandAnswer = { code: 'unavailable', field: '' }

export class BoardFeed {
  board = $state.raw<WallboardView | null>(null)
  /** What is written where this supervisor reads along, by interaction. */
  read = $state.raw<Record<string, MessageView[]>>({})
  isLive = $state(false)
  isRefused = $state(false)
  #socket: Socket | undefined

  open(): () => void {
    const socket = (this.#socket = openSocket('/wallboard'))
    socket.on('connect', () => (this.isLive = true))
    socket.on('disconnect', (reason) => {
      this.isLive = false
      if (reason === 'io server disconnect') socket.connect() // in this one case the client does not reconnect by itself
    })
    socket.on('connect_error', (error) => {
      if (socket.active) return // the client tries again by itself
      if (error.message === 'may_not') this.isRefused = true
      else goToSignIn('session')
    })
    socket.on('signed_out', () => goToSignIn('session'))
    socket.on('read_along', ({ interaction_id, messages }: ReadAlong) => {
      this.read = { ...this.read, [interaction_id]: messages }
    })
    socket.on('board', (board: WallboardView) => {
      channels.learn(board.policy.channels)
      clock.heard(board.at)
      clock.ahead = board.policy.wall_ahead
      this.board = board
    })
    return () => void socket.disconnect()
  }

  async ask(newCommand: NewBoardCommand): Promise<CommandAnswer> {
    if (!this.#socket?.connected) return NO_ANSWER
    const command = { ...newCommand, id: crypto.randomUUID() }
    const asked = this.#socket.timeout(ANSWER_WITHIN_MS).emitWithAck('command', command)
    const answer = (await asked.catch(() => NO_ANSWER)) as CommandAnswer
    if (answer.code === 'signed_out') goToSignIn('session')
    return answer
  }
}
