/** How late memberships follow what changes them, in words. */
import { tongue } from '../shared/format'
import { language } from '../shared/i18n/language.svelte'
import { t } from './words'

const SECOND = 1000
const MINUTE = 60 * SECOND
const MANY = 100 // fewer are asked before the sentence is read
const MOST = 10_000 // the hub counts no further than one more

/** `delay`: milliseconds; null: nobody changed one by one. `waiting`: how many others are still to be asked. */
export function sayDelay({ delay_ms: delay, waiting }: { delay_ms: number | null; waiting: number }): string {
  const said = delay === null ? t('delay.none') : t('delay', { time: sayTime(delay) })
  if (waiting < MANY) return said
  return `${said}${language.current === 'en' ? ' ' : ''}${t('delay.waiting', { number: sayWaiting(waiting) })}`
}

function sayWaiting(waiting: number): string {
  const number = new Intl.NumberFormat(tongue(language.current)).format(Math.min(waiting, MOST))
  return waiting > MOST ? t('delay.more', { number }) : number
}

function sayTime(delay: number): string {
  const [value, unit] =
    delay < SECOND
      ? [delay, 'millisecond']
      : delay < 2 * MINUTE
        ? [delay / SECOND, 'second']
        : [delay / MINUTE, 'minute']
  const unitDisplay = language.current === 'en' ? 'long' : 'short'
  const options = { style: 'unit', unit, unitDisplay, maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(tongue(language.current), options).format(value)
}
