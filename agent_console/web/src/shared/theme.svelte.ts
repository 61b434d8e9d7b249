/** The theme: light, dark, or as the system says. The choice is kept in this browser. */
import { browserStorage } from './storage'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'hub.theme'

class ThemeSwitch {
  #current = $state<Theme>('system')

  constructor() {
    const kept = browserStorage.getItem(KEY)
    if (kept === 'light' || kept === 'dark') this.#current = kept
    this.#show()
  }

  get current(): Theme {
    return this.#current
  }

  set(theme: Theme): void {
    this.#current = theme
    browserStorage.setItem(KEY, theme)
    this.#show()
  }

  #show(): void {
    if (typeof document === 'undefined') return
    if (this.#current === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = this.#current
  }
}

export const theme = new ThemeSwitch()
