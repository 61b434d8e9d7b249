/** Short notices in a corner about what just failed or succeeded. Errors stay until they are dismissed. */
export type Toast = { id: number; tone: 'ok' | 'warn' | 'bad'; text: string }

const LASTS_MS = 6000

class Toasts {
  shown = $state<Toast[]>([])
  #next = 1

  say(tone: Toast['tone'], text: string): void {
    if (this.shown.some((toast) => toast.text === text)) return
    const toast = { id: this.#next++, tone, text }
    this.shown.push(toast)
    if (tone !== 'bad') setTimeout(() => this.dismiss(toast.id), LASTS_MS)
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id)
  }
}

export const toasts = new Toasts()
