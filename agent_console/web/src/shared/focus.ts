/**
 * Where the focus goes once the hub has answered.
 *
 * The rule of this file: an answer takes the keys of nobody who writes elsewhere by then.
 */

/** Call it when the person acts. What it gives moves the focus later on: but not if they have moved it meanwhile, and
 * what had it is still there. */
export function noteFocus(): (to: HTMLElement | null | undefined) => void {
  const at = document.activeElement
  return (to) => {
    if (document.activeElement === at) to?.focus()
    else focusIfLost(to)
  }
}

/** Moves the focus if what had it is gone. */
export function focusIfLost(to: HTMLElement | null | undefined): void {
  const now = document.activeElement
  if (now === null || now === document.body) to?.focus()
}
