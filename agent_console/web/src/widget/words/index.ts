/**
 * The widget's texts in the language that its element names.
 *
 * The rule of this file: it changes nothing on the host page, whose own language stays as it is.
 */
import { fill, type Values } from '../../shared/i18n/translate'
import { en } from './en'
import { zhCN } from './zh-CN'

export type Words = (key: keyof typeof en, values?: Values) => string

export function wordsIn(language: string): Words {
  const isChinese = language.toLowerCase().startsWith('zh')
  const words = isChinese ? zhCN : en
  return (key, values = {}) => fill(words[key], values, isChinese ? 'zh-CN' : 'en')
}
