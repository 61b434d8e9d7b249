import type { en } from './en'
import { profileWords } from './profile'

export const zhCN: Record<keyof typeof en, string> = { ...profileWords.zhCN }
