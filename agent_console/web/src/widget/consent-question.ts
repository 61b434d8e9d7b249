/**
 * What the hub asks the visitor to agree to, above the field to write in, one question at a time.
 *
 * The rule of this file: it asks once the chat has begun, and never again after an answer or after "not now". A page on
 * which nobody answers has agreed to nothing.
 */
import type { Chat, ChatView } from './chat'
import { el } from './dom'
import type { Words } from './words'

type Question = { purpose: string; version: number; language: string; text: string }

export class ConsentQuestion {
  readonly element = el('div', { class: 'consent', role: 'group', hidden: true })
  #questions: Question[] = []
  #hasAsked = false

  constructor(
    private readonly chat: Chat,
    private readonly words: Words,
    private readonly newId: () => string,
  ) {}

  show(view: ChatView): void {
    const hasBegun = view.phase === 'waiting' || view.phase === 'active'
    if (!hasBegun || !view.isOnline || this.#hasAsked) return
    this.#hasAsked = true
    this.chat.ask('consents', {}).then(
      (answer) => this.#take((answer as { questions?: Question[] }).questions ?? []),
      () => (this.#hasAsked = false),
    )
  }

  #take(questions: Question[]): void {
    this.#questions = questions
    this.#draw()
  }

  #draw(): void {
    const question = this.#questions[0]
    this.element.hidden = question === undefined
    if (question === undefined) return this.element.replaceChildren()
    const say = (isGiven: boolean) => this.#answer(question, isGiven)
    const { words } = this
    this.element.setAttribute('aria-label', words('consent.title'))
    this.element.replaceChildren(
      el('p', { lang: question.language }, question.text),
      el('button', { type: 'button', class: 'plain', onclick: () => say(true) }, words('consent.yes')),
      el('button', { type: 'button', class: 'plain', onclick: () => say(false) }, words('consent.no')),
      el('button', { type: 'button', class: 'plain', onclick: () => this.#next() }, words('consent.later')),
    )
  }

  #answer(question: Question, isGiven: boolean): void {
    const { purpose, version, language } = question
    const answer = { id: this.newId(), purpose, version, language, is_given: isGiven }
    this.chat.ask('answer_consent', answer).catch(() => undefined) // asked again with the next chat
    this.#next()
  }

  #next(): void {
    this.#questions.shift()
    this.#draw()
  }
}
