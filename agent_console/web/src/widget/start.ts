/** The form that begins a chat: a question and, if the page does not know it, the customer's name. */
import { el, onEnter } from './dom'
import type { Words } from './words'

export function buildStart(
  words: Words,
  asksName: boolean,
  start: (text: string, name: string) => void,
): HTMLElement {
  const begin = () => {
    if (question.value.trim()) start(question.value, name.value.trim())
  }
  const name = el('input', { maxlength: 200, autocomplete: 'name', 'data-first': asksName })
  const question = el('textarea', {
    maxlength: 4000,
    rows: 4,
    required: true,
    'data-first': !asksName,
    onkeydown: onEnter(begin),
  })
  const labelled = (label: Node | string, field: HTMLElement) => el('label', {}, el('span', {}, label), field)
  const nameLabel = el('span', {}, `${words('form.name')} `, el('small', {}, words('form.optional')))
  return el(
    'form',
    {
      class: 'start',
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault()
        begin()
      },
    },
    el('p', { class: 'greeting' }, words('greeting')),
    asksName ? labelled(nameLabel, name) : null,
    labelled(words('form.question'), question),
    el('button', { type: 'submit', class: 'primary wide' }, words('form.start')),
  )
}
