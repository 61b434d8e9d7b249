import { catalogue } from '../../shared/i18n/language.svelte'
import { en } from './en'
import { zhCN } from './zh-CN'

export const t = catalogue({ en, 'zh-CN': zhCN })
