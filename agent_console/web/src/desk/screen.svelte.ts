/**
 * The state of the desk's screen: the open dialog, the pane that a small screen shows, and the place of the focus.
 *
 * The rule of this file: only an action of the agent moves the focus. An event of the hub must never call `go`.
 */
import { flushSync } from 'svelte'

export type FocusPlace = 'offer' | 'reply' | 'script' | 'owed' | 'wrap-up' | 'in-hand'
export type Pane = 'left' | 'middle' | 'right'

const PANE_OF: Record<FocusPlace, Pane> = {
  offer: 'left',
  'in-hand': 'left',
  reply: 'middle',
  owed: 'middle',
  'wrap-up': 'middle',
  script: 'right',
}

export class Screen {
  dialog = $state<'none' | 'palette' | 'help' | 'scripts' | 'transfer' | 'end' | 'phone' | 'phone-check' | 'call' | 'agreed'>(
    'none',
  )
  callTo = $state('') // the number in the dialog that calls somebody
  pane = $state<Pane>('left') // what a small screen shows
  reading = $state('') // the id of the consult whose conversation is read in the middle
  isKeypadOpen = $state(false) // the keys of the call's telephone
  isSideOpen = $state(false) // the right column, on screens where it is a drawer

  /** Shows a place and moves the focus to its element (`data-place`). If several have that place, repeated calls go
   * through them. */
  go(place: FocusPlace): void {
    this.pane = PANE_OF[place]
    if (this.pane === 'right') this.isSideOpen = true
    flushSync() // the place must be on the page before the next key is pressed
    const found = [...document.querySelectorAll<HTMLElement>(`[data-place="${place}"]`)]
    const at = found.findIndex((element) => element === document.activeElement)
    found[(at + 1) % found.length]?.focus()
  }

  /** Opens the dialog that calls somebody. The number is one from the screen or one that was typed. */
  callOut(number = ''): void {
    this.callTo = number
    this.dialog = 'call'
  }

  toggleSide(): void {
    this.isSideOpen = !this.isSideOpen
    this.pane = this.isSideOpen ? 'right' : 'middle'
  }
}
