/**
 * How far one tier may overtake another, from head starts and the largest boosts, as `routing.rank` has it.
 *
 * The rule of this file: it knows numbers and no element. Seconds; a head start of null means "always first".
 */

/** How much later `later` may enter and still be first; negative: by how much it must be earlier; null: always. */
export function boundOf(later: number | null, earlier: number | null, cap: number): number | null | 'never' {
  if (later === null && earlier === null) return cap
  if (later === null) return null
  if (earlier === null) return 'never'
  return later + cap - earlier
}

/** A line of the policy: channel = seconds for each channel, in the order given. */
export function policyLine(starts: readonly (readonly [channel: string, seconds: number | null])[]): string {
  const parts = starts.map(([channel, seconds]) => `${channel} = ${seconds === null ? '"always"' : seconds}`)
  return `head_start_seconds = { ${parts.join(', ')} }`
}
