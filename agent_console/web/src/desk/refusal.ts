/** Puts a refusal of the hub into words for the agent. An unknown code is shown as it is. */
import type { CommandAnswer } from '../generated/wire'
import { en } from './words/en'
import { t } from './words'

export function sayRefusal({ code, field }: CommandAnswer): string {
  const key = `refused.${code}`
  return key in en ? t(key as keyof typeof en, { field }) : t('refused.other', { code })
}

/** The text of a refusal that keeps a script on its step. It is shown beside the field or the statement. */
export function sayScriptRefusal(answer: CommandAnswer): string {
  const key = `script.refused.${answer.code}`
  return key in en ? t(key as keyof typeof en) : sayRefusal(answer)
}
