/** Names what made a script fit: the channel, queues and tiers by name, anything else by its code. */
import { channelName } from '../../shared/channels.svelte'
import type { InteractionView, PolicyView } from '../../generated/wire'
import { listed } from '../../shared/format'
import { language, nameIn } from '../../shared/i18n/language.svelte'
import { findTier } from '../../shared/tiers'

export function appliesText(codes: readonly string[], held: InteractionView, policy: PolicyView): string {
  const nameOf = (code: string) =>
    code === held.channel
      ? channelName(held.channel)
      : nameIn(findTier(policy, code)?.names ?? policy.queues.find(({ id }) => id === code)?.names, code)
  return listed(codes.map(nameOf), language.current)
}
