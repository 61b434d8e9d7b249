/** Keeps a growing list scrolled to its newest end, unless somebody has scrolled up. An attachment for `{@attach}`. */
import type { Attachment } from 'svelte/attachments'

const NEAR = 60

export const follow: Attachment<HTMLElement> = (element) => {
  let isFollowing = true
  const look = () => (isFollowing = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR)
  const go = () => {
    if (isFollowing) element.scrollTop = element.scrollHeight
  }
  const grown = new MutationObserver(go)
  grown.observe(element, { childList: true, subtree: true, characterData: true })
  element.addEventListener('scroll', look)
  go()
  return () => {
    grown.disconnect()
    element.removeEventListener('scroll', look)
  }
}
