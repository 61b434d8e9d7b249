/**
 * The board as the hub last told it, and whether it is live.
 *
 * The rule of this file: the newest board is all there is; an old one stays up, marked as old, until the next comes.
 */
import type { WallboardView } from '../generated/wire'
import { goToSignIn } from '../shared/api'
import { clock } from '../shared/clock.svelte'
import { openSocket } from '../shared/socket'

export class Feed {
  board = $state.raw<WallboardView | null>(null)
  isLive = $state(false)
  isRefused = $state(false)

  open(): () => void {
    const socket = openSocket('/wallboard')
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
      clock.heard(board.at)
      this.board = board
    })
    return () => void socket.disconnect()
  }
}
