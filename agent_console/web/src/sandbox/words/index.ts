import { catalogue, type Translate } from '../../shared/i18n/language.svelte'
import { fill } from '../../shared/i18n/translate'
import { en } from './en'
import { zhCN } from './zh-CN'

export const t = catalogue({ en, 'zh-CN': zhCN })

/** Texts in the customer's own language, for what their devices show. The page's own language does not matter. */
export function wordsOf(language: string): Translate<keyof typeof en> {
  const words = language.toLowerCase().startsWith('zh') ? zhCN : en
  return (key, values = {}) => fill(words[key], values, language)
}
