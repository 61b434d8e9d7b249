/**
 * Who it is, in words a person reads.
 *
 * The rule of this file: where the hub has no address of a customer it gives them one that is nobody's ("anonymous:" and
 * the call, "unknown:" and the message): that is said, and never shown.
 */
import { t } from './i18n/language.svelte'

export function sayAddress(address: string): string {
  if (address.startsWith('anonymous:')) return t('address.withheld')
  if (address.startsWith('unknown:')) return t('address.unknown')
  return address
}

export const nameOf = ({ customer, address }: { customer: { name: string }; address: string }): string =>
  customer.name || sayAddress(address)
