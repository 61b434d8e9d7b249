/**
 * The lines of charts: points of a series within a box.
 *
 * The rule of this file: it knows numbers and no element. The first value is at the left edge and the largest at the
 * top; a series without change is a line in the middle.
 */

export interface Box {
  width: number
  height: number
}

/** The largest value of a scale that people read, little above the greatest. */
export function ceiling(most: number): number {
  if (most <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  const factor = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((one) => one * power >= most) ?? 10
  return factor * power
}

/** `d` of a path through the values, from `low` at the bottom to `high` at the top. */
export function line(values: readonly number[], box: Box, low: number, high: number): string {
  return values
    .map((value, place) => {
      const x = values.length < 2 ? 0 : (place / (values.length - 1)) * box.width
      const y = high === low ? box.height / 2 : box.height - ((value - low) / (high - low)) * box.height
      return `${place === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`
    })
    .join('')
}

/** The same, closed at the bottom. */
export function area(values: readonly number[], box: Box, low: number, high: number): string {
  return values.length < 2 ? '' : `${line(values, box, low, high)}L${box.width} ${box.height}L0 ${box.height}Z`
}

export interface Band {
  text: string
  number: number
  top: number
  height: number
}

/** Bands one below the other, each as high as its number, with a gap between; `scale`: pixels of one. */
export function stack(parts: readonly { clause: string; number: number }[], scale: number, gap: number): Band[] {
  let top = 0
  return parts.map((part) => {
    const height = Math.max(2, part.number * scale)
    const band = { text: part.clause, number: part.number, top, height }
    top += height + gap
    return band
  })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
