/** Says why a script fits: the channel, queues and tiers by name, anything else by its code. */
import { channelName } from '../../shared/channels.svelte'
import type { InteractionView, PolicyView, ScriptReasonView, ScriptView } from '../../generated/wire'
import { listed } from '../../shared/format'
import { language, nameIn } from '../../shared/i18n/language.svelte'
import { findTier } from '../../shared/tiers'
import { t } from '../words'

export function appliesText(codes: readonly string[], held: Pick<InteractionView, 'channel'>, policy: PolicyView): string {
  const nameOf = (code: string) =>
    code === held.channel
      ? channelName(held.channel)
      : nameIn(findTier(policy, code)?.names ?? policy.queues.find(({ id }) => id === code)?.names, code)
  return listed(codes.map(nameOf), language.current)
}

const purposeName = (wanted: string, policy: PolicyView) =>
  nameIn(policy.purposes.find(({ code }) => code === wanted)?.names, wanted)

/** A sentence: why the agent has this script. */
export function whyText({ why, fits, by_hand }: ScriptView, held: Pick<InteractionView, 'channel'>, policy: PolicyView): string {
  if (!fits) return t('script.why.picked')
  if (by_hand) return t('script.why.by_hand')
  if (why.length === 0) return t('script.why.any')
  return t('script.why', {
    reasons: listed(
      why.map((one) => reasonText(one, held, policy)),
      language.current,
    ),
  })
}

function reasonText({ part, value }: ScriptReasonView, held: Pick<InteractionView, 'channel'>, policy: PolicyView): string {
  if (part === 'hours') return t(value === 'open' ? 'script.why.open' : 'script.why.closed')
  if (part === 'directions') return t(value === 'inbound' ? 'script.why.inbound' : 'script.why.outbound')
  if (part === 'purposes' && value !== 'callback') return t('script.why.chosen', { value: purposeName(value, policy) })
  if (part === 'when') return t('script.why.when')
  return t(`script.why.${part}`, { value: appliesText([value], held, policy) })
}
