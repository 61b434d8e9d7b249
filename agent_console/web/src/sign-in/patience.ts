/**
 * Repeats a sign-in that has to wait its turn.
 *
 * The rule of this file: while others try the same name, the hub answers 429 and takes one try at a time. The page says
 * so and asks again by itself, as long as a turn can take.
 */
import { ApiError } from '../shared/api'

export const LONGEST_MS = 30_000
const AGAIN_MS = 2_000

type Clock = { now: () => number; pause: (ms: number) => Promise<void> }
const wallClock: Clock = { now: () => Date.now(), pause: (ms) => new Promise((done) => setTimeout(done, ms)) }

export async function inTurn<Answer>(
  ask: () => Promise<Answer>,
  onWait: () => void,
  clock: Clock = wallClock,
): Promise<Answer> {
  const until = clock.now() + LONGEST_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isLate = clock.now() + AGAIN_MS > until
      if (!(error instanceof ApiError) || error.status !== 429 || isLate) throw error
      onWait()
      await clock.pause(AGAIN_MS)
    }
  }
}
