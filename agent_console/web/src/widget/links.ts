/** Splits a message into text and links. Only http and https addresses become links. */
export type Part = { text: string; href: string }

const ADDRESS = /https?:\/\/[^\s<>"'，。；：！？（）【】]+/g
const TRAILING = /[.,;:!?)\]]+$/

export function splitLinks(text: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(TRAILING, '')
    if (found.index > at) parts.push({ text: text.slice(at, found.index), href: '' })
    parts.push({ text: address, href: address })
    at = found.index + address.length
  }
  if (at < text.length) parts.push({ text: text.slice(at), href: '' })
  return parts
}
