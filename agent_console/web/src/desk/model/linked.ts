/** Whether the customer of this call waits in a chat as well: the facts of its transcript say so. */
import type { InteractionView } from '../../generated/wire'

export function hasPausedChat({ messages }: Pick<InteractionView, 'messages'>): boolean {
  const last = messages.findLast(({ fact }) => fact === 'linked' || fact === 'left_elsewhere')
  return last?.fact === 'linked'
}
