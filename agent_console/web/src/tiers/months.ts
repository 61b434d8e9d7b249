/**
 * Moves of a year by month.
 *
 * The rule of this file: it knows numbers and no element. Every month is there, also one without a move.
 */
import type { MovedInMonth } from '../generated/wire'

export interface Month {
  code: string
  up: number
  down: number
  moves: MovedInMonth[] // the most frequent first
}

export function bars(months: readonly string[], moves: readonly MovedInMonth[]): Month[] {
  return months.map((code) => {
    const mine = moves.filter((one) => one.month === code).sort((a, b) => b.count - a.count)
    const sum = (isUp: boolean) => mine.reduce((all, one) => all + (one.is_up === isUp ? one.count : 0), 0)
    return { code, up: sum(true), down: sum(false), moves: mine }
  })
}
