/** How the pages of imports say instants and values. */
import { clock } from '../shared/clock.svelte'
import { tongue } from '../shared/format'
import { language } from '../shared/i18n/language.svelte'
import { t } from './words'

/** An instant of hub time, as the clocks of people say it. */
export const sayWhen = (millis: number) =>
  new Intl.DateTimeFormat(tongue(language.current), { dateStyle: 'medium', timeStyle: 'short' }).format(
    millis + clock.ahead,
  )

/** A value of a customer as one short text; an em dash for one that is not there. */
export function sayValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
  if (Array.isArray(value)) return value.map(sayValue).join(', ')
  return String(value)
}

/** How a file was read, as the hub says it: CSV, UTF-8, separated by ; */
export function sayForm(form: string): string {
  const [kind, by] = form.split(', separated by ')
  return by === undefined ? form : kind + t('form.separated', { by: by === 'tabs' ? t('form.tabs') : by })
}
