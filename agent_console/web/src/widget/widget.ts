/** The launcher button in the corner of a page, and the chat window that it opens. */
import type { TextStorage } from '../shared/storage'
import type { Chat, ChatView } from './chat'
import { el, icon } from './dom'
import { Panel, type PanelTexts } from './panel'

const OPEN = 'hub-chat.open'

/** Shows the chat in `root`. Returns a function that removes it. The tab remembers whether the window is open. */
export function showWidget(root: ShadowRoot, chat: Chat, texts: PanelTexts, tab: TextStorage): () => void {
  const { words } = texts
  const badge = el('span', { class: 'badge', 'aria-hidden': 'true' })
  const launcher = el(
    'button',
    {
      type: 'button',
      class: 'launcher',
      title: words('launch'),
      'aria-haspopup': 'dialog',
      onclick: () => open(true),
    },
    icon('chat', 26),
    badge,
  )
  const panel = new Panel(chat, texts, () => open(false))
  let isOpen = tab.getItem(OPEN) === '1'

  function place(): void {
    root.replaceChildren(isOpen ? panel.element : launcher)
  }

  function open(isWanted: boolean): void {
    isOpen = isWanted
    tab.setItem(OPEN, isWanted ? '1' : '0')
    place()
    look()
    panel.show(chat.view)
    if (isWanted) panel.focus()
    else launcher.focus()
  }

  function show(view: ChatView): void {
    const count = view.unread
    badge.textContent = String(count)
    badge.hidden = count === 0
    launcher.setAttribute('aria-label', count > 0 ? words('launch.unread', { count }) : words('launch'))
    panel.show(view)
  }

  const look = () => chat.see(isOpen && document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', look)
  place()
  const end = chat.watch(show)
  look()
  return () => {
    end()
    document.removeEventListener('visibilitychange', look)
    root.replaceChildren()
  }
}
