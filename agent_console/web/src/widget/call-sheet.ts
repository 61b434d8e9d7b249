/**
 * The sheet on which a customer asks to be called: a day, a time, a number and a topic; and what is agreed already.
 *
 * The rule of this file: the hub decides. Times are shown by the clock of this browser, with the name of its zone. A wish
 * keeps its id until the hub has answered it, so a lost answer makes no second call.
 */
import { clockTime } from '../shared/format'
import type { Chat } from './chat'
import { el } from './dom'
import type { en } from './words/en'
import type { Words } from './words'

type AskedCall = { id: string; at: number; number: string; topic: string }
type Times = { times: number[]; calls: AskedCall[] }
type Outcome = { call: AskedCall | null; refused: string }
type Refused = { code: string }
type Key = keyof typeof en

const AGAIN_MS = 700
const TRIES = 30
const REASONS: Record<string, Key> = {
  no_such_time: 'call.refused.time',
  outside_hours: 'call.refused.time',
  quiet_hours: 'call.refused.quiet',
  calls_nobody: 'call.none',
  too_many_appointments: 'call.refused.many',
  too_many_calls: 'call.refused.often',
  no_number: 'call.refused.number',
  emergency_number: 'call.refused.number',
  costly_number: 'call.refused.number',
  own_number: 'call.refused.number',
  region_not_allowed: 'call.refused.region',
  customer_said_stop: 'call.refused.stop',
  left_alone: 'call.refused.stop',
}

export type CallSheetParts = {
  chat: Chat
  words: Words
  language: string
  newId: () => string
  later: (milliseconds: number, what: () => void) => void
  back: () => void
}

export class CallSheet {
  readonly element: HTMLElement
  #calls = el('ul', { class: 'calls' })
  #status = el('p', { class: 'say', role: 'status' })
  #form = el('form', { class: 'ask-call', hidden: true, onsubmit: (event: SubmitEvent) => this.#submit(event) })
  #day = el('select', { required: true, 'data-first': true, onchange: () => this.#showTimes() })
  #time = el('select', { required: true })
  #number = el('input', {
    type: 'tel',
    required: true,
    maxlength: 40,
    autocomplete: 'tel',
    placeholder: '+46 70 123 45 67',
  })
  #topic = el('input', { maxlength: 200, autocomplete: 'off' })
  #button: HTMLButtonElement
  #times: number[] = []
  #gone = new Set<string>()
  #wish = ''

  constructor(private readonly parts: CallSheetParts) {
    const { words } = parts
    const labelled = (label: string, field: HTMLElement) => el('label', {}, el('span', {}, label), field)
    this.#button = el('button', { type: 'submit', class: 'primary wide' }, words('call.ask'))
    this.#form.append(
      el('div', { class: 'pair' }, labelled(words('call.day'), this.#day), labelled(words('call.time'), this.#time)),
      el('p', { class: 'zone' }, words('call.zone', { zone: zone() })),
      labelled(words('call.number'), this.#number),
      labelled(words('call.topic'), this.#topic),
      this.#button,
    )
    this.element = el(
      'div',
      { class: 'start call-sheet' },
      el('h3', {}, words('call.title')),
      this.#calls,
      this.#status,
      this.#form,
      el('button', { type: 'button', class: 'plain wide', onclick: parts.back }, words('call.back')),
    )
    this.#say(words('call.looking'))
    const looked = this.#look('')
    void Promise.resolve().then(async () => {
      const begin = this.#noteFocus() // the sheet is on the page by now, where the press that opened it has the focus
      await looked
      begin()
    })
  }

  /** What it gives moves the focus to the first field, unless the customer has moved it meanwhile. */
  #noteFocus(): () => void {
    const root = this.element.getRootNode()
    const find = () => (root instanceof ShadowRoot ? root.activeElement : null)
    const at = find()
    return () => {
      const now = find()
      if (now === null || now === at) this.#day.focus()
    }
  }

  /** Reads the times and the calls. `then` is said when they are there. */
  async #look(then: string): Promise<void> {
    const { words } = this.parts
    const found = await this.#ask<Times>('call_times', {})
    if ('code' in found) {
      this.#say(words('call.failed'))
      return
    }
    this.#times = found.times
    const calls = found.calls.filter((call) => !this.#gone.has(call.id)) // it may be decided elsewhere in a moment
    this.#calls.replaceChildren(...calls.map((call) => this.#row(call)))
    this.#day.replaceChildren(...this.#days().map(([day, at]) => el('option', { value: day }, this.#write(at, DAY))))
    this.#showTimes()
    this.#form.hidden = found.times.length === 0
    this.#say(found.times.length === 0 ? words('call.none') : then)
  }

  #row(call: AskedCall): HTMLElement {
    const { words } = this.parts
    const when = this.#when(call.at)
    const cancel = async () => {
      const begin = this.#noteFocus()
      const answer = await this.#ask<{ ok: true }>('cancel_call', { id: call.id })
      if ('code' in answer) return this.#say(words('call.failed'))
      this.#gone.add(call.id)
      await this.#look(words('call.cancelled'))
      begin()
    }
    const about = call.topic ? `${call.number} · ${call.topic}` : call.number
    return el(
      'li',
      { 'data-call': call.id },
      el('div', {}, el('strong', {}, when), el('span', {}, about)),
      el(
        'button',
        { type: 'button', class: 'plain', 'aria-label': words('call.cancel.of', { when }), onclick: cancel },
        words('call.cancel'),
      ),
    )
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const { words, newId } = this.parts
    this.#button.disabled = true
    this.#say(words('call.asking'))
    this.#wish ||= newId()
    const wish = {
      id: this.#wish,
      at: Number(this.#time.value),
      number: this.#number.value.trim(),
      topic: this.#topic.value.trim(),
      time_zone: zone(),
    }
    const outcome = await this.#decide(wish)
    this.#button.disabled = false
    if (outcome === null) {
      this.#say(words('call.failed')) // the wish keeps its id, so pressing again makes no second one
      return
    }
    this.#wish = ''
    if ('code' in outcome) this.#say(words(REASONS[outcome.code] ?? 'call.failed'))
    else if (outcome.call) await this.#look(words('call.agreed', { when: this.#when(outcome.call.at) }))
    else this.#say(words(REASONS[outcome.refused] ?? 'call.refused.time'))
  }

  /** Asks until the hub has decided. Null if it has not within some time. */
  async #decide(wish: object): Promise<Outcome | Refused | null> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const outcome = await this.#ask<Outcome>('ask_call', wish)
      if ('code' in outcome || outcome.call || outcome.refused) return outcome
      await new Promise<void>((done) => this.parts.later(AGAIN_MS, done))
    }
    return null
  }

  async #ask<Given extends object>(event: string, data: object): Promise<Given | Refused> {
    try {
      return (await this.parts.chat.ask(event, data)) as Given | Refused
    } catch {
      return { code: 'unavailable' }
    }
  }

  #showTimes(): void {
    const ofDay = this.#times.filter((at) => dayOf(at) === this.#day.value)
    this.#time.replaceChildren(...ofDay.map((at) => el('option', { value: at }, clockTime(at, this.parts.language))))
  }

  /** The first time of each day, by its date. */
  #days(): [string, number][] {
    const days = new Map<string, number>()
    for (const at of this.#times) if (!days.has(dayOf(at))) days.set(dayOf(at), at)
    return [...days]
  }

  #when(at: number): string {
    const { words, language } = this.parts
    return words('call.when', { day: this.#write(at, DAY), time: clockTime(at, language) })
  }

  #write(at: number, format: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(this.parts.language, format).format(at)
  }

  #say(text: string): void {
    this.#status.textContent = text
  }
}

const DAY: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long' }

function zone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}

function dayOf(at: number): string {
  const day = new Date(at)
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`
}
