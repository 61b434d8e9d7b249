/**
 * The value of a customer's attribute, as a person reads it.
 *
 * The rule of this file: the server sends plain texts (`12.5`, `2026-11-29`, `true`, a choice's code) and the type; the
 * language of the screen makes words of them. A text that is not of its type is shown as it is.
 */
import type { AttributeView } from '../generated/wire'
import { amount, listed, tongue, wholeDay } from './format'
import { nameIn } from './i18n/language.svelte'

export type YesNo = { readonly true: string; readonly false: string }

export function sayValue(
  attribute: AttributeView,
  texts: readonly string[],
  currency: string,
  language: string,
  words: YesNo,
): string {
  return listed(
    texts.map((text) => sayText(attribute, text, currency, language, words)),
    language,
  )
}

function sayText(attribute: AttributeView, text: string, currency: string, language: string, words: YesNo): string {
  switch (attribute.type) {
    case 'money':
      return amount(Number(text), currency, language)
    case 'number':
      return [new Intl.NumberFormat(tongue(language)).format(Number(text)), attribute.unit].filter(Boolean).join(' ')
    case 'date':
      return wholeDay(text, language)
    case 'yes_no':
      return text === 'true' ? words.true : words.false
    case 'choice': {
      const choice = attribute.choices?.find(({ code }) => code === text)
      return choice ? nameIn(choice.names, text) : text
    }
    default:
      return text
  }
}
