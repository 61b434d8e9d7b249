import { catalogue } from '../../i18n/language.svelte'
import { en } from './en'
import { zhCN } from './zh-CN'

export const t = catalogue({ en, 'zh-CN': zhCN })
