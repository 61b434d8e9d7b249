/** The field in which the customer writes. It grows with the text. */
import { el, icon, onEnter } from './dom'
import type { Words } from './words'

const LIMIT = 4000
const WARN_FROM = 200
const TALLEST = 132

export function buildComposer(words: Words, say: (text: string) => void, typing: () => void): HTMLElement {
  const box = el('textarea', {
    rows: 1,
    maxlength: LIMIT,
    'aria-label': words('compose.label'),
    placeholder: words('compose.placeholder'),
    title: words('compose.hint'),
    'data-first': true,
    onkeydown: onEnter(send),
    oninput: () => {
      fit()
      typing()
    },
  })
  const button = el(
    'button',
    { type: 'submit', class: 'primary send', 'aria-label': words('send'), title: words('send'), disabled: true },
    icon('send'),
  )
  const left = el('p', { class: 'left', role: 'status' })

  function fit(): void {
    box.style.height = 'auto'
    box.style.height = `${Math.min(box.scrollHeight + 2, TALLEST)}px`
    button.disabled = box.value.trim() === ''
    const count = LIMIT - box.value.length
    left.textContent = count < WARN_FROM ? words('compose.left', { count }) : ''
  }

  function send(): void {
    if (!box.value.trim()) return
    say(box.value)
    box.value = ''
    fit()
    box.focus()
  }

  const onsubmit = (event: SubmitEvent) => {
    event.preventDefault()
    send()
  }
  return el('form', { class: 'foot compose', onsubmit }, box, button, left)
}
