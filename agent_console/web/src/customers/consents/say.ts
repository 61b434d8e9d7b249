/** Consents in words of the screen's language. */
import type { ConsentsView } from '../../generated/wire'
import { tongue } from '../../shared/format'
import { language } from '../../shared/i18n/language.svelte'
import { t } from './words'

type Consent = ConsentsView['addresses'][number]['consents'][number]
type Entry = NonNullable<Consent['history']>[number]

export const sayDay = (at: number): string =>
  new Intl.DateTimeFormat(tongue(language.current), { dateStyle: 'medium' }).format(at)

/** What silence means is said too: the purpose may be allowed without a word. */
export const sayState = ({ state, is_allowed }: Consent): string =>
  t(state === 'silent' && is_allowed ? 'state.silent.allowed' : `state.${state}`)

export function sayEntry({ source, by, text_version, language: spoken }: Entry): string {
  const parts = [t(`source.${source}`, { by: by ?? '' })]
  if (text_version) parts.push(t('text.version', { version: text_version, language: spoken ?? '' }))
  return parts.join(' · ')
}
