/** The state of a segment in words. The rule of this file: it only says. */
import type { SegmentLine } from '../generated/wire'
import { t } from './words'

export function sayState(one: SegmentLine): string {
  return one.state === 'counting' ? t('state.counting', { percent: one.counted ?? 0 }) : t(`state.${one.state}`)
}

/** What turned: a clause of the rule, or the reason why everybody turned. */
export function sayClause(clause: string): string {
  if (clause === '') return t('clause.none')
  return clause === 'definition' || clause === 'retired' || clause === 'merged' ? t(`clause.${clause}`) : clause
}
