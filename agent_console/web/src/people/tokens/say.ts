/**
 * How the list of tokens says instants, and what a token has come to.
 *
 * The rule of this file: instants are in hub time, and are shown as people's clocks had them.
 */
import type { TokenView } from '../../generated/wire'
import { tongue } from '../../shared/format'
import { language } from '../../shared/i18n/language.svelte'
import { wall } from '../../shared/wall'

export const sayDay = (at: number) =>
  new Intl.DateTimeFormat(tongue(language.current), { dateStyle: 'medium' }).format(at + wall.ahead())

export const sayMoment = (at: number) =>
  new Intl.DateTimeFormat(tongue(language.current), { dateStyle: 'medium', timeStyle: 'short' }).format(
    at + wall.ahead(),
  )

export function stateOf(token: TokenView, now: number): 'valid' | 'over' | 'revoked' {
  if (token.revoked_at !== null) return 'revoked'
  return now < token.expires_at ? 'valid' : 'over'
}
