/**
 * Builds DOM elements by function calls, and draws the widget's icons.
 *
 * The rule of this file: text becomes text nodes, never markup. The widget has no framework: it would double what a
 * host page has to load.
 */
type Handler = (event: never) => void
type Props = Record<string, string | number | boolean | Handler | undefined>

/** Makes an element. A function in `props` is a listener (`onclick`); true is an empty attribute; false and
 * undefined set none. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: (Node | string | null)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener)
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

const PATHS = {
  chat: 'M21 12a8.5 8.5 0 0 1-12.4 7.6L3 21l1.5-5.2A8.5 8.5 0 1 1 21 12Z',
  down: 'm6 9 6 6 6-6',
  send: 'M4.5 12 20 4.5 14 20l-3-6.5L4.5 12Zm6.5 1.5L20 4.5',
  leave: 'M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4m7 14 5-5-5-5m5 5H9',
  phone: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2Z',
  check: 'm5 12.5 4.5 4.5L19 7.5',
}

const SVG = 'http://www.w3.org/2000/svg'

export function icon(name: keyof typeof PATHS, size = 20): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', PATHS[name])
  for (const [key, value] of Object.entries({ width: size, height: size, viewBox: '0 0 24 24', 'aria-hidden': true }))
    svg.setAttribute(key, String(value))
  svg.append(path)
  return svg
}

/** Acts on Enter. Ignores Shift+Enter, which begins a line, and the Enter that ends a word of an input method. */
export function onEnter(act: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    act()
  }
}
