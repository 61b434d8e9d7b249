/**
 * Which dialog is open, which pane shows on a small screen, and where the focus goes.
 *
 * The rule of this file: the focus moves only because the agent asked for it; no event of the hub may call `go`.
 */
import { flushSync } from 'svelte'

export type Place = 'offer' | 'reply' | 'script' | 'owed' | 'wrap-up' | 'in-hand'
export type Pane = 'left' | 'middle' | 'right'

const PANE_OF: Record<Place, Pane> = {
  offer: 'left',
  'in-hand': 'left',
  reply: 'middle',
  owed: 'middle',
  'wrap-up': 'middle',
  script: 'right',
}

export class Screen {
  dialog = $state<'none' | 'palette' | 'help' | 'scripts' | 'transfer' | 'end' | 'phone'>('none')
  pane = $state<Pane>('left') // what a small screen shows
  isSideOpen = $state(false) // the right column, where it is a drawer

  /** Shows a place and puts the focus there: on the element with `data-place`, the next one if it has it already. */
  go(place: Place): void {
    this.pane = PANE_OF[place]
    if (this.pane === 'right') this.isSideOpen = true
    flushSync() // what was just asked for is on the page before the next key is pressed
    const found = [...document.querySelectorAll<HTMLElement>(`[data-place="${place}"]`)]
    const at = found.findIndex((element) => element === document.activeElement)
    found[(at + 1) % found.length]?.focus()
  }

  toggleSide(): void {
    this.isSideOpen = !this.isSideOpen
    this.pane = this.isSideOpen ? 'right' : 'middle'
  }
}
