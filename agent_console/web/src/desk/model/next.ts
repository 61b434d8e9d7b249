/**
 * Whether there is something to take without being offered it.
 *
 * The rule of this file: it only says whether to show the button; what is taken, and whether it fits, the hub decides.
 */
import type { DeskSnapshot } from '../../generated/wire'

export function canTakeNext({ agent, queues, policy }: DeskSnapshot): boolean {
  const isOffered = agent.state === 'available' && agent.wish === null // all that fits comes by itself
  if (agent.state === 'offline' || isOffered) return false
  const free = new Set(policy.queues.filter((queue) => queue.agents_may_take).map(({ id }) => id))
  return queues.some(({ queue, waiting }) => waiting > 0 && free.has(queue))
}
