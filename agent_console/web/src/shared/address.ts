/**
 * A customer's name or address, in words that a person can read.
 *
 * The rule of this file: a customer without an address has a placeholder in its place ("anonymous:" and the call's
 * id, or "unknown:" and the message's id). The placeholder is put into words and never shown.
 */
import { t } from './i18n/language.svelte'

export function sayAddress(address: string): string {
  if (address.startsWith('anonymous:')) return t('address.withheld')
  if (address.startsWith('unknown:')) return t('address.unknown')
  return address
}

/** Nobody can be reached at it, and it is another one each time. */
export const isPlaceholder = (address: string): boolean => /^(anonymous|unknown):/.test(address)

export const nameOf = ({ customer, address }: { customer: { name: string }; address: string }): string =>
  customer.name || sayAddress(address)
