/** The chat window: the state of the chat, the messages, and the field to write in. */
import { CallSheet } from './call-sheet'
import type { Chat, ChatView } from './chat'
import { buildComposer } from './composer'
import { ConsentQuestion } from './consent-question'
import { el, icon } from './dom'
import { Messages, statusOf } from './messages'
import { buildStart } from './start'
import type { Words } from './words'

export type PanelTexts = {
  words: Words
  language: string
  organisation: string
  asksName: boolean
  newId: () => string
}

/** The foot of the window is one of these. The composer is built once, so it keeps what was typed. */
type Foot = 'start' | 'compose' | 'leave' | 'closed' | 'call'

export class Panel {
  readonly element: HTMLElement
  #header: HTMLElement
  #face = el('span', { class: 'face', 'aria-hidden': 'true' })
  #status = el('p', { role: 'status' })
  #offline: HTMLElement
  #leave: HTMLElement
  #messages: Messages
  #composer: HTMLElement
  #consent: ConsentQuestion
  #foot: Foot | '' = ''
  #isLeaving = false
  #isAskingForCall = false

  constructor(
    private readonly chat: Chat,
    private readonly texts: PanelTexts,
    private readonly close: () => void,
  ) {
    const { words, language, organisation } = texts
    const title = organisation || words('title')
    this.#messages = new Messages(words, language)
    this.#composer = buildComposer(
      words,
      (text) => chat.say(text),
      () => chat.typing(),
    )
    this.#consent = new ConsentQuestion(chat, words, texts.newId)
    this.#offline = el('p', { class: 'offline', role: 'status', hidden: true }, words('status.offline'))
    this.#leave = this.#button('leave', words('end'), () => this.#askToLeave(true))
    this.#header = el(
      'header',
      {},
      this.#face,
      el('div', { class: 'who' }, el('h2', {}, title), this.#status),
      this.#leave,
      this.#button('phone', words('call.open'), () => this.#askForCall(!this.#isAskingForCall)),
      this.#button('down', words('minimise'), close),
    )
    this.element = el(
      'section',
      {
        class: 'panel',
        role: 'dialog',
        'aria-label': title,
        tabindex: -1,
        onkeydown: (event: KeyboardEvent) => this.#onKey(event),
      },
      this.#header,
      this.#offline,
    )
  }

  show(view: ChatView): void {
    const isRunning = ['waiting', 'paused', 'active'].includes(view.phase)
    const isWith = view.phase === 'active' && view.agentName
    const status = statusOf(view, this.texts.words)
    if (this.#status.textContent !== status) this.#status.textContent = status
    this.#face.classList.toggle('on', view.phase === 'active')
    this.#face.replaceChildren(isWith ? view.agentName.slice(0, 1) : icon('chat'))
    this.#leave.hidden = !isRunning
    this.#offline.hidden = !isRunning || view.isOnline
    this.#isLeaving &&= isRunning
    this.#showFoot(
      this.#isAskingForCall
        ? 'call'
        : view.phase === 'new'
          ? 'start'
          : view.phase === 'closed'
            ? 'closed'
            : this.#isLeaving
              ? 'leave'
              : 'compose',
    )
    this.#messages.show(view)
    this.#consent.show(view)
  }

  focus(): void {
    ;(this.element.querySelector<HTMLElement>('[data-first]') ?? this.element).focus()
  }

  #showFoot(foot: Foot): void {
    if (foot === this.#foot) return
    const isElsewhere = this.#header.matches(':focus-within') // whoever is at a button there stays at it
    const hadFocus = this.#foot !== '' && this.element.matches(':focus-within') && !isElsewhere
    this.#foot = foot
    while (this.element.children.length > 2) this.element.lastElementChild?.remove()
    this.element.append(...this.#build(foot))
    if (!hadFocus) return
    if (foot === 'closed')
      this.element.focus() // the agent may end it while one types: no key may begin anew
    else this.focus()
  }

  #build(foot: Foot): HTMLElement[] {
    if (foot === 'start') return [this.#start()]
    if (foot === 'call') return [this.#callSheet()]
    if (foot === 'compose') return [this.#messages.element, this.#consent.element, this.#composer]
    return [this.#messages.element, this.#buildFoot(foot)]
  }

  #callSheet(): HTMLElement {
    const { words, language, newId } = this.texts
    const later = (milliseconds: number, what: () => void) => void setTimeout(what, milliseconds)
    const back = () => this.#askForCall(false)
    return new CallSheet({ chat: this.chat, words, language, newId, later, back }).element
  }

  #askForCall(isAsking: boolean): void {
    this.#isAskingForCall = isAsking
    this.show(this.chat.view)
    this.focus()
  }

  #start(): HTMLElement {
    return buildStart(this.texts.words, this.texts.asksName, (text, name) => this.chat.say(text, name))
  }

  #buildFoot(foot: Exclude<Foot, 'start' | 'call' | 'compose'>): HTMLElement {
    const { words } = this.texts
    if (foot === 'closed') {
      const again = () => this.chat.startAnew()
      return el(
        'div',
        { class: 'foot ask' },
        el('p', {}, words('status.closed')),
        el('button', { type: 'button', class: 'primary', 'data-first': true, onclick: again }, words('again')),
        el('button', { type: 'button', class: 'plain', onclick: () => this.#askForCall(true) }, words('call.open')),
      )
    }
    const stay = () => this.#askToLeave(false)
    const leave = () => this.chat.leave()
    return el(
      'div',
      { class: 'foot ask', role: 'alertdialog', 'aria-label': words('end.sure') },
      el('p', {}, words('end.sure')),
      el('button', { type: 'button', class: 'plain', onclick: stay }, words('end.no')),
      el('button', { type: 'button', class: 'danger', 'data-first': true, onclick: leave }, words('end.yes')),
    )
  }

  #askToLeave(isLeaving: boolean): void {
    this.#isLeaving = isLeaving
    this.show(this.chat.view)
    this.focus()
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    if (this.#isLeaving) this.#askToLeave(false)
    else if (this.#isAskingForCall) this.#askForCall(false)
    else this.close()
  }

  #button(sign: Parameters<typeof icon>[0], label: string, onclick: () => void): HTMLElement {
    return el('button', { type: 'button', class: 'icon', 'aria-label': label, title: label, onclick }, icon(sign))
  }
}
