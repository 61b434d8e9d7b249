/**
 * The language of the screen, and the function that makes a room's `t` from its catalogue.
 *
 * The rule of this file: every text on a screen comes from a catalogue or is a name from the hub. A room has its
 * catalogue in `words/{en,zh-CN}.ts`; `catalogue` joins it with the shared texts and returns the room's typed `t`.
 */
import { browserStorage } from '../storage'
import { en as sharedEnglish } from './en'
import { fill, type Values } from './translate'
import { zhCN as sharedChinese } from './zh-CN'

export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' } as const
export type Language = keyof typeof LANGUAGES

const KEY = 'hub.language'

export function matchLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith('zh')) return 'zh-CN'
    if (tag.toLowerCase().startsWith('en')) return 'en'
  }
  return 'en'
}

class LanguageSwitch {
  #current = $state<Language>('en')
  #isChosen = false

  constructor() {
    const kept = browserStorage.getItem(KEY)
    this.#isChosen = kept !== null && kept in LANGUAGES
    this.#current = this.#isChosen ? (kept as Language) : matchLanguage(globalThis.navigator?.languages ?? [])
    this.#show()
  }

  get current(): Language {
    return this.#current
  }

  set(language: Language): void {
    this.#isChosen = true
    this.#current = language
    browserStorage.setItem(KEY, language)
    this.#show()
  }

  /** Takes the language of the staff member's record, unless a language was chosen in this browser. */
  suggest(tag: string): void {
    if (this.#isChosen || !tag) return
    this.#current = matchLanguage([tag])
    this.#show()
  }

  #show(): void {
    if (typeof document !== 'undefined') document.documentElement.lang = this.#current
  }
}

export const language = new LanguageSwitch()

const SHARED = { en: sharedEnglish, 'zh-CN': sharedChinese }
type SharedKey = keyof typeof sharedEnglish

export type Translate<Key extends string> = (key: Key, values?: Values) => string

export function catalogue<Key extends string>(words: {
  en: Record<Key, string>
  'zh-CN': Record<Key, string>
}): Translate<Key | SharedKey> {
  return (key, values = {}) => {
    const tongue = language.current
    const own: Partial<Record<string, string>> = words[tongue]
    const shared: Partial<Record<string, string>> = SHARED[tongue]
    return fill(own[key] ?? shared[key] ?? key, values, tongue)
  }
}

/** The shared texts alone, for shared components. */
export const t: Translate<SharedKey> = catalogue({ en: {}, 'zh-CN': {} })

/** Picks from a name in several languages: the screen's language, else the nearest, else any. */
export function nameIn(names: Record<string, string> | undefined, otherwise = ''): string {
  if (!names) return otherwise
  const base = language.current.split('-')[0] ?? ''
  return names[language.current] ?? names[base] ?? names.en ?? Object.values(names)[0] ?? otherwise
}
