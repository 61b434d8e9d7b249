/** Whether the customer of this call also waits in a chat, according to the facts of its transcript. */
import type { InteractionView } from '../../generated/wire'

export function hasPausedChat({ messages }: Pick<InteractionView, 'messages'>): boolean {
  const last = messages.findLast(({ fact }) => fact === 'linked' || fact === 'left_elsewhere')
  return last?.fact === 'linked'
}
