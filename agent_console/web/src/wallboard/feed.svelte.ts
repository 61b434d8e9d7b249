/**
 * The board as the hub last told it, and whether it is live; and the way of a supervisor's commands.
 *
 * The rule of this file: the newest board is all there is; an old one stays up, marked as old, until the next comes. A
 * command is answered or it is "unavailable"; the version that it names keeps it from being done twice.
 */
import type { Socket } from 'socket.io-client'
import { channels } from '../shared/channels.svelte'
import type { CommandAnswer, Everything, WallboardView } from '../generated/wire'
import { goToSignIn } from '../shared/api'
import { clock } from '../shared/clock.svelte'
import { openSocket } from '../shared/socket'

type BoardCommand = Everything['board_command']
export type BoardWish = BoardCommand extends infer One ? (One extends BoardCommand ? Omit<One, 'id'> : never) : never

const ANSWER_WITHIN_MS = 10_000
const NO_ANSWER: CommandAnswer = { code: 'unavailable', field: '' }

export class Feed {
  board = $state.raw<WallboardView | null>(null)
  isLive = $state(false)
  isRefused = $state(false)
  #socket: Socket | undefined

  open(): () => void {
    const socket = (this.#socket = openSocket('/wallboard'))
    socket.on('connect', () => (this.isLive = true))
    socket.on('disconnect', (reason) => {
      this.isLive = false
      if (reason === 'io server disconnect') socket.connect() // the one case in which the client does not by itself
    })
    socket.on('connect_error', (error) => {
      if (socket.active) return // it tries again by itself
      if (error.message === 'may_not') this.isRefused = true
      else goToSignIn('session')
    })
    socket.on('signed_out', () => goToSignIn('session'))
    socket.on('board', (board: WallboardView) => {
      channels.learn(board.policy.channels)
      clock.heard(board.at)
      clock.ahead = board.policy.wall_ahead
      this.board = board
    })
    return () => void socket.disconnect()
  }

  async ask(wish: BoardWish): Promise<CommandAnswer> {
    if (!this.#socket?.connected) return NO_ANSWER
    const command = { ...wish, id: crypto.randomUUID() }
    const asked = this.#socket.timeout(ANSWER_WITHIN_MS).emitWithAck('command', command)
    const answer = (await asked.catch(() => NO_ANSWER)) as CommandAnswer
    if (answer.code === 'signed_out') goToSignIn('session')
    return answer
  }
}
