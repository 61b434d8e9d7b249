/** Whether this agent works in a queue that takes calls, but has no telephone to answer them. */
import { traitsOf } from '../../shared/channels.svelte'
import type { DeskSnapshot } from '../../generated/wire'

export function isUnreachable({ agent, queues, policy }: DeskSnapshot): boolean {
  if (agent.has_phone) return false
  const mine = new Set(queues.map(({ queue }) => queue))
  return policy.queues.some(
    ({ id, channels }) => mine.has(id) && channels.some((channel) => traitsOf(channel).is_call),
  )
}
