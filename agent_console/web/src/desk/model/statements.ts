/**
 * The statements that must be said and are still owed.
 *
 * The rule of this file: pure. The hub decides which statements are owed; this file only selects from them.
 */
import type { MustSayView, OwedStatementView, ScriptView } from '../../generated/wire'

/** The reasons why a statement was not said, in the order of their digits, the most frequent first. */
export const NOT_SAID: readonly NonNullable<MustSayView['not_said']>[] = [
  'customer_hung_up',
  'customer_declined',
  'not_applicable',
  'other',
]

/** The owed statements. With `besideStep`, without those that the present step shows itself. */
export function owedOf(script: ScriptView | null, besideStep = false): OwedStatementView[] {
  if (!script) return []
  const here = new Set(script.parts.filter((part) => part.kind === 'must_say').map(({ id }) => id))
  const isHere = (one: OwedStatementView) => one.script_id === script.script_id && here.has(one.statement)
  return besideStep ? script.owed.filter((one) => !isHere(one)) : script.owed
}
