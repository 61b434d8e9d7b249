/**
 * A value of a customer as JSON, as a person reads it, and as they type it.
 *
 * The rule of this file: what cannot be read as its type is sent as it was typed, so that the hub says what is wrong.
 */
import type { CustomerPage } from '../generated/wire'
import { sayValue, type YesNo } from '../shared/attribute-values'
import { channelName } from '../shared/channels.svelte'
import { languageName, listed } from '../shared/format'
import { nameIn } from '../shared/i18n/language.svelte'
import type { Value } from './customer.svelte'

type Field = CustomerPage['fields'][number]
/** What is needed beside the field to say its value. */
export type About = Pick<CustomerPage, 'currency' | 'staff'>
export type Option = { readonly code: string; readonly word: string }
export type Tongue = {
  readonly language: string
  readonly words: YesNo
  readonly stages: Readonly<Record<string, string>>
}

/** Empty: not known. */
export function sayField(field: Field, about: About, value: Value, { language, words, stages }: Tongue): string {
  const { attribute } = field
  if (value === null || value === '') return ''
  const text = String(value)
  switch (attribute.name) {
    case 'owner':
      return nameIn(about.staff.find(({ code }) => code === text)?.names, text)
    case 'language':
      return languageName(text, language)
    case 'stage':
      return stages[text] ?? text
    case 'since_year':
      return text
    case 'prefers': // channels by their names; any other word as it is
      return listed((Array.isArray(value) ? value : [text]).map(String).map(channelName), language)
    default:
      return sayValue(attribute, Array.isArray(value) ? value : [text], about.currency, language, words)
  }
}

/** What can be chosen; none: it is typed. */
export function optionsOf({ attribute }: Field, about: About, { words, stages }: Tongue): readonly Option[] {
  if (attribute.name === 'owner') return about.staff.map(({ code, names }) => ({ code, word: nameIn(names, code) }))
  if (attribute.name === 'stage') return Object.entries(stages).map(([code, word]) => ({ code, word }))
  if (attribute.type === 'choice') {
    return attribute.choices.map(({ code, names }) => ({ code, word: nameIn(names, code) }))
  }
  if (attribute.type !== 'yes_no') return []
  return [
    { code: 'true', word: words.true },
    { code: 'false', word: words.false },
  ]
}

export function typed(value: Value): string {
  if (value === null) return ''
  if (!Array.isArray(value)) return String(value)
  return value.join(value.some((one) => /[,，、]/.test(one)) ? '; ' : ', ')
}

const THOUSANDS = /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/ // 1,250.50
const POINTED_THOUSANDS = /^[-+]?\d{1,3}(\.\d{3})+,\d+$/ // 1.250,50

/** A number as people write it; NaN if it is none. `1,250` is a thousand: nobody is given a thousandth of what was
 * meant. */
export function readNumber(text: string): number {
  const plain = text.normalize('NFKC').replace(/[\s\u00a0\u202f']/g, '')
  if (THOUSANDS.test(plain)) return Number(plain.replaceAll(',', ''))
  if (POINTED_THOUSANDS.test(plain)) return Number(plain.replaceAll('.', '').replace(',', '.'))
  return /^[-+]?\d+([.,]\d+)?$/.test(plain) ? Number(plain.replace(',', '.')) : NaN
}

export function read(type: Field['attribute']['type'], text: string): Value {
  const trimmed = text.trim()
  if (trimmed === '') return null
  switch (type) {
    case 'number':
    case 'money': {
      const number = readNumber(trimmed)
      return Number.isFinite(number) ? number : trimmed
    }
    case 'yes_no':
      return trimmed === 'true'
    case 'list':
      return trimmed
        .split(/[;；\n]/.test(trimmed) ? /[;；\n]/ : /[,，、]/)
        .map((one) => one.trim())
        .filter((one) => one !== '')
    default:
      return trimmed
  }
}

export function isSame(one: Value, other: Value): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** A value as the desk's card has it, in plain texts, as JSON. */
export function fromTexts(type: Field['attribute']['type'], texts: readonly string[]): Value {
  return type === 'list' ? [...texts] : read(type, texts[0] ?? '')
}
