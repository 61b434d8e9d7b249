/** How a tier looks: its name, with a quiet tint for the two highest tiers of the policy. */
import type { PolicyView, TierView } from '../generated/wire'

export type TierTint = 'first' | 'second' | 'plain'

export function findTier(policy: Pick<PolicyView, 'tiers'>, id: string): TierView | undefined {
  return policy.tiers.find((tier) => tier.id === id)
}

/** The tint of a tier by its rank from the top. The lowest tier is always plain. */
export function tierTint(policy: Pick<PolicyView, 'tiers'>, id: string): TierTint {
  const order = [...policy.tiers].sort((a, b) => b.order - a.order).map((tier) => tier.id)
  const place = order.indexOf(id)
  if (place < 0 || place === order.length - 1) return 'plain'
  return place === 0 ? 'first' : place === 1 ? 'second' : 'plain'
}
