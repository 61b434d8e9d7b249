/**
 * A waveform as a shape, and the arithmetic of the player.
 *
 * The rule of this file: pure. Shapes are drawn into a box that is as wide as there are peaks and HEIGHT high.
 */
import type { MarkView } from '../../generated/wire'

export const HEIGHT = 100
export const STEP_SECONDS = 5
export const SPEEDS = [1, 1.25, 1.5, 2] as const
const LOUDEST = 127

/** The shape of a channel as the path of an SVG. One channel lies around the middle. Of two, the first stands on the
 * middle and the second hangs from it. Silence is a thin line, so that it is seen to be there. */
export function shapeOf(peaks: readonly number[], channel: number, channels: number): string {
  const middle = HEIGHT / 2
  const rise = (peak: number) => 1 + ((middle - 2) * peak) / LOUDEST
  const up = channels === 1 || channel === 0 ? rise : () => 0
  const down = channels === 1 || channel === 1 ? rise : () => 0
  const points = peaks.flatMap((peak, n) => [
    [n, middle - up(peak)],
    [n + 1, middle - up(peak)],
  ])
  const back = peaks.flatMap((peak, n) => [
    [n, middle + down(peak)],
    [n + 1, middle + down(peak)],
  ])
  const outline = [...points, ...reversedPairs(back)]
  return outline.length === 0 ? '' : `M${outline.map(([x, y]) => `${x},${round(y ?? 0)}`).join('L')}Z`
}

const reversedPairs = (points: readonly number[][]) => [...points].reverse()
const round = (value: number) => Math.round(value * 100) / 100

/** Where a mark stands, in percent of the width. A mark without length has none. */
export function placeOf(mark: MarkView, durationMs: number): { left: number; width: number } {
  if (durationMs <= 0) return { left: 0, width: 0 }
  const share = (moment: number) => (Math.min(Math.max(moment, 0), durationMs) / durationMs) * 100
  const left = share(mark.at_ms)
  if (mark.kind === 'step') return { left, width: 0 }
  return { left, width: share(mark.until_ms ?? durationMs) - left }
}

/** The place to which a key moves, in seconds; undefined if the key moves nothing. */
export function moveBy(key: string, at: number, duration: number): number | undefined {
  const within = (moment: number) => Math.min(Math.max(moment, 0), duration)
  if (key === 'ArrowLeft' || key === 'ArrowDown') return within(at - STEP_SECONDS)
  if (key === 'ArrowRight' || key === 'ArrowUp') return within(at + STEP_SECONDS)
  if (key === 'Home') return 0
  return key === 'End' ? duration : undefined
}

/** What was played, as pairs of milliseconds. */
export function spansOf(played: Pick<TimeRanges, 'length' | 'start' | 'end'>): [number, number][] {
  const spans: [number, number][] = []
  for (let n = 0; n < played.length; n += 1) {
    spans.push([Math.floor(played.start(n) * 1000), Math.ceil(played.end(n) * 1000)])
  }
  return spans
}
