/** Numbers and months in the language of the screen. */
import { tongue } from '../shared/format'
import { language } from '../shared/i18n/language.svelte'

export const number = (value: number) => new Intl.NumberFormat(tongue(language.current)).format(value)

export const share = (part: number, whole: number) =>
  new Intl.NumberFormat(tongue(language.current), { style: 'percent', maximumFractionDigits: 1 }).format(
    whole === 0 ? 0 : part / whole,
  )

/** A month such as 2026-11, in full or in its shortest form. */
export function month(code: string, isShort = false): string {
  const form = isShort ? ({ month: 'short' } as const) : ({ month: 'long', year: 'numeric' } as const)
  return new Intl.DateTimeFormat(tongue(language.current), { ...form, timeZone: 'UTC' }).format(
    new Date(`${code}-01T00:00:00Z`),
  )
}
