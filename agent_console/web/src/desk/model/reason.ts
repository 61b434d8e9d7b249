/**
 * Explains in sentences why an offer came to this agent.
 *
 * The rule of this file: codes and numbers come in; keys of the catalogue and their values go out. A code without a
 * text is shown as it is.
 */
import type { PolicyView, ReasonView } from '../../generated/wire'
import { findTier } from '../../shared/tiers'
import type { en } from '../words/en'

export type Said = { key: keyof typeof en; seconds?: number; values?: Record<string, string | number> }

export type GivenReason = Pick<ReasonView, 'chosen_by' | 'eligible' | 'head_start_seconds'> & {
  boost_seconds?: number
}

/** The sentences; the first says how the agent was chosen. The screen spells out `seconds` as {time}. */
export function sayReason(reason: GivenReason, policy: PolicyView, tier: string, channel: string): Said[] {
  const said: Said[] = [sayChoice(reason)]
  const ahead = aheadSeconds(reason, policy, channel)
  if (findTier(policy, tier)?.head_start_seconds[channel] === null) said.push({ key: 'why.always_first' })
  else if (ahead > 0) said.push({ key: 'why.head_start', seconds: ahead })
  if ((reason.boost_seconds ?? 0) > 0) said.push({ key: 'why.boost', seconds: reason.boost_seconds ?? 0 })
  return said
}

/** How many seconds the tier is ahead of the lowest tier on this channel. It is a difference, because a policy may give
 * every tier of a channel the same long head start to rank one channel above another. */
export function aheadSeconds(reason: GivenReason, policy: PolicyView, channel: string): number {
  const lowest = [...policy.tiers].sort((one, other) => one.order - other.order)[0]
  return reason.head_start_seconds - (lowest?.head_start_seconds[channel] ?? 0)
}

function sayChoice({ chosen_by, eligible }: GivenReason): Said {
  switch (chosen_by) {
    case 'only_one':
      return { key: 'why.only_one' }
    case 'preferred':
      return { key: 'why.preferred' }
    case 'most_proficient':
      return { key: 'why.most_proficient', values: { eligible } }
    case 'pulled':
      return { key: 'why.pulled' }
    case 'assigned':
      return { key: 'why.assigned' }
    case 'reserved':
      return { key: 'why.reserved' }
    case 'least_load':
      return { key: 'why.least_load', values: { eligible } }
    case 'longest_idle':
      return { key: 'why.longest_idle', values: { eligible } }
    default:
      return { key: 'why.other', values: { code: chosen_by } }
  }
}
