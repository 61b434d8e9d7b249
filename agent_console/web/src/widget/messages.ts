/** The list of messages, oldest first. It stays at the newest unless the customer has scrolled up. */
import { clockTime } from '../shared/format'
import type { Bubble, ChatView } from './chat'
import { el, icon } from './dom'
import { splitLinks } from './links'
import type { Words } from './words'

const NEAR = 80

type Row = { element: HTMLElement; looks: string }

export class Messages {
  readonly element: HTMLElement
  #rows = new Map<string, Row>()
  #tail = el('div')
  #tailLooks = ''
  #isFollowing = true

  constructor(
    private readonly words: Words,
    private readonly language: string,
  ) {
    this.element = el('div', {
      class: 'log',
      role: 'log',
      'aria-live': 'polite',
      'aria-relevant': 'additions',
      'aria-label': words('log'),
      tabindex: 0,
      onscroll: () => {
        const { scrollHeight, scrollTop, clientHeight } = this.element
        this.#isFollowing = scrollHeight - scrollTop - clientHeight < NEAR
      },
    })
  }

  show(view: ChatView): void {
    const keys = new Set(view.bubbles.map((bubble) => bubble.key))
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue
      row.element.remove()
      this.#rows.delete(key)
    }
    view.bubbles.forEach((bubble, index) => {
      const element = this.#place(bubble, view.bubbles[index - 1], view.bubbles[index + 1])
      if (this.element.children[index] !== element)
        this.element.insertBefore(element, this.element.children[index] ?? null)
    })
    this.#showTail(view)
    if (this.#isFollowing) this.element.scrollTop = this.element.scrollHeight
  }

  /** The element of a bubble. A row that looks the same is left as it is, so that a screen reader does not read it
   * twice. */
  #place(bubble: Bubble, before: Bubble | undefined, after: Bubble | undefined): HTMLElement {
    const isFirst = !isSameWriter(before, bubble)
    const isLast = !isSameWriter(after, bubble)
    const looks = `${bubble.mark} ${isFirst} ${isLast}`
    const row = this.#rows.get(bubble.key) ?? { element: el('div'), looks: '' }
    if (row.looks !== looks) {
      row.element.className = isFact(bubble) ? 'fact' : `row ${bubble.author} ${isFirst ? 'first' : ''}`
      row.element.replaceChildren(...this.#build(bubble, isFirst, isLast))
      row.looks = looks
      this.#rows.set(bubble.key, row)
    }
    return row.element
  }

  /** Of successive messages of one author, the first has the name above it, and the last the time and the mark
   * below it. */
  #build(bubble: Bubble, isFirst: boolean, isLast: boolean): (Node | string)[] {
    if (bubble.author === 'joined' || bubble.author === 'left')
      return [this.words(`person.${bubble.author}`, { name: bubble.author_name })]
    const isAgent = bubble.author === 'agent'
    const name = isAgent ? bubble.author_name || this.words('from.agent') : this.words('from.you')
    const parts = splitLinks(bubble.text).map(({ text, href }) =>
      href ? el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text) : text,
    )
    const isTold = isLast || (bubble.mark !== '' && bubble.mark !== 'sent')
    return [
      el('p', { class: isFirst && isAgent ? 'name' : 'unseen' }, name),
      el('p', { class: 'bubble' }, ...parts),
      ...(isTold ? [this.#under(bubble)] : []),
    ]
  }

  #under(bubble: Bubble): HTMLElement {
    const time = clockTime(bubble.at, this.language)
    if (bubble.mark === '') return el('p', { class: 'under' }, time)
    const word = this.words(`mark.${bubble.mark}`)
    const looks = bubble.mark === 'too_many' ? 'failed' : bubble.mark
    if (looks !== 'sent') return el('p', { class: `under ${looks}` }, word)
    return el('p', { class: 'under' }, icon('check', 12), el('span', { class: 'unseen' }, word), time)
  }

  /** Shows below the messages the place in the queue, the pause, or that the agent is writing. */
  #showTail(view: ChatView): void {
    const { words } = this
    const looks = `${view.phase} ${view.position} ${view.minutes} ${view.isAgentTyping} ${view.agentName}`
    if (looks !== this.#tailLooks) {
      this.#tailLooks = looks
      this.#tail.replaceChildren()
      if (view.isAgentTyping) {
        const text = view.agentName ? words('typing', { name: view.agentName }) : words('typing.unnamed')
        this.#tail.append(el('p', { class: 'typing' }, dots(), text))
      } else if (view.phase === 'waiting') {
        const place = view.position
          ? el(
              'strong',
              {},
              view.position === 1 ? words('place.next') : words('place.number', { position: view.position }),
            )
          : null
        const hint = view.minutes === null ? words('wait.hint') : words('wait.minutes', { count: view.minutes })
        const sign = el('b', { 'aria-hidden': 'true' }, view.position ? String(view.position) : dots())
        this.#tail.append(el('div', { class: 'place' }, sign, place, el('span', {}, hint)))
      } else if (view.phase === 'paused') {
        this.#tail.append(el('div', { class: 'place' }, icon('phone'), el('span', {}, words('paused.hint'))))
      }
    }
    if (this.element.lastChild !== this.#tail) this.element.append(this.#tail)
  }
}

const isFact = ({ author }: Bubble) => author === 'joined' || author === 'left'

/** A colleague who has joined writes as an agent too, under a name of their own. */
function isSameWriter(one: Bubble | undefined, other: Bubble): boolean {
  return one?.author === other.author && one.author_name === other.author_name
}

/** The state of the chat in a few words. */
export function statusOf(view: ChatView, words: Words): string {
  if (view.phase !== 'active') return words(`status.${view.phase}`)
  return view.agentName ? words('status.active', { name: view.agentName }) : words('status.active.unnamed')
}

function dots(): HTMLElement {
  return el('span', { class: 'dots' }, el('i'), el('i'), el('i'))
}
