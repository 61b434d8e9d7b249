/**
 * The filed mails that are shown: the newest page, and the older ones that were asked for.
 *
 * The rule of this file: newest first, each once, and no gap between two that are shown.
 */
import type { FiledMailsView } from '../generated/wire'

/** `page`: the newest, asked for again. Where more have come than it holds, what lies behind it is asked for anew. */
export function addNewest(shown: FiledMailsView, page: FiledMailsView): FiledMailsView {
  const last = page.mails.at(-1)?.id ?? 0
  const behind = shown.mails.filter(({ id }) => id < last)
  const meets = shown.mails.some(({ id }) => id >= last)
  return page.has_more && meets && behind.length > 0
    ? { mails: [...page.mails, ...behind], has_more: shown.has_more }
    : page
}

/** `page`: what lies behind the oldest that is shown. */
export function addOlder(shown: FiledMailsView, page: FiledMailsView): FiledMailsView {
  const last = shown.mails.at(-1)?.id ?? Infinity
  return { mails: [...shown.mails, ...page.mails.filter(({ id }) => id < last)], has_more: page.has_more }
}
