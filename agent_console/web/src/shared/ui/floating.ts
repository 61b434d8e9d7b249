/**
 * Shows a tooltip over everything, so that no column that scrolls cuts it off.
 *
 * The rule of this file: the tooltip stands below its anchor, or above it where there is more room, and moves with it.
 */

const GAP = 2 // pixels

/** Begins at once. Returns the function that hides it again. */
export function float(tooltip: HTMLElement, anchor: Element): () => void {
  const place = () => {
    const at = anchor.getBoundingClientRect()
    const own = tooltip.getBoundingClientRect()
    const isAbove = at.bottom + GAP + own.height > innerHeight && at.top > innerHeight - at.bottom
    tooltip.style.top = `${isAbove ? at.top - GAP - own.height : at.bottom + GAP}px`
    tooltip.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - own.width - GAP))}px`
  }
  const watch = new ResizeObserver(place)
  tooltip.popover = 'manual'
  tooltip.showPopover()
  place()
  watch.observe(tooltip)
  addEventListener('scroll', place, { capture: true, passive: true })
  addEventListener('resize', place)
  return () => {
    watch.disconnect()
    removeEventListener('scroll', place, { capture: true })
    removeEventListener('resize', place)
    if (tooltip.isConnected) tooltip.hidePopover()
  }
}

/** An attachment: shows the tooltip while the pointer is on the element before it, or the keyboard's focus is. */
export function floatBeside(tooltip: HTMLElement): () => void {
  const anchor = tooltip.previousElementSibling
  if (!anchor) throw new Error('a tooltip stands behind its anchor')
  let hide: (() => void) | null = null
  tooltip.popover = 'manual'
  const look = () => {
    const isShown = anchor.matches(':hover, :focus-visible')
    if (isShown === (hide !== null)) return
    hide?.()
    hide = isShown ? float(tooltip, anchor) : null
  }
  const events = ['pointerenter', 'pointerleave', 'focus', 'blur']
  for (const event of events) anchor.addEventListener(event, look)
  return () => {
    hide?.()
    for (const event of events) anchor.removeEventListener(event, look)
  }
}
