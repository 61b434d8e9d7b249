/**
 * Formats numbers, durations and days for people.
 *
 * The rule of this file: the language is an argument, and texts come with `t`. Instants are in hub time, and are
 * shown as people's clocks had them (`wall.ahead`).
 */
import { wall } from './wall'
import type { Translate } from './i18n/language.svelte'

/** A running time as `m:ss`, from an hour on as `h:mm:ss`. A negative time is shown as 0:00. */
export function counter(milliseconds: number): string {
  const all = Math.max(0, Math.floor(milliseconds / 1000))
  const seconds = String(all % 60).padStart(2, '0')
  const minutes = Math.floor(all / 60) % 60
  const hours = Math.floor(all / 3600)
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`
}

/** Always `h:mm:ss`, for times as long as a working day. */
export function longCounter(milliseconds: number): string {
  return milliseconds < 3_600_000 ? `0:${counter(milliseconds).padStart(5, '0')}` : counter(milliseconds)
}

/** Joins the things with the separator of the language. Leaves out empty ones. */
export function listed(things: readonly string[], language: string): string {
  return things.filter((thing) => thing !== '').join(language.startsWith('zh') ? '、' : ', ')
}

type TimeWords = Translate<'time.seconds' | 'time.minutes' | 'time.hours' | 'time.hours_minutes'>

/** A fixed duration in rounded units: `45 s`, `10 min`, `2 h 10`. */
export function spell(seconds: number, t: TimeWords): string {
  const all = Math.max(0, Math.round(seconds))
  if (all < 60) return t('time.seconds', { count: all })
  if (all < 3600) return t('time.minutes', { count: Math.round(all / 60) })
  const minutes = Math.round(all / 60)
  const rest = minutes % 60
  const hours = Math.floor(minutes / 60)
  return rest === 0 ? t('time.hours', { count: hours }) : t('time.hours_minutes', { hours, minutes: rest })
}

/** A time of day: `14:03`, or to the second `14:03:27`. */
export function clockTime(at: number, language: string, isExact = false): string {
  const second = isExact ? ({ second: '2-digit' } as const) : {}
  return new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    ...second,
    hourCycle: 'h23',
  }).format(at + wall.ahead())
}

/** The local day of an instant, equal for all instants of that day. */
export function dayKey(at: number): string {
  const day = new Date(at + wall.ahead())
  return `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`
}

/** `Today`, `Yesterday` or `12 November`; with the year if it is not this year. */
export function dayName(
  at: number,
  now: number,
  language: string,
  t: Translate<'time.today' | 'time.yesterday'>,
): string {
  if (dayKey(at) === dayKey(now)) return t('time.today')
  const yesterday = new Date(now + wall.ahead())
  yesterday.setDate(yesterday.getDate() - 1)
  if (dayKey(at) === dayKey(yesterday.getTime() - wall.ahead())) return t('time.yesterday')
  const isThisYear = new Date(at + wall.ahead()).getFullYear() === new Date(now + wall.ahead()).getFullYear()
  return new Intl.DateTimeFormat(tongue(language), {
    day: 'numeric',
    month: 'long',
    ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(at + wall.ahead())
}

/** A day like 2026-12-24, in words. */
export function wholeDay(day: string, language: string): string {
  const format = new Intl.DateTimeFormat(tongue(language), { dateStyle: 'medium', timeZone: 'UTC' })
  return format.format(new Date(`${day}T00:00:00Z`))
}

export function wholeDate(at: number, language: string): string {
  return new Intl.DateTimeFormat(tongue(language), { dateStyle: 'full', timeStyle: 'medium' }).format(
    at + wall.ahead(),
  )
}

/** A rounded amount to compare at a glance: `84k`, `9.1k`. */
export function shortAmount(amount: number): string {
  const size = Math.abs(amount)
  if (size < 1000) return String(Math.round(amount))
  const [unit, letter] = size < 1e6 ? [1e3, 'k'] : [1e6, 'm']
  const scaled = amount / unit
  return `${Math.abs(scaled) < 10 ? Number(scaled.toFixed(1)) : Math.round(scaled)}${letter}`
}

export function amount(value: number, currency: string, language: string): string {
  if (!currency) return new Intl.NumberFormat(tongue(language)).format(value)
  return new Intl.NumberFormat(tongue(language), { style: 'currency', currency, maximumFractionDigits: 0 }).format(
    value,
  )
}

/** A share of 0..1 as `92 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** The name of a language in the screen's language, without its region. The tag itself if it has no name. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames(tongue(language), { type: 'language' }).of(tag.split('-')[0] ?? tag) ?? tag
  } catch {
    return tag // not a language tag: a customer's profile may hold anything
  }
}

/** English dates are British, with the day first, as in the rest of the product. */
export function tongue(language: string): string {
  return language === 'en' ? 'en-GB' : language
}
