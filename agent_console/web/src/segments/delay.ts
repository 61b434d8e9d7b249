/** How late memberships follow what changes them, in words. */
import { tongue } from '../shared/format'
import { language } from '../shared/i18n/language.svelte'
import { t } from './words'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** `delay`: milliseconds; null: nothing changed. */
export function sayDelay(delay: number | null): string {
  if (delay === null) return t('delay.none')
  const [value, unit] =
    delay < SECOND
      ? [delay, 'millisecond']
      : delay < 2 * MINUTE
        ? [delay / SECOND, 'second']
        : [delay / MINUTE, 'minute']
  const options = { style: 'unit', unit, maximumFractionDigits: 1 } as const
  return t('delay', { time: new Intl.NumberFormat(tongue(language.current), options).format(value) })
}
