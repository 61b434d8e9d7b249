/**
 * Whether the agent can take a waiting interaction instead of being offered it.
 *
 * The rule of this file: it decides only whether the button shows. The hub decides what is taken and whether it fits.
 */
import type { DeskSnapshot } from '../../generated/wire'

export function canTakeNext({ agent, queues, policy }: DeskSnapshot): boolean {
  const isOffered = agent.state === 'available' && agent.wish === null // work that fits is offered to this agent anyway
  if (agent.state === 'offline' || isOffered) return false
  const free = new Set(policy.queues.filter((queue) => queue.agents_may_take).map(({ id }) => id))
  return queues.some(({ queue, waiting }) => waiting > 0 && free.has(queue))
}
