/**
 * The conversation as rows: days, messages, facts and echoes.
 *
 * The rule of this file: pure. Messages of all channels and pages stand in one order of time.
 */
import type { InteractionView, MessageView } from '../../generated/wire'
import { dayKey } from '../../shared/format'
import type { Echo } from './echoes.svelte'

export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'message'; key: string; message: MessageView; isJoined: boolean }
  | { kind: 'fact'; key: string; message: MessageView }
  | { kind: 'echo'; key: string; echo: Echo }

const JOINED_WITHIN_MS = 120_000

/** Joins the earlier pages and the live transcript. A message in both appears once, in its live version, which is
 * newer. */
export function merge(earlier: readonly MessageView[], live: readonly MessageView[]): MessageView[] {
  const byId = new Map(earlier.map((message) => [message.id, message]))
  for (const message of live) byId.set(message.id, message)
  return [...byId.values()].sort((one, other) => one.at - other.at)
}

/** The live messages of a customer: the transcripts of all their interactions that the agent holds, on every
 * channel. */
export function liveOf(customerId: string, held: readonly InteractionView[]): MessageView[] {
  return held.filter(({ customer }) => customer.id === customerId).flatMap(({ messages }) => messages)
}

export function rowsOf(
  messages: readonly MessageView[],
  echoes: readonly Echo[] = [],
  only: string | null = null,
): Row[] {
  const rows: Row[] = []
  let last: MessageView | undefined
  for (const message of messages) {
    if (only !== null && message.channel !== only) continue
    if (only === null && isShownItself(message, messages)) continue
    if (message.fact === 'recording_step') continue // a mark of the recording; here it would drown what was said
    if (!last || dayKey(last.at) !== dayKey(message.at)) {
      rows.push({ kind: 'day', key: `day-${dayKey(message.at)}`, at: message.at })
      last = undefined
    }
    if (message.kind === 'fact') rows.push({ kind: 'fact', key: message.id, message })
    else rows.push({ kind: 'message', key: message.id, message, isJoined: isJoined(last, message) })
    last = message
  }
  for (const echo of echoes) rows.push({ kind: 'echo', key: echo.id, echo })
  return rows
}

/** Whether a `wrote_elsewhere` fact repeats a message that is on the page itself. The fact shows on a call what the
 * customer writes in the paused chat; it is left out once the chat's own message is loaded. */
function isShownItself({ fact, data }: MessageView, messages: readonly MessageView[]): boolean {
  if (fact !== 'wrote_elsewhere') return false
  const told = String(data.text)
  return messages.some((one) => one.kind === 'customer' && one.channel === data.channel && one.text.startsWith(told))
}

/** Whether two messages of the same author are close enough in time to be drawn as one block. */
function isJoined(before: MessageView | undefined, message: MessageView): boolean {
  return (
    before !== undefined &&
    before.kind === message.kind &&
    before.channel === message.channel &&
    before.author === message.author &&
    before.address === message.address &&
    before.identity_level === message.identity_level &&
    message.at - before.at < JOINED_WITHIN_MS
  )
}
