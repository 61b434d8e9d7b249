/**
 * The filed mails on the screen: the newest page, and the older pages that were asked for.
 *
 * The rule of this file: newest first, each mail once, and no gap between two mails on the screen.
 */
import type { FiledMailsView } from '../generated/wire'

/** Adds the newest page, fetched again. If more mails have come than it holds, the older mails are dropped: they would
 * leave a gap, and "Show older ones" fetches them again. */
export function addNewest(shown: FiledMailsView, page: FiledMailsView): FiledMailsView {
  const last = page.mails.at(-1)?.id ?? 0
  const behind = shown.mails.filter(({ id }) => id < last)
  const meets = shown.mails.some(({ id }) => id >= last)
  return page.has_more && meets && behind.length > 0
    ? { mails: [...page.mails, ...behind], has_more: shown.has_more }
    : page
}

/** Adds the page of mails that are older than the oldest on the screen. */
export function addOlder(shown: FiledMailsView, page: FiledMailsView): FiledMailsView {
  const last = shown.mails.at(-1)?.id ?? Infinity
  return { mails: [...shown.mails, ...page.mails.filter(({ id }) => id < last)], has_more: page.has_more }
}
