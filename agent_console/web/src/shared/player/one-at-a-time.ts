/**
 * One recording is heard at a time.
 *
 * The rule of this file: whoever begins to play lets the one before pause.
 */
export interface Playing {
  pause(): void
}

let last: Playing | undefined

export function letPlay(player: Playing): void {
  if (last !== player) last?.pause()
  last = player
}
