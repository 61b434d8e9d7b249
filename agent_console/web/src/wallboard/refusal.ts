/** Puts a refusal of the hub into words for the supervisor. An unknown code is shown as it is. */
import type { CommandAnswer } from '../generated/wire'
import { en } from './words/en'
import { t } from './words'

export function sayRefusal({ code }: CommandAnswer): string {
  const key = `refused.${code}`
  return key in en ? t(key as keyof typeof en) : t('refused.other', { code })
}
