/** Puts the sentences of `model/reason.ts` into the screen's language. */
import type { PolicyView } from '../generated/wire'
import { spell } from '../shared/format'
import { language, nameIn } from '../shared/i18n/language.svelte'
import { findTier } from '../shared/tiers'
import { sayReason, type GivenReason } from './model/reason'
import { t } from './words'

export function reasonText(reason: GivenReason, policy: PolicyView, tier: string, channel: string): string {
  const name = nameIn(findTier(policy, tier)?.names, tier)
  return sayReason(reason, policy, tier, channel)
    .map(({ key, seconds = 0, values = {} }) => t(key, { tier: name, time: spell(seconds, t), ...values }))
    .join(language.current === 'zh-CN' ? '' : ' ')
}
