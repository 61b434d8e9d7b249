/**
 * The statements that must be said, as the desk settles them.
 *
 * The rule of this file: pure; which of them are owed is the hub's word, and is only sorted here.
 */
import type { MustSayView, OwedStatementView, ScriptView } from '../../generated/wire'

/** Why a statement was not said, in the order of their digits: the most frequent first. */
export const NOT_SAID: readonly NonNullable<MustSayView['not_said']>[] = [
  'customer_hung_up',
  'customer_declined',
  'not_applicable',
  'other',
]

/** What is owed; `besideStep`: but for what the present step shows in its own place. */
export function owedOf(script: ScriptView | null, besideStep = false): OwedStatementView[] {
  if (!script) return []
  const here = new Set(script.parts.filter((part) => part.kind === 'must_say').map(({ id }) => id))
  const isHere = (one: OwedStatementView) => one.script_id === script.script_id && here.has(one.statement)
  return besideStep ? script.owed.filter((one) => !isHere(one)) : script.owed
}
