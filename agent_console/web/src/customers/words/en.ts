/** The texts of the customers' pages in English. Each part of the page has its own file, with both languages. */
import { profileWords } from './profile'

export const en = { ...profileWords.en }
